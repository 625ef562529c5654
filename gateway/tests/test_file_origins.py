"""HTTP servers of the operator serve media and web files behind the checks of the edge."""

import contextlib
import http.server
import threading

import pytest

from gateway import config
from gateway.tests import harness
from services.kit import config as kit_config

_SEGMENT = b"a segment"


class _Origin(http.server.BaseHTTPRequestHandler):
    """Serves one segment and one page, and has a page of its own for every refusal."""

    def do_GET(self) -> None:
        self.server.seen.append((self.path, {name.lower() for name in self.headers}))
        found = {"/media/one/seg.m4s": _SEGMENT, "/index.html": b"<title>web</title>"}.get(self.path)
        status = {"/media/one/broken.m4s": 500, "/media/one/closed.m4s": 403}.get(self.path, 200 if found else 404)
        body = found or b"<h1>the origin refuses</h1>" * 100
        self.send_response(status)
        self.send_header("content-type", "video/iso.segment" if found else "text/html")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Logs nothing."""


@contextlib.contextmanager
def _serving():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Origin)
    server.seen = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def origin():
    with _serving() as server:
        yield server


@pytest.fixture(scope="module")
def platform(origin, tmp_path_factory):
    """A platform whose files come from that origin."""
    whole = harness.Platform(tmp_path_factory.mktemp("origins"))
    address = f"http://127.0.0.1:{origin.server_port}"
    whole.settings = {"MARQUEE_MEDIA_ORIGIN": address, "MARQUEE_WEB_ORIGIN": address}
    try:
        whole.start()
        whole.lease()
        harness.until(lambda: whole.http("GET", _media("seg.m4s")).status == 200)
        yield whole
    finally:
        whole.stop()


def _media(name, prefix="/media/one/"):
    return f"/media/one/{name}?token={harness.playback_token(prefix)}&CMCD=br%3D1%0d%0a"


def test_a_segment_of_the_origin_needs_its_token_and_the_origin_does_not_see_it(platform, origin):
    origin.seen.clear()
    opened = platform.http("GET", _media("seg.m4s"), token=harness.token())
    refused = platform.http("GET", "/media/one/seg.m4s")
    other = platform.http("GET", _media("seg.m4s", prefix="/media/two/"))

    assert (200, _SEGMENT) == (opened.status, opened.body)
    assert [401, 401] == [refused.status, other.status]
    [(path, headers)] = origin.seen
    assert "/media/one/seg.m4s" == path
    assert not {"authorization", "x-marquee-viewer", "x-marquee-account"} & headers


@pytest.mark.parametrize(
    ("name", "status", "reason"),
    [
        ("missing.m4s", 404, "MEDIA_NOT_FOUND"),
        ("closed.m4s", 404, "MEDIA_NOT_FOUND"),
        ("broken.m4s", 503, "SERVICE_UNAVAILABLE"),
    ],
)
def test_a_refusal_of_the_origin_is_a_status_in_json(platform, name, status, reason):
    answer = platform.http("GET", _media(name), accept_encoding="gzip")

    assert (status, reason) == (answer.status, answer.json["details"][0]["reason"])
    assert ("application/json", "no-store") == (answer.headers["content-type"], answer.headers["cache-control"])


def test_pages_come_from_the_origin(platform):
    page = platform.http("GET", "/title/0198-aa")

    assert (200, b"<title>web</title>") == (page.status, page.body)
    assert "img-src" in page.headers["content-security-policy"]


def test_an_origin_that_is_away_is_unavailable_in_our_form(tmp_path):
    with _serving() as server:
        gone = server.server_port
    platform = harness.Platform(tmp_path)
    platform.settings = {"MARQUEE_MEDIA_ORIGIN": f"http://127.0.0.1:{gone}"}
    try:
        platform.start()
        platform.lease()
        answer = harness.until(lambda: _not_401(platform.http("GET", _media("seg.m4s"))))
    finally:
        platform.stop()

    assert (503, "SERVICE_UNAVAILABLE") == (answer.status, answer.json["details"][0]["reason"])


def _not_401(answer):
    return answer if answer.status != 401 else None


@pytest.mark.parametrize("url", ["https://files.test", "files.test:80", "http://", "http://a:b@files", "http://f/path"])
def test_an_origin_is_the_address_of_an_http_server(url):
    with pytest.raises(kit_config.ConfigError, match="MARQUEE_MEDIA_ORIGIN is not an origin"):
        config.read({"MARQUEE_MEDIA_ORIGIN": url})
