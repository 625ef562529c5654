"""A client of the edge that uses only HTTP and JSON of the standard library."""

import http.client
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from services.kit import ids

_SECONDS = 120.0
_PATIENCE = 180.0

_T = TypeVar("_T")


@dataclass(frozen=True)
class Response:
    """A response; the names of its headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def reason(self) -> str:
        """The reason of the contract's ErrorInfo; empty if the call succeeded."""
        return str(self._detail("google.rpc.ErrorInfo").get("reason", ""))

    @property
    def violations(self) -> dict[str, str]:
        """The violations of the request by field."""
        broken = self._detail("google.rpc.BadRequest").get("fieldViolations", [])
        return {violation["field"]: violation["description"] for violation in broken}

    @property
    def decision(self) -> Any:
        """The access decision in the details of an error."""
        return self._detail("marquee.entitlement.v1.AccessDecision")

    def _detail(self, kind: str) -> dict[str, Any]:
        details = self.json.get("details", []) if self.status >= http.client.BAD_REQUEST else []
        return next((detail for detail in details if detail["@type"].endswith(f"/{kind}")), {})


@dataclass(frozen=True)
class Viewer:
    """A viewer who is logged in."""

    account_id: str
    email: str
    password: str
    token: str
    refresh_token: str


class Edge:
    """A client of the edge of a platform."""

    def __init__(self, port: int) -> None:
        self._port = port

    def call(self, method: str, path: str, body: object = None, *, token: str = "", **headers: str) -> Response:
        """Sends a request with its path unchanged; `body` is JSON unless it is bytes.

        Of a URL, as sessions hold them, the path and the query are used. Raises OSError and HTTPException.
        """
        parts = urlsplit(path) if path.startswith("http") else None
        target = f"{parts.path}?{parts.query}" if parts else path
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            sent["authorization"] = f"Bearer {token}"
        if body is not None:
            sent.setdefault("content-type", "application/json")
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_SECONDS)
        try:
            connection.request(method, target, data, sent)
            response = connection.getresponse()
            received = {name.lower(): value for name, value in response.getheaders()}
            return Response(response.status, received, response.read())
        finally:
            connection.close()

    def get(self, path: str, *, token: str = "", **headers: str) -> Response:
        """Sends a GET request."""
        return self.call("GET", path, token=token, **headers)

    def post(self, path: str, body: object, *, token: str = "", **headers: str) -> Response:
        """Sends a POST request."""
        return self.call("POST", path, body, token=token, **headers)

    def log_in(self, email: str, password: str) -> Viewer:
        """Logs in with the first profile of the account."""
        response = self.post("/api/v1/auth/login", {"email": email, "password": password})
        assert 200 == response.status, response
        reported = response.json
        token = reported["accessToken"]
        if "profile" not in reported:  # The account has several profiles.
            profile = self.get("/api/v1/account/profiles", token=token).json["profiles"][0]
            selected = self.post(f"/api/v1/account/profiles/{profile['profileId']}:select", {}, token=token)
            token = selected.json["accessToken"]
        return Viewer(reported["account"]["accountId"], email, password, token, reported["refreshToken"])

    def register_viewer(self, tier: str = "PREMIUM") -> Viewer:
        """Registers a new viewer with a subscription; the history is empty and no stream is in use."""
        email, password = f"{ids.new()}@journeys.test", "a quiet evening in"
        reported = self.post("/api/v1/auth/register", {"email": email, "password": password, "displayName": "Ada"}).json
        account_id = reported["account"]["accountId"]
        admin = self.log_in("admin@ott.test", "admin123")
        packages = self.get("/api/v1/entitlement/packages", token=admin.token).json["packages"]
        body = {
            "state": "SUBSCRIPTION_STATE_ACTIVE",
            "packageIds": [package["packageId"] for package in packages if package["tier"] == f"TIER_{tier}"],
        }
        path = f"/api/v1/admin/entitlement/subscriptions/{account_id}"
        assert 200 == self.call("PUT", path, body, token=admin.token).status

        # Identity learns the tier from an event, and a token holds the tier at the time of its log-in.
        def subscribed() -> Viewer | None:
            account = self.get("/api/v1/account", token=reported["accessToken"]).json["account"]
            return self.log_in(email, password) if account["tier"] == f"TIER_{tier}" else None

        return wait_until(subscribed)

    def start(self, viewer: Viewer, title_id: str) -> dict[str, Any]:
        """Starts a playback session of a title; returns it."""
        response = self.post("/api/v1/playback/sessions", start_session_body(title_id), token=viewer.token)
        assert 200 == response.status, response.body
        session: dict[str, Any] = response.json["session"]
        return session

    def search(self, query: str) -> list[str]:
        """Returns the names of the titles that a search finds."""
        found = self.get(f"/api/v1/catalog/search?query={quote(query)}").json
        return [result["title"]["displayName"] for result in found.get("results", [])]


def start_session_body(title_id: str, **fields: object) -> dict[str, object]:
    """Returns the body of a request that starts a playback session of a title."""
    return {"subject": {"titleId": title_id}, "requestId": ids.new(), **fields}


def manifest_url(session: dict[str, Any], protocol: str) -> str:
    """Returns the address of the manifest of a session for a protocol, such as `HLS`."""
    urls = {manifest["protocol"]: manifest["url"] for manifest in session["manifests"]}
    return str(urls[f"MANIFEST_PROTOCOL_{protocol}"])


def segment_url(edge: Edge, session: dict[str, Any]) -> str:
    """Returns the URL of the first segment of a session, with its token."""
    playlist = _first_uri(edge.get(manifest_url(session, "HLS")))
    return _first_uri(edge.get(playlist))


def _first_uri(playlist: Response) -> str:
    return next(line for line in playlist.body.decode().splitlines() if line and not line.startswith("#"))


def wait_until(read: Callable[[], _T | None], patience: float = _PATIENCE) -> _T:
    """Calls `read` until it returns a true value, and returns that. Raises TimeoutError."""
    deadline = time.monotonic() + patience
    while True:
        response = read()
        if response:
            return response
        if time.monotonic() > deadline:
            raise TimeoutError(f"still {response!r} after {patience:.0f} s")
        time.sleep(0.1)
