"""Third-party clients log in, find and play: grpc-js, connect-web, and a page of another origin."""

import http.server
import json
import shutil
import subprocess
import threading
from functools import partial
from pathlib import Path

import pytest

from clients.generate import __main__ as generate
from gateway import contract, descriptors
from tests.journeys import demo_titles, viewer_app

pytestmark = [pytest.mark.journey, pytest.mark.timeout(1800)]

_CLIENTS = Path(__file__).parent / "clients"
_MODULES = generate.WEB / "node_modules"
_UNAUTHENTICATED = 16

_PAGE = """<!doctype html><title>elsewhere</title><script type="importmap">{"imports": {
  "@bufbuild/protobuf": "/modules/@bufbuild/protobuf/dist/esm/index.js",
  "@bufbuild/protobuf/codegenv2": "/modules/@bufbuild/protobuf/dist/esm/codegenv2/index.js",
  "@bufbuild/protobuf/reflect": "/modules/@bufbuild/protobuf/dist/esm/reflect/index.js",
  "@bufbuild/protobuf/wire": "/modules/@bufbuild/protobuf/dist/esm/wire/index.js",
  "@bufbuild/protobuf/wkt": "/modules/@bufbuild/protobuf/dist/esm/wkt/index.js",
  "@connectrpc/connect": "/modules/@connectrpc/connect/dist/esm/index.js",
  "@connectrpc/connect/protocol": "/modules/@connectrpc/connect/dist/esm/protocol/index.js",
  "@connectrpc/connect/protocol-connect": "/modules/@connectrpc/connect/dist/esm/protocol-connect/index.js",
  "@connectrpc/connect/protocol-grpc-web": "/modules/@connectrpc/connect/dist/esm/protocol-grpc-web/index.js",
  "@connectrpc/connect-web": "/modules/@connectrpc/connect-web/dist/esm/index.js"
}}</script>"""


class _Files(http.server.SimpleHTTPRequestHandler):
    """Serves the files of the site without a log."""

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    """The public descriptors, in a file."""
    whole = contract.Contract.parse((generate.GENERATED / "marquee.binpb").read_bytes())
    file = tmp_path_factory.mktemp("schema") / "schema.binpb"
    file.write_bytes(descriptors.visible(whole).SerializeToString())
    return file


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory, schema):
    """The address of a site of another origin."""
    site = tmp_path_factory.mktemp("site")
    (site / "index.html").write_text(_PAGE)
    (site / "schema.binpb").write_bytes(schema.read_bytes())
    (site / "modules").symlink_to(_MODULES)
    (site / "clients").symlink_to(_CLIENTS)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=str(site))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def viewer(edge, cello):
    """The input of the clients: a viewer with the Standard plan, and a query."""
    assert cello
    found = edge.register_viewer("STANDARD")
    return {"email": found.email, "password": found.password, "query": "borowed celo"}


@pytest.fixture
def page(browser, elsewhere):
    """A page of another origin."""
    context = browser.new_context()
    opened = context.new_page()
    opened.set_default_timeout(viewer_app.PATIENCE_MS)
    opened.goto(elsewhere)
    yield opened
    context.close()


def _assert_walked(seen, *, ended="SESSION_ENDED"):
    assert demo_titles.CELLO == seen["found"]
    assert {"code": _UNAUTHENTICATED, "reason": "TOKEN_REQUIRED", "message": "Sign in to call this."} == seen[
        "anonymous"
    ]
    assert {"status": 206, "bytes": 100} == seen["segment"]
    assert 1 == seen["keys"]
    assert [True] == seen["stopped"]
    assert {"status": 403, "reason": ended} == seen["segmentAfter"]


def test_grpc_js_logs_in_finds_and_plays(platform, schema, viewer):
    node = shutil.which("node")
    assert node is not None
    command = [node, _CLIENTS / "grpc_js.mjs", _MODULES, schema, platform.address, json.dumps(viewer)]

    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)

    assert 0 == run.returncode, run.stderr
    _assert_walked(json.loads(run.stdout))


def test_connect_web_on_a_page_of_another_origin_logs_in_finds_and_plays(platform, page, viewer):
    seen = page.evaluate(
        "async ([edge, viewer]) => (await import('/clients/connect_web.mjs')).run(edge, '/schema.binpb', viewer)",
        [platform.url, viewer],
    )

    _assert_walked(seen)
    for refused in seen["refused"]:
        assert ("Unimplemented", "PROTOCOL_NOT_SUPPORTED") == (refused["code"], refused["reason"])
        assert "speaks gRPC, gRPC-Web, and JSON" in refused["message"]
    assert 2 == len(seen["refused"])


def test_a_page_of_another_origin_logs_in_finds_and_plays_with_json(platform, page, viewer):
    seen = page.evaluate(
        "async ([edge, viewer]) => (await import('/clients/json_page.mjs')).run(edge, viewer)",
        [platform.url, viewer],
    )

    _assert_walked(seen)
    assert 2 == seen["publicKeys"]
