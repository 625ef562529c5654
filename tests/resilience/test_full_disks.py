"""Logs do not fill the disk, and a full disk fails no read and damages nothing."""

import contextlib
import http.client
from collections import Counter

import orjson
import pytest

from deploy.local import log_files, platform_state
from services.kit import ids
from tests import local_platform
from tests.journeys import edge_client

DISK_BYTES = 700 * 1024 * 1024
CALLS = 300


def lines_of(platform, name):
    return log_files.path(platform.home / "logs", name).read_bytes().splitlines()


def test_every_process_continues_its_log_after_a_rotation(platform, edge):
    for file in (platform.home / "logs").glob("*.log"):
        log_files.rotate(file)
    request_id = ids.new()

    def logged():
        edge.get("/api/v1/catalog/titles?pageSize=1", x_request_id=request_id)
        return all(request_id.encode() in b"".join(lines_of(platform, name)) for name in ("envoy", "catalog"))

    edge_client.wait_until(logged)

    running = [name for name, node in platform.nodes.items() if node.pid]
    # A process that did not append would leave a hole of zeros before its line.
    assert [] == [name for name in running if any(b"\0" in line for line in lines_of(platform, name)[:1])]
    assert all(orjson.loads(line) for name in ("envoy", "catalog") for line in lines_of(platform, name))


def fill(home):
    """Fills the disk of the home; returns the file to delete."""
    filler = home / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    return filler


def test_a_platform_on_a_full_disk_serves_reads_and_recovers_by_itself(is_whole, small_disk):
    if not is_whole:
        pytest.skip("starts a platform of its own; the parts are tested in services/kit and deploy/local")
    with local_platform.running("--no-seed", directory=small_disk(DISK_BYTES)) as platform:
        platform.run_cli("seed", "--no-media")
        edge = edge_client.Edge(platform.port)
        viewer = edge.log_in("premium@ott.test", "test123")
        title_id = edge.get("/api/v1/catalog/titles?pageSize=1").json["titles"][0]["titleId"]
        before = {name: node.pid for name, node in platform.nodes.items() if node.pid}

        def rate():
            body = {"subject": {"titleId": title_id}, "thumb": "THUMB_UP"}
            return edge.post("/api/v1/viewing/ratings", body, token=viewer.token)

        assert 200 == rate().status
        filler = fill(platform.home)
        reads, writes = Counter(), Counter()
        for _ in range(CALLS):
            reads[edge.get("/api/v1/catalog/titles?pageSize=20").status] += 1
            written = rate()
            writes[written.status, written.reason] += 1
        filler.unlink()
        edge_client.wait_until(lambda: rate().status == http.client.OK)
        edge_client.wait_until(
            lambda: all(node.status is platform_state.Status.HEALTHY for node in platform.nodes.values())
        )
        edge_client.wait_until(lambda: b"log lines dropped" in b"".join(lines_of(platform, "catalog")))

        assert {http.client.OK: CALLS} == reads
        assert writes.keys() <= {(200, ""), (503, "DATABASE_UNAVAILABLE"), (503, "REDIS_UNAVAILABLE")}
        engines = {"postgres", "redis"}
        restarted = {name for name, pid in before.items() if platform.nodes[name].pid != pid}
        assert restarted <= engines
