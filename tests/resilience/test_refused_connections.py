"""A PostgreSQL that refuses connections ends no process, and does not count as a failure of an event."""

import contextlib
import json

import asyncpg
import pytest
import redis

from services.kit import event_streams
from tests.journeys import edge_client

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]

_RATINGS = "/api/v1/viewing/ratings"
_ROLES = "SELECT rolname FROM pg_roles WHERE rolcanlogin AND NOT rolsuper"
_END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = ANY($1)"
_WITH_DATABASE = ("identity", "catalog", "entitlement", "playback", "packager", "viewing", "recommendation")


@contextlib.asynccontextmanager
async def refusing(platform):
    """Makes PostgreSQL refuse the connections of all services, and ends those that they have."""
    admin = await asyncpg.connect(platform.database_url)
    roles = [row["rolname"] for row in await admin.fetch(_ROLES)]
    try:
        for role in roles:
            await admin.execute(f"ALTER ROLE {role} CONNECTION LIMIT 0")
        await admin.fetch(_END, roles)
        yield
    finally:
        for role in roles:
            await admin.execute(f"ALTER ROLE {role} CONNECTION LIMIT -1")
        await admin.close()


def deliver_again(platform, area):
    """Adds the newest event of a service to its stream once more."""
    stream = event_streams.name_of(area)
    with redis.Redis.from_url(platform.redis_url) as client:
        [(_, fields)] = client.xrevrange(stream, count=1)
        client.xadd(stream, fields)


def count(platform, name, event):
    """Returns how many lines of the log of a process report an event."""
    lines = (platform.home / "logs" / f"{name}.log").read_text(errors="replace").splitlines()
    return sum(json.loads(line)["event"] == event for line in lines if line.startswith("{"))


async def test_services_wait_while_postgresql_refuses_connections(platform, edge):
    viewer = edge.register_viewer("STANDARD")
    [film] = edge.get("/api/v1/catalog/titles?type=TITLE_TYPE_FILM&pageSize=1").json["titles"]

    def rate():
        body = {"subject": {"titleId": film["titleId"]}, "thumb": "THUMB_UP"}
        return edge.post(_RATINGS, body, token=viewer.token)

    before = platform.pids
    waits = {name: count(platform, name, "task waits") for name in _WITH_DATABASE}
    event_waits, event_faults = (count(platform, "identity", event) for event in ("event waits", "event failed"))

    async with refusing(platform):
        edge_client.wait_until(lambda: rate().status == 503)
        refused, found = rate(), edge.get("/api/v1/catalog/search?query=cello")
        deliver_again(platform, "entitlement")
        edge_client.wait_until(lambda: count(platform, "identity", "event waits") > event_waits)
        edge_client.wait_until(
            lambda: all(count(platform, name, "task waits") > waits[name] for name in _WITH_DATABASE)
        )

    edge_client.wait_until(lambda: rate().status == 200)
    edge_client.wait_until(lambda: edge.get("/healthz").status == 200)
    edge.register_viewer("BASIC")  # Waits for an event of entitlement to reach identity.

    assert ("DATABASE_UNAVAILABLE", 200) == (refused.reason, found.status)
    assert before == platform.pids
    assert event_faults == count(platform, "identity", "event failed")
    assert [] == json.loads(platform.run_cli("events", "list", "--json"))["dead_letters"]
