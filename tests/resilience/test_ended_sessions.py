"""Media of a session that was stopped or replaced are refused, also where the edge must do without the lease."""

import contextlib
import os
import signal

import jwt
import pytest

from tests.journeys import edge_client

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]

_SESSIONS = "/api/v1/playback/sessions"


@pytest.fixture
def viewer(edge):
    return edge.register_viewer("STANDARD")


@contextlib.contextmanager
def hanging(platform, name):
    """Suspends a process during the block."""
    pid = platform.nodes[name].pid
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def outcome(response):
    return response.status, response.reason if response.status != 200 else ""


def test_a_segment_is_refused_as_soon_as_its_session_is_stopped(edge, cello, viewer):
    session = edge.start(viewer, cello)
    url = edge_client.segment_url(edge, session)
    playing = edge.get(url)
    edge.call("DELETE", f"{_SESSIONS}/{session['sessionId']}", token=viewer.token)

    assert ((200, ""), (403, "SESSION_ENDED")) == (outcome(playing), outcome(edge.get(url)))


def test_a_segment_is_refused_as_soon_as_another_device_took_the_session_over(edge, cello, viewer):
    first = edge.start(viewer, cello)
    url = edge_client.segment_url(edge, first)
    body = edge_client.start_session_body(cello, replaceSessionId=first["sessionId"])
    second = edge.post(_SESSIONS, body, token=viewer.token).json["session"]

    assert (403, "SESSION_ENDED") == outcome(edge.get(url))
    assert 200 == edge.get(edge_client.segment_url(edge, second)).status


@pytest.mark.parametrize("away", ["redis", "gateway"])
def test_viewers_keep_watching_while_the_lease_cannot_be_read(platform, edge, cello, viewer, away):
    session, stopped = edge.start(viewer, cello), edge.start(viewer, cello)
    url, stopped_url = edge_client.segment_url(edge, session), edge_client.segment_url(edge, stopped)
    edge.call("DELETE", f"{_SESSIONS}/{stopped['sessionId']}", token=viewer.token)
    with hanging(platform, away):
        during = edge.get(url)
    edge_client.wait_until(lambda: edge.get(stopped_url).status == 403)

    assert 200 == during.status
    assert 200 == edge.get(url).status


def test_a_token_expires_soon_after_its_media_would_have_ended(edge, cello, viewer):
    session = edge.start(viewer, cello)
    claims = jwt.decode(
        edge_client.segment_url(edge, session).partition("?token=")[2], options={"verify_signature": False}
    )

    assert claims["exp"] - claims["iat"] == 3600 + float(session["duration"].removesuffix("s"))
