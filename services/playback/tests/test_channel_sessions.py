"""Sessions on channels: live, start-over, catch-up, and from one to the other."""

import asyncio
import re
from datetime import timedelta

import grpc
import m3u8
import pytest
from lxml import etree
from marquee.entitlement.v1 import entitlement_pb2
from marquee.packager.v1 import packager_pb2
from marquee.playback.v1 import playback_pb2, playback_service_pb2

from services.kit import ids, testing, timestamps, watchable_subjects
from services.playback.linear import cells
from services.playback.tests import harness, packaged_files
from services.playback.tests.harness import token_of

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
MPD = "{urn:mpeg:dash:schema:mpd:2011}"


class Channel:
    """A channel of a service, a viewer of it, and what the viewer calls."""

    def __init__(self, service):
        self.service, self.epg = service, service.epg
        self.subject = watchable_subjects.channel(service.epg.channel_id)
        self.account_id, self.profile_id = ids.new(), ids.new()
        self.number = 0

    @property
    def token(self):
        return testing.a_token(
            account_id=self.account_id, profile_id=self.profile_id, at=self.service.clock.now(), maturity_ceiling=13
        )

    def add_film(self, seconds=120):
        """Adds a film with an asset and a key of its own; returns its subject."""
        self.number += 1
        film, asset_id = ids.new(), packaged_files.an_asset_id(self.number)
        key_id = bytes([self.number] * 16)
        packaged_files.write(
            self.service.media, self.number, key=key_id.hex(), video_times=range(0, seconds + 1, 4), sounds=()
        )
        self.service.packager.assets[film] = asset_id
        self.service.packager.keys[asset_id] = (key_id, bytes([100 + self.number] * 16))
        return watchable_subjects.title(film)

    async def start(self, subject=None, **request):
        return await self.service.start(subject=subject or self.subject, token=self.token, **request)

    async def seek(self, session, at=None):
        request = playback_service_pb2.SeekSessionRequest(session_id=session.session_id)
        if at is not None:
            request.live_time.CopyFrom(timestamps.from_datetime(at))
        response = await self.service.stub.SeekSession(request, metadata=testing.bearing(self.token))
        return response.session

    async def beat(self, session, at):
        request = playback_service_pb2.HeartbeatRequest(
            session_id=session.session_id,
            live_time=timestamps.from_datetime(at),
            state=playback_pb2.PLAYER_STATE_PLAYING,
        )
        return await self.service.stub.Heartbeat(request, metadata=testing.bearing(self.token))

    async def playlist(self, session, name="video-144p.m3u8"):
        """Returns the playlist that the manifest of a session leads to."""
        from_cell = re.search(r"&from_cell=(\d+)", session.manifests[0].url)
        request = playback_service_pb2.GetHlsPlaylistRequest(
            session_id=session.session_id,
            playlist=name,
            token=token_of(session).partition("&")[0],
            from_cell=int(from_cell[1]) if from_cell else 0,
        )
        return m3u8.loads((await self.service.stub.GetHlsPlaylist(request)).data.decode())

    async def key(self, session, number):
        request = playback_service_pb2.GetContentKeyRequest(
            session_id=session.session_id, key_id=bytes([number] * 16).hex(), token=token_of(session).partition("&")[0]
        )
        return (await self.service.stub.GetContentKey(request)).data


@pytest.fixture
def channel(service):
    """Shows one programme from half an hour ago to half an hour from now, one before and one after it."""
    channel = Channel(service)
    now = service.clock.now()
    channel.past = channel.epg.add(now - 90 * MINUTE, HOUR, channel.add_film(), name="Past")
    channel.current = channel.epg.add(now - 30 * MINUTE, HOUR, channel.add_film(), name="Current")
    channel.upcoming = channel.epg.add(now + 30 * MINUTE, HOUR, channel.add_film(), name="Upcoming")
    return channel


async def refused(call):
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return harness.refusal(caught.value)


def time_of(message):
    return timestamps.to_datetime(message)


def programme(programme_id):
    return watchable_subjects.programme(programme_id)


async def test_a_channel_plays_live(service, channel):
    session = await channel.start()
    now = service.clock.now()

    assert (playback_pb2.SESSION_KIND_LIVE, channel.subject) == (session.kind, session.subject)
    assert (now, channel.epg.channel_id) == (time_of(session.live_time), session.channel_id)
    assert not session.HasField("duration") and not session.seek_window.HasField("end_position")
    assert (channel.current, "Current") == (session.programme.programme_id, session.programme.display_name)
    assert (now - 30 * MINUTE, now + 30 * MINUTE) == (
        time_of(session.programme.start_time),
        time_of(session.programme.end_time),
    )
    assert (programme(channel.upcoming), "Upcoming") == (session.next.subject, session.next.display_name)


async def test_the_live_window_is_the_last_two_minutes(service, channel):
    session = await channel.start()
    edge = cells.cell_at(service.clock.now())
    playlist = await channel.playlist(session)

    assert (edge - 30, 30) == (playlist.media_sequence, len(playlist.segments))
    assert not playlist.is_endlist and playlist.playlist_type is None
    assert {packaged_files.an_asset_id(2)} == {each.uri.split("/")[2] for each in playlist.segments}


async def test_a_live_window_slides_without_a_jump_from_one_programme_to_the_next(service, channel):
    session = await channel.start()
    service.clock.advance(29 * MINUTE)
    await age_and_keep(channel, session)
    before = await channel.playlist(session)
    service.clock.advance(40 * cells.CELL)
    await age_and_keep(channel, session)
    after = await channel.playlist(session)

    assert before.media_sequence + 40 == after.media_sequence
    shown = {}
    for playlist in (before, after):
        assert playlist.media_sequence == cells.cell_at(service.clock.now()) - 30 or playlist is before
        for number, segment in enumerate(playlist.segments, playlist.media_sequence):
            path = segment.uri.partition("?")[0]
            assert shown.setdefault(number, path) == path
    assert {2, 3} == {int(each.uri.split("/")[2][-4:]) for each in after.segments}


async def age_and_keep(channel, session):
    await channel.beat(session, channel.service.clock.now())


async def test_dash_has_a_period_for_each_run(service, channel):
    session = await channel.start()
    request = playback_service_pb2.GetDashManifestRequest(session_id=session.session_id, token=token_of(session))
    response = await service.stub.GetDashManifest(request)
    root = etree.fromstring(response.data)

    assert ("dynamic", "application/dash+xml") == (root.get("type"), response.content_type)
    assert len(root.findall(f"{MPD}Period")) >= 1


async def test_a_running_programme_starts_over_from_its_beginning(service, channel):
    session = await channel.start(programme(channel.current))
    start = service.clock.now() - 30 * MINUTE
    playlist = await channel.playlist(session)

    assert (playback_pb2.SESSION_KIND_START_OVER, start) == (session.kind, time_of(session.live_time))
    assert (cells.cell_at(start), 450) == (playlist.media_sequence, len(playlist.segments))
    assert start == playlist.segments[0].program_date_time


async def test_a_programme_without_start_over_plays_live(service, channel):
    channel.epg.rules = {"catch_up_window": timedelta()}
    session = await channel.start(programme(channel.current))

    assert playback_pb2.SESSION_KIND_LIVE == session.kind


async def test_an_ended_programme_is_caught_up_until_its_end_and_further_as_the_viewer_comes_near(service, channel):
    session = await channel.start(programme(channel.past))
    start = service.clock.now() - 90 * MINUTE
    before = await channel.playlist(session)
    assert (playback_pb2.SESSION_KIND_CATCH_UP, start) == (session.kind, time_of(session.live_time))
    assert (cells.cell_at(start), 900) == (before.media_sequence, len(before.segments))

    await channel.beat(session, start + 30 * MINUTE)
    assert 900 == len((await channel.playlist(session)).segments)
    beaten = await channel.beat(session, start + 59 * MINUTE)
    after = await channel.playlist(session)

    assert (channel.past, programme(channel.current)) == (beaten.programme.programme_id, beaten.next.subject)
    assert (before.media_sequence, before.discontinuity_sequence) == (
        after.media_sequence,
        after.discontinuity_sequence,
    )
    assert [each.uri for each in before.segments] == [each.uri for each in after.segments[:900]]
    assert 900 + 450 == len(after.segments)


async def test_catch_up_resumes_where_the_profile_stopped(service, channel):
    service.viewing.add_programme_bookmark(channel.past, 20 * MINUTE, HOUR)
    session = await channel.start(programme(channel.past))

    assert service.clock.now() - 70 * MINUTE == time_of(session.live_time)
    assert cells.cell_at(service.clock.now() - 90 * MINUTE) == (await channel.playlist(session)).media_sequence


async def test_padding_widens_the_window_of_a_programme(service, channel):
    channel.epg.rules |= {"start_padding": MINUTE, "end_padding": 2 * MINUTE}
    channel.epg.add(service.clock.now() - 100 * MINUTE, 10 * MINUTE, channel.add_film())
    session = await channel.start(programme(channel.past))
    playlist = await channel.playlist(session)

    assert cells.cell_at(service.clock.now() - 91 * MINUTE) == playlist.media_sequence
    assert 63 * 15 == len(playlist.segments)


async def test_a_programme_of_the_future_is_refused_with_its_start(service, channel):
    error = await refused(channel.start(programme(channel.upcoming)))

    start = (service.clock.now() + 30 * MINUTE).isoformat()
    assert ("PROGRAMME_NOT_STARTED", {"programme_id": channel.upcoming, "start_time": start}) == (
        error.reason,
        error.metadata,
    )


@pytest.mark.parametrize("window", [timedelta(), timedelta(minutes=29)])
async def test_a_programme_outside_of_the_catch_up_window_is_refused(service, channel, window):
    channel.epg.rules = {"catch_up_window": window}
    error = await refused(channel.start(programme(channel.past)))

    assert "CATCH_UP_NOT_AVAILABLE" == error.reason
    assert bool(window) == ("catch_up_end_time" in error.metadata)


async def test_unknown_channels_and_programmes_are_not_found(channel):
    for subject, reason in (
        (watchable_subjects.channel(ids.new()), "CHANNEL_NOT_FOUND"),
        (watchable_subjects.programme(ids.new()), "PROGRAMME_NOT_FOUND"),
    ):
        assert reason == (await refused(channel.start(subject))).reason


async def test_a_channel_without_anything_to_show_is_refused(service, channel):
    channel.epg.programmes.clear()
    assert "NOT_PLAYABLE_YET" == (await refused(channel.start())).reason


async def test_a_device_that_cannot_play_the_media_is_refused(channel):
    for capabilities in (
        {"codecs": ["hvc1.1.6.L93.B0"]},
        {"encryption_schemes": [packager_pb2.ENCRYPTION_SCHEME_CENC]},
    ):
        device = playback_pb2.Device(capabilities=playback_pb2.DeviceCapabilities(**capabilities))
        assert "DEVICE_NOT_SUPPORTED" == (await refused(channel.start(device=device))).reason


async def test_a_session_seeks_to_the_beginning_and_back_to_live_in_one_slot(service, channel):
    session = await channel.start()
    now = service.clock.now()
    start_over = await channel.seek(session, now - 30 * MINUTE)
    catch_up = await channel.seek(session, now - 60 * MINUTE)
    live = await channel.seek(session)

    assert {session.session_id} == {each.session_id for each in (start_over, catch_up, live)}
    assert [
        playback_pb2.SESSION_KIND_START_OVER,
        playback_pb2.SESSION_KIND_CATCH_UP,
        playback_pb2.SESSION_KIND_LIVE,
    ] == [each.kind for each in (start_over, catch_up, live)]
    assert now - 60 * MINUTE == time_of(catch_up.live_time)
    assert "from_cell" not in live.manifests[0].url and "from_cell" in catch_up.manifests[1].url
    assert cells.cell_at(now - 90 * MINUTE) == (await channel.playlist(catch_up)).media_sequence


async def test_a_time_outside_of_the_seek_window_is_refused(service, channel):
    session = await channel.start()
    now = service.clock.now()
    assert now - timedelta(days=7) == time_of(session.seek_window.start_time)
    for at in (now - timedelta(days=8), now + HOUR):
        error = await refused(channel.seek(session, at))
        assert ("TIME_NOT_AVAILABLE", session.session_id) == (error.reason, error.metadata["session_id"])


async def test_a_channel_without_time_shift_offers_its_live_window_only(service, channel):
    channel.epg.rules = {}
    session = await channel.start()
    now = service.clock.now()

    assert now - 2 * MINUTE == time_of(session.seek_window.start_time)
    assert playback_pb2.SESSION_KIND_LIVE == (await channel.seek(session, now - MINUTE)).kind
    assert "TIME_NOT_AVAILABLE" == (await refused(channel.seek(session, now - 3 * MINUTE))).reason


async def test_an_address_of_a_time_that_the_viewer_may_not_see_is_not_found(service, channel):
    session = await channel.start(programme(channel.current))
    early = cells.cell_at(service.clock.now() - timedelta(days=9))
    request = playback_service_pb2.GetHlsPlaylistRequest(
        session_id=session.session_id, playlist="master.m3u8", token=token_of(session).partition("&")[0]
    )
    for from_cell in (early, 10**11):
        request.from_cell = from_cell
        assert "PLAYLIST_NOT_FOUND" == (await refused(service.stub.GetHlsPlaylist(request))).reason


async def test_each_asset_has_its_own_token_and_key(service, channel):
    session = await channel.start(programme(channel.past))
    await channel.beat(session, service.clock.now() - 31 * MINUTE)
    playlist = await channel.playlist(session)
    queries = {each.uri.split("/")[2]: each.uri.partition("?")[2] for each in playlist.segments}

    assert 2 == len(queries) == len(set(queries.values()))
    assert [bytes([101] * 16), bytes([102] * 16)] == [await channel.key(session, number) for number in (1, 2)]
    assert "KEY_NOT_FOUND" == (await refused(channel.key(session, 3))).reason


async def test_a_profile_that_may_not_see_a_programme_sees_filler_and_gets_no_key(service, channel):
    filler = channel.add_film(12)
    channel.epg.filler = filler
    now = service.clock.now()
    channel.epg.programmes.clear()
    channel.epg.add(now - HOUR, HOUR - MINUTE, channel.add_film(3600), age=18)
    channel.epg.add(now - MINUTE, HOUR, channel.add_film(3600), age=12)
    session = await channel.start()
    playlist = await channel.playlist(session)
    shown = [int(each.uri.split("/")[2][-4:]) for each in playlist.segments]

    assert ([4] * 15 + [6] * 15) == shown
    assert "KEY_NOT_FOUND" == (await refused(channel.key(session, 5))).reason
    assert bytes([104] * 16) == await channel.key(session, 4)


async def test_filler_for_one_profile_does_not_change_the_numbers_of_others_nor_its_own(service, channel):
    channel.epg.filler = channel.add_film(12)
    now = service.clock.now()
    channel.epg.programmes.clear()
    channel.epg.add(now - HOUR, HOUR + 2 * MINUTE, channel.add_film(7200), age=18)
    channel.epg.add(now + 2 * MINUTE, HOUR, channel.add_film(7200), age=12)
    session = await channel.start()
    before = await channel.playlist(session)
    for _ in range(8):
        service.clock.advance(10 * cells.CELL)
        await age_and_keep(channel, session)
        after = await channel.playlist(session)
        left = [each for each in before.segments[1:11] if each.discontinuity]
        assert before.discontinuity_sequence + len(left) == after.discontinuity_sequence
        before = after


async def test_heartbeats_report_the_programme_with_the_position_in_it(service, channel):
    session = await channel.start()
    now = service.clock.now()
    await channel.beat(session, now)
    await channel.beat(session, now - 40 * MINUTE)
    await channel.service.stop(session.session_id, channel.token)
    progress = [event.playback_progressed for event in await published(service, 3)]

    assert [programme(channel.current), programme(channel.past), programme(channel.past)] == [
        each.subject for each in progress
    ]
    assert [30 * MINUTE, 50 * MINUTE, 50 * MINUTE] == [timestamps.to_timedelta(each.position) for each in progress]
    assert {(60 * MINUTE, channel.epg.channel_id)} == {
        (timestamps.to_timedelta(each.duration), each.parent.channel_id) for each in progress
    }
    assert progress[-1].stopped


async def published(service, count):
    async with asyncio.timeout(testing.PATIENCE):
        while len(events := await service.published()) < count:
            await asyncio.sleep(0.01)
    return events


async def test_a_position_is_refused_on_a_channel(service, channel):
    session = await channel.start()
    assert "REQUEST_INVALID" == (await refused(service.beat(session.session_id, channel.token, 5))).reason


async def test_a_session_goes_on_while_epg_is_down(service, channel):
    session = await channel.start()
    channel.epg.is_down = True
    beaten = await channel.beat(session, service.clock.now())

    assert beaten.HasField("lease_expire_time") and not beaten.HasField("programme")
    assert 30 == len((await channel.playlist(session)).segments)


async def test_a_full_account_is_told_which_channel_plays(service, channel):
    await channel.start()
    error = await refused(channel.start())

    [decision] = error.details
    assert "TOO_MANY_STREAMS" == error.reason
    assert "One" == decision.options[0].stop_stream.display_name


async def test_a_repeated_request_returns_the_same_session(service, channel):
    request_id = ids.new()
    first = await channel.start(programme(channel.past), request_id=request_id)
    second = await channel.start(programme(channel.past), request_id=request_id)

    assert first == second


async def test_a_refused_channel_is_refused_with_the_decision(service, channel):
    service.entitlement.reasons = [entitlement_pb2.ACCESS_REASON_CODE_NOT_IN_SUBSCRIPTION]
    error = await refused(channel.start())

    assert ("NOT_ENTITLED", channel.epg.channel_id) == (error.reason, error.metadata["channel_id"])


async def test_a_viewer_who_loses_the_channel_gets_no_more_keys(service, channel):
    session = await channel.start()
    service.entitlement.reasons = [entitlement_pb2.ACCESS_REASON_CODE_NOT_IN_SUBSCRIPTION]

    assert "NOT_ENTITLED" == (await refused(channel.key(session, 2))).reason


async def test_the_tokens_of_a_session_are_renewed(service, channel):
    session = await channel.start(programme(channel.current))
    service.clock.advance(timedelta(hours=4, minutes=31))
    beaten = await channel.beat(session, service.clock.now())

    [instruction] = beaten.instructions
    assert "from_cell" in instruction.renewed.manifests[0].url
    assert token_of(session) != token_of(instruction.renewed)


async def test_a_record_of_a_session_on_a_channel_is_small(service, channel):
    session = await channel.start()
    [key] = [key async for key in service.redis.scan_iter(f"playback:*:session:{session.session_id}")]

    assert len(await service.redis.get(key)) < 900
