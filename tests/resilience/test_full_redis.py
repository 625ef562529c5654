"""A Redis that has reached its memory limit ends no process and no session, and events wait until there is room."""

import contextlib
import threading

import pytest
import redis

from services.kit import ids, testing
from services.kit import redis as kit_redis
from tests.journeys import edge_client

pytestmark = [pytest.mark.journey, pytest.mark.timeout(900)]

_SESSIONS = "/api/v1/playback/sessions"
_VIEWING = "/api/v1/viewing"
_SIZES = (1 << 20, 1 << 14, 1 << 8)
#: How much room the limit of a short test leaves before it is full.
_ROOM = 4 << 20
#: Heartbeats for longer than a lease holds without any.
_BEATS, _BEAT_SECONDS = 9, 5.0


@contextlib.contextmanager
def full(platform, is_whole):
    """Fills the Redis of the platform up to its limit, which is lowered first in a short test."""
    with redis.Redis.from_url(platform.redis_url) as client:
        limit = client.config_get("maxmemory")["maxmemory"]
        if not is_whole:
            client.config_set("maxmemory", client.info("memory")["used_memory"] + _ROOM)
        try:
            for size in _SIZES:
                with contextlib.suppress(redis.exceptions.OutOfMemoryError):
                    while True:
                        client.rpush("filler", bytes(size))
            yield client
        finally:
            client.delete("filler")
            client.config_set("maxmemory", limit)


async def test_a_session_outlives_a_redis_that_cannot_save(platform, edge, cello, is_whole):
    viewer = edge.register_viewer("STANDARD")
    session = edge.start(viewer, cello)
    manifest = edge_client.manifest_url(session, "HLS")
    segment = edge_client.segment_url(edge, session)
    before = platform.pids

    def beat():
        body = {"position": "12s", "state": "PLAYER_STATE_PLAYING"}
        return edge.post(f"{_SESSIONS}/{session['sessionId']}:heartbeat", body, token=viewer.token)

    client = kit_redis.connect(platform.redis_url)
    async with testing.unable_to_save(client, platform.home / "dump"):
        refused = beat()
        if is_whole:  # The lease lapses.
            edge_client.wait_until(lambda: edge.get(manifest).status == 503)
        watching = edge.get(segment)
    resumed, again = beat(), edge.get(segment)
    await client.aclose()

    assert ((503, "REDIS_UNAVAILABLE"), 200) == ((refused.status, refused.reason), watching.status)
    assert (200, [], 200) == (resumed.status, resumed.json.get("instructions", []), again.status)
    assert before == platform.pids


def test_one_account_cannot_fill_the_stream_of_events(edge, cello):
    viewer, other = edge.register_viewer("STANDARD"), edge.register_viewer("STANDARD")

    def record(token):
        batch = [
            {"eventId": ids.new(), "type": "VIEWING_EVENT_TYPE_SEEK", "subject": {"titleId": cello}} for _ in range(200)
        ]
        return edge.post(f"{_VIEWING}/events", {"events": batch}, token=token)

    responses = [record(viewer.token) for _ in range(12)]

    assert [200] * 10 + [429] * 2 == [response.status for response in responses]
    assert "RATE_LIMITED" == responses[-1].reason
    assert 200 == record(other.token).status


def test_viewers_watch_and_browse_while_redis_is_full_and_no_event_is_lost(platform, edge, cello, is_whole):
    viewer, other = edge.register_viewer("STANDARD"), edge.register_viewer("STANDARD")
    session = edge.start(viewer, cello)
    before = platform.pids

    def beat(position):
        body = {"position": f"{position}s", "state": "PLAYER_STATE_PLAYING"}
        return edge.post(f"{_SESSIONS}/{session['sessionId']}:heartbeat", body, token=viewer.token)

    event = {"eventId": ids.new(), "type": "VIEWING_EVENT_TYPE_SUBJECT_VIEW", "subject": {"titleId": cello}}
    calls = {
        "title": lambda: edge.get(f"/api/v1/catalog/titles/{cello}"),
        "search": lambda: edge.get("/api/v1/catalog/search?query=cello"),
        "home": lambda: edge.get("/api/v1/recommendation/home", token=viewer.token),
        "log in": lambda: edge.post("/api/v1/auth/login", {"email": other.email, "password": other.password}),
        "heartbeat": lambda: beat(11),
        "manifest": lambda: edge.get(edge_client.manifest_url(session, "HLS")),
        "start": lambda: edge.post(_SESSIONS, edge_client.start_session_body(cello), token=other.token),
        "rating": lambda: edge.post(
            f"{_VIEWING}/ratings", {"subject": {"titleId": cello}, "thumb": "THUMB_UP"}, token=other.token
        ),
        "events": lambda: edge.post(f"{_VIEWING}/events", {"events": [event]}, token=other.token),
    }
    with full(platform, is_whole) as client:
        statuses = {name: call().status for name, call in calls.items()}
        with pytest.raises(redis.exceptions.OutOfMemoryError):
            client.set("anything", "else")
        for _ in range(_BEATS if is_whole else 1):
            response = beat(11)
            assert (200, []) == (response.status, response.json.get("instructions", []))
            threading.Event().wait(_BEAT_SECONDS if is_whole else 0)
        last = beat(12)
        stopped = edge.call("DELETE", f"{_SESSIONS}/{session['sessionId']}", token=viewer.token)

    assert dict.fromkeys(calls, 200) == statuses
    assert ([], 200) == (last.json.get("instructions", []), stopped.status)

    def watching():
        items = edge.get(f"{_VIEWING}/continue-watching", token=viewer.token).json.get("items", [])
        return [(item["subject"]["titleId"], item["position"]) for item in items]

    edge_client.wait_until(lambda: [(cello, "12s")] == watching())
    viewed = edge_client.wait_until(
        lambda: edge.get(f"{_VIEWING}/recently-viewed", token=other.token).json.get("subjects")
    )
    assert [cello] == [each["subject"]["titleId"] for each in viewed]
    assert before == platform.pids
