"""What callers notice when a part of the platform fails."""

import contextlib
import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from gateway.tests import harness
from services.kit import testing


class Load:
    """Calls in the background."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._seen = 0

    def sees(self, count: int) -> None:
        """Waits until so many replicas have answered since the load began."""
        assert self._process.stdout is not None
        while self._seen < count:
            self._seen = int(self._process.stdout.readline())

    def goes_on(self) -> None:
        """Waits until some hundred more calls have been answered."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("500\n")
        self._process.stdin.flush()
        while (line := self._process.stdout.readline().strip()) != "done":
            self._seen = int(line)

    def result(self) -> Any:
        """Ends the load and returns its outcomes."""
        output, _ = self._process.communicate(timeout=testing.PATIENCE)
        return json.loads(output.splitlines()[-1])


@contextlib.contextmanager
def _load(platform: harness.Platform, target: str) -> Iterator[Load]:
    environment = {**os.environ, "GRPC_XDS_BOOTSTRAP": str(_bootstrap(platform)), "GRPC_VERBOSITY": "ERROR"}
    command = [sys.executable, "-m", "gateway.tests.load_generator", target, "GetThing"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True
    ) as process:
        try:
            load = Load(process)
            load.sees(2)
            yield load
        finally:
            process.kill()


def _bootstrap(platform: harness.Platform):
    file = platform.folder / "xds.json"
    server = {
        "server_uri": f"127.0.0.1:{platform.gateway}",
        "channel_creds": [{"type": "insecure"}],
        "server_features": ["xds_v3"],
    }
    file.write_text(json.dumps({"xds_servers": [server], "node": {"id": "tests-1"}}))
    return file


def _targets(platform):
    return {"edge": f"127.0.0.1:{platform.edge}", "mesh": "xds:///shop"}


@pytest.fixture(scope="module")
def _shared(tmp_path_factory):
    with harness.running(tmp_path_factory.mktemp("unlimited"), limits="off", patient=True) as running:
        yield running


@pytest.fixture
def unlimited(_shared):
    """A platform without the limits that load would meet first. What a test kills is started again after it."""
    yield _shared
    _shared.restore()


@pytest.mark.parametrize("way", ["edge", "mesh"])
def test_a_replica_killed_under_load_fails_no_idempotent_call(unlimited, way):
    with _load(unlimited, _targets(unlimited)[way]) as load:
        for successor in (3, 4):
            unlimited.kill("replica-0")
            unlimited.wait_for_replicas(1)
            unlimited.start_replica(0)
            unlimited.wait_for_replicas(2)
            load.sees(successor)
        outcome = load.result()

    assert ["OK"] == list(outcome["outcomes"])
    assert 4 == len(outcome["replicas"])


@pytest.mark.parametrize("way", ["edge", "mesh"])
def test_the_control_plane_killed_and_restarted_disturbs_no_call(unlimited, way):
    with _load(unlimited, _targets(unlimited)[way]) as load:
        unlimited.kill("gateway")
        load.goes_on()
        before = len(unlimited.log("gateway"))
        unlimited.start_gateway()
        harness.until(lambda: _connected(unlimited, before, {"edge-1"}))
        outcome = load.result()

    assert ["OK"] == list(outcome["outcomes"])
    assert 2 == len(outcome["replicas"])


def test_a_restarted_control_plane_sends_nothing_that_has_not_changed(unlimited):
    with _load(unlimited, "xds:///shop") as load:
        before = len(unlimited.log("gateway"))
        unlimited.kill("gateway")
        unlimited.start_gateway()
        harness.until(lambda: _connected(unlimited, before, {"edge-1", "tests-1"}))
        load.goes_on()
        load.result()

    pushes = [line for line in unlimited.log("gateway")[before:] if line["event"] == "xds.push"]
    assert [] == pushes


def _connected(platform, before, nodes):
    """Whether these have come back to the control plane."""
    resumed = [line["node"] for line in platform.log("gateway")[before:] if line["event"] == "xds.resumed"]
    return nodes <= set(resumed)


def test_a_change_is_sent_after_a_restart_of_the_control_plane(unlimited):
    unlimited.kill("gateway")
    unlimited.kill("replica-0")
    unlimited.start_gateway()

    unlimited.wait_for_replicas(1)


def test_a_replica_that_freezes_is_taken_out(unlimited):
    unlimited.freeze("replica-0")

    unlimited.wait_for_replicas(1)
    unlimited.kill("replica-0")


def test_health_follows_the_replicas(tmp_path):
    platform = harness.Platform(tmp_path)
    first, second = platform.replicas
    platform.settings = {"MARQUEE_ENDPOINTS": f"static:shop=127.0.0.1:{first},depot=127.0.0.1:{second}"}
    try:
        platform.start_replica(0)
        platform.start_replica(1)
        platform.start_gateway()
        platform.start_envoy()
        healthy = harness.until(lambda: (answer := platform.http("GET", "/healthz")).status == 200 and answer)
        with platform.channel() as channel:
            request = health_pb2.HealthCheckRequest(service="marquee.depot.v1.DepotService")
            reported = health_pb2_grpc.HealthStub(channel).Watch(request, timeout=testing.PATIENCE)
            before = next(reported).status
            platform.kill("replica-1")
            after = next(reported).status
        down = platform.http("GET", "/healthz")
    finally:
        platform.stop()

    assert [
        {"name": "depot", "healthyReplicas": 1, "replicas": 1},
        {"name": "shop", "healthyReplicas": 1, "replicas": 1},
    ] == healthy.json["parts"]
    assert (health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING) == (before, after)
    assert 503 == down.status


def test_a_token_that_cannot_be_verified_yet_is_not_called_invalid(fragile):
    fragile.kill("envoy")
    for index in range(2):
        fragile.kill(f"replica-{index}")
    fragile.start_envoy()

    with pytest.raises(grpc.RpcError) as caught:
        fragile.call("GetBasket", token=harness.token())

    assert (grpc.StatusCode.UNAVAILABLE, "SERVICE_UNAVAILABLE") == harness.refusal(caught.value)
    fragile.start_replica(0)
    harness.until(lambda: fragile.http("GET", "/api/v1/shop/basket", token=harness.token()).status == 200)


@pytest.mark.parametrize("part", ["redis", "gateway"])
def test_calls_that_cannot_be_counted_pass_and_those_with_a_credential_are_refused(fragile, part):
    harness.until(lambda: _documents(fragile, 1) == [200])
    fragile.kill(part)

    for _ in range(4):
        with pytest.raises(grpc.RpcError) as caught:
            fragile.call("LogIn", client="198.51.100.200")
        assert (grpc.StatusCode.UNAVAILABLE, "RATE_LIMIT_UNAVAILABLE") == harness.refusal(caught.value)
    answer = fragile.http("POST", "/api/v1/shop/login", b"{}", x_forwarded_for="198.51.100.200")
    web, trailers = fragile.call_web("LogIn")

    assert [200] * 10 == _documents(fragile, 10)
    assert (503, 14, "1") == (answer.status, answer.json["code"], answer.headers["retry-after"])
    assert {"rate_class": "credential"} == answer.json["details"][0]["metadata"]
    assert (200, "14") == (web.status, trailers["grpc-status"])


def test_calls_are_counted_again_when_redis_is_back(fragile):
    fragile.kill("redis")
    assert [200] * 10 == _documents(fragile, 10)
    fragile.start_redis()

    harness.until(lambda: 429 in _documents(fragile, 10))
    harness.until(lambda: _log_in_passes(fragile))


def _documents(platform, count):
    """Returns the HTTP statuses of so many requests from one address, which the rate-limit service counts."""
    return [
        platform.http("GET", "/api/v1/shop/lists/a?token=made-up", x_forwarded_for="198.51.100.201").status
        for _ in range(count)
    ]


_addresses = (f"198.51.101.{number}" for number in itertools.count(1))


def _log_in_passes(platform):
    """Returns whether a log-in from a new address is counted, and so passes."""
    try:
        platform.call("LogIn", client=next(_addresses))
    except grpc.RpcError as error:
        assert grpc.StatusCode.UNAVAILABLE == error.code()
        return False
    return True


def test_the_path_of_envoys_sockets_may_be_long(tmp_path):
    folder = tmp_path / ("a-long-name-" * 12)
    folder.mkdir()
    platform = harness.Platform(folder)
    try:
        platform.start()
        assert 200 == platform.http("GET", "/api/v1/shop/basket", token=harness.token()).status
    finally:
        platform.stop()
