"""A Redis that has reached its memory limit ends no process and no session, and events wait until there is room."""

import contextlib
import time

import pytest
import redis

from services.kit import ids
from tests.journeys import edge_client

pytestmark = [pytest.mark.journey, pytest.mark.timeout(900)]

_SESSIONS = "/api/v1/playback/sessions"
_VIEWING = "/api/v1/viewing"
_SIZES = (1 << 20, 1 << 14, 1 << 8)
#: How much room the limit of a short test leaves before it is full.
_ROOM = 4 << 20
#: Longer than a lease holds without heartbeats.
_FULL_SECONDS = 45.0


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
        end = time.monotonic() + _FULL_SECONDS
        while is_whole and time.monotonic() < end:
            assert not beat(11).json.get("instructions")
        last = beat(12)
        stopped = edge.call("DELETE", f"{_SESSIONS}/{session['sessionId']}", token=viewer.token)

    assert dict.fromkeys(calls, 200) == statuses
    assert ([], 200) == (last.json.get("instructions", []), stopped.status)
    watching = edge_client.wait_until(
        lambda: edge.get(f"{_VIEWING}/continue-watching", token=viewer.token).json.get("items")
    )
    assert [(cello, "12s")] == [(item["subject"]["titleId"], item["position"]) for item in watching]
    viewed = edge_client.wait_until(
        lambda: edge.get(f"{_VIEWING}/recently-viewed", token=other.token).json.get("subjects")
    )
    assert [cello] == [each["subject"]["titleId"] for each in viewed]
    assert before == platform.pids
