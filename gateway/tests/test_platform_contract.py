"""The contracts of the platform itself, as Envoy and integrators meet them."""

import subprocess
import sys
from pathlib import Path

import pytest

from gateway import config, contract
from gateway.tests import harness
from services.kit import testing

_BUF = Path(sys.executable).with_name("buf")


@pytest.fixture(scope="module")
def edge(tmp_path_factory):
    """An edge with the platform's own contracts, and no service behind it."""
    platform = harness.Platform(tmp_path_factory.mktemp("contracts"))
    platform.settings = {"MARQUEE_DESCRIPTORS": ""}
    try:
        platform.start_gateway()
        platform.start_envoy()
        harness.until(lambda: platform.http("GET", "/healthz").status == 503)
        yield platform
    finally:
        platform.stop()


@pytest.fixture(scope="module")
def whole():
    return contract.Contract.parse(config.read({}).descriptors.read_bytes())


def test_every_json_path_leads_to_a_method(edge, whole):
    for method in whole.visible_methods:
        for rule in method.http_rules:
            path = rule.path.replace("{", "").replace("}", "")
            answer = edge.http(rule.verb, path, b"{}" if rule.verb in {"POST", "PATCH", "PUT"} else None)

            assert answer.status in {401, 400, 503}, (method.path, answer)


def test_integrators_find_every_method_that_is_for_them(edge, whole):
    url = f"http://127.0.0.1:{edge.edge}"
    command = [str(_BUF), "curl", "--http2-prior-knowledge", "--protocol", "grpc", "--list-methods", url]
    listed = subprocess.run(
        command, capture_output=True, text=True, timeout=testing.PATIENCE, check=True
    ).stdout.split()

    assert {method.path[1:] for method in whole.visible_methods} | {
        "grpc.health.v1.Health/Check",
        "grpc.health.v1.Health/List",
        "grpc.health.v1.Health/Watch",
    } == set(listed)
