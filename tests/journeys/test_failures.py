"""Killed processes disturb viewers as little as possible, and lose nothing."""

import asyncio
import collections
import contextlib
import json
import os
import signal
import threading

import grpc
import pytest
from marquee.catalog.v1 import catalog_service_pb2, catalog_service_pb2_grpc

from deploy.local import platform_state
from services.kit import testing
from tests.journeys import demo_titles, edge_client

pytestmark = [pytest.mark.journey, pytest.mark.timeout(1800)]

_TITLES = "/api/v1/catalog/titles"
_SESSIONS = "/api/v1/playback/sessions"
_CONTINUE = "/api/v1/viewing/continue-watching"
_VIEWERS = 4
_BEAT = {"position": "5s", "state": "PLAYER_STATE_PLAYING"}
#: An engine is killed again as soon as it serves; its second restart is delayed longer.
_KILLS = 2
_CALLERS = 4
#: Callers pause between their calls, to leave processor time for the platform.
_REST_SECONDS = 0.1


@pytest.fixture(autouse=True)
def _everything_serves(edge):
    """Starts each test on a platform on which every service serves."""
    edge_client.wait_until(lambda: edge.get("/healthz").status == 200, patience=300)


def kill(platform, name):
    """Kills a process; returns when its successor serves."""
    killed = platform.pids[name]
    os.kill(killed, signal.SIGKILL)

    def succeeded():
        node = platform.nodes[name]
        return node.pid != killed and node.status is platform_state.Status.HEALTHY

    edge_client.wait_until(succeeded, patience=300)


@contextlib.contextmanager
def calling(edge, calls):
    """Repeats the calls during the block; yields the counters of their outcomes, by name."""
    outcomes = {name: collections.Counter() for name in calls}
    over = threading.Event()

    def go_on(name, call):
        while not over.is_set():
            answer = call()
            outcomes[name][answer.status, answer.reason] += 1
            over.wait(_REST_SECONDS)

    threads = [threading.Thread(target=go_on, args=item) for item in calls.items()]
    for thread in threads:
        thread.start()
    try:
        yield outcomes
    finally:
        over.set()
        for thread in threads:
            thread.join()


@pytest.mark.parametrize("engine", ["redis", "postgres"])
def test_without_an_engine_calls_are_unavailable_and_nothing_is_lost(platform, edge, cello, engine):
    viewers = [edge.register_viewer("STANDARD") for _ in range(_VIEWERS)]
    other = edge.register_viewer("STANDARD")
    sessions = [edge.start(viewer, cello) for viewer in viewers]
    beating = edge.start(other, cello)
    before = platform.pids
    calls = {
        "title": lambda: edge.get(f"{_TITLES}/{cello}"),
        "titles": lambda: edge.get(f"{_TITLES}?pageSize=20"),
        "access": lambda: edge.get(f"/api/v1/entitlement/access?subject.title_id={cello}", token=other.token),
        "continue watching": lambda: edge.get(_CONTINUE, token=other.token),
        "account": lambda: edge.get("/api/v1/account", token=other.token),
        "log in": lambda: edge.post("/api/v1/auth/login", {"email": other.email, "password": other.password}),
        "heartbeat": lambda: edge.post(f"{_SESSIONS}/{beating['sessionId']}:heartbeat", _BEAT, token=other.token),
    }

    for viewer, session in zip(viewers, sessions, strict=True):
        path = f"{_SESSIONS}/{session['sessionId']}:heartbeat"
        assert 200 == edge.post(path, {**_BEAT, "position": "12s"}, token=viewer.token).status
    with calling(edge, calls) as outcomes:
        for _ in range(_KILLS):
            kill(platform, engine)

    statuses = {status for counted in outcomes.values() for status, _ in counted}
    assert {200, 503} == statuses, outcomes
    edge_client.wait_until(lambda: all(call().status == 200 for call in calls.values()))
    for viewer in viewers:
        items = edge_client.wait_until(lambda who=viewer: edge.get(_CONTINUE, token=who.token).json.get("items"))
        assert [(cello, "12s")] == [(item["subject"]["titleId"], item["position"]) for item in items]
    assert {name for name, pid in platform.pids.items() if pid != before[name]} == {engine}


async def test_a_replica_killed_under_load_fails_no_idempotent_call(platform, cello):
    outcomes = collections.Counter()
    over = asyncio.Event()

    async def call(stub):
        while not over.is_set():
            try:
                await stub.GetTitle(catalog_service_pb2.GetTitleRequest(title_id=cello), timeout=60)
                outcomes["OK"] += 1
            except grpc.aio.AioRpcError as failed:
                outcomes[failed.code().name, failed.details()] += 1
            await asyncio.sleep(_REST_SECONDS / 10)

    # Retries of the client would hide failures that the edge passes on.
    async with grpc.aio.insecure_channel(platform.address, (("grpc.enable_retries", 0),)) as channel:
        stub = catalog_service_pb2_grpc.CatalogServiceStub(channel)
        callers = [asyncio.create_task(call(stub)) for _ in range(_CALLERS)]
        for replica in ("catalog", "catalog-2"):
            await asyncio.to_thread(kill, platform, replica)
            await asyncio.to_thread(edge_client.wait_until, lambda: upstreams(platform, "catalog") == 2, 300)
        over.set()
        await asyncio.gather(*callers)

    assert ["OK"] == list(outcomes), outcomes
    assert outcomes["OK"] > 100


def upstreams(platform, name):
    """Returns the number of replicas that the edge considers healthy."""
    reported = json.loads(testing.get_over_socket(platform.home / "run" / "admin.sock", "/clusters?format=json"))
    hosts = [
        host for cluster in reported["cluster_statuses"] if cluster["name"] == name for host in cluster["host_statuses"]
    ]
    return sum(host["health_status"] == {"eds_health_status": "HEALTHY"} for host in hosts)


def count_resumptions(platform):
    """Counts how often the edge has connected to a gateway again, by the log of the gateways."""
    lines = (platform.home / "logs" / "gateway.log").read_text().splitlines()
    events = (json.loads(line) for line in lines if line.startswith("{"))
    return sum(event.get("event") == "xds.resumed" and event["node"] == "marquee-edge" for event in events)


def test_calls_continue_without_the_control_plane(platform, edge, cello):
    viewer = edge.register_viewer("STANDARD")
    session = edge.start(viewer, cello)
    calls = {
        "title": lambda: edge.get(f"{_TITLES}/{cello}"),
        "search": lambda: edge.get("/api/v1/catalog/search?query=cello"),
        "continue watching": lambda: edge.get(_CONTINUE, token=viewer.token),
        "media": lambda: edge.get(edge_client.manifest_url(session, "DASH")),
        "heartbeat": lambda: edge.post(f"{_SESSIONS}/{session['sessionId']}:heartbeat", _BEAT, token=viewer.token),
    }
    before = platform.pids

    with calling(edge, calls) as outcomes:
        resumptions = count_resumptions(platform)
        kill(platform, "gateway")
        edge_client.wait_until(lambda: count_resumptions(platform) > resumptions)
        # The configuration from the new gateway must not disturb the calls that follow.
        counts = {name: counted.total() for name, counted in outcomes.items()}
        edge_client.wait_until(lambda: all(outcomes[name].total() > count + 1 for name, count in counts.items()))

    assert {(200, "")} == {outcome for counted in outcomes.values() for outcome in counted}, outcomes
    assert {name for name, pid in platform.pids.items() if pid != before[name]} == {"gateway"}


def test_a_packager_that_is_killed_during_a_job_finishes_it_after_its_restart(platform, edge):
    asset_id = demo_titles.create_asset(edge, demo_titles.GREENHOUSE)
    admin = edge.log_in("admin@ott.test", "admin123")
    path = f"/api/v1/admin/packager/assets/{asset_id}"
    edge_client.wait_until(lambda: edge.get(path, token=admin.token).json["asset"].get("progress", 0) > 0)

    kill(platform, "packager")
    demo_titles.wait_until_ready(edge, asset_id)

    viewer = edge.register_viewer("STANDARD")
    session = edge.start(viewer, demo_titles.title_id(demo_titles.GREENHOUSE))
    assert edge.get(edge_client.manifest_url(session, "HLS")).body.startswith(b"#EXTM3U")
    assert ["24s"] == [session["duration"]]
