"""Sessions on channels: live, start-over, catch-up, and from one to the other."""

import asyncio
from datetime import timedelta

import pytest
from marquee.entitlement.v1 import entitlement_pb2
from marquee.packager.v1 import packager_pb2
from marquee.playback.v1 import playback_pb2, playback_service_pb2

from services.kit import ids, testing, timestamps, watchable_subjects
from services.playback.linear import cells
from services.playback.tests.channel_harness import HOUR, MINUTE, a_channel, programme, refused, time_of
from services.playback.tests.harness import token_of


@pytest.fixture
def channel(service):
    return a_channel(service)


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


async def test_catch_up_resumes_where_the_profile_stopped(service, channel):
    service.viewing.add_programme_bookmark(channel.past, 20 * MINUTE, HOUR)
    session = await channel.start(programme(channel.past))

    assert service.clock.now() - 70 * MINUTE == time_of(session.live_time)
    assert cells.cell_at(service.clock.now() - 90 * MINUTE) == (await channel.playlist(session)).media_sequence


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
        {"key_systems": ["com.widevine.alpha"]},
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


async def test_a_channel_without_start_over_offers_ended_programmes_only(service, channel):
    channel.epg.rules = {"catch_up_window": timedelta(days=1)}
    session = await channel.start()
    now = service.clock.now()

    assert "TIME_NOT_AVAILABLE" == (await refused(channel.seek(session, now - 20 * MINUTE))).reason
    assert playback_pb2.SESSION_KIND_CATCH_UP == (await channel.seek(session, now - 40 * MINUTE)).kind


async def test_a_time_outside_of_the_seek_window_is_refused(service, channel):
    session = await channel.start()
    now = service.clock.now()
    assert now - timedelta(days=7) == time_of(session.seek_window.start_time)
    for at in (now - timedelta(days=8), now + HOUR):
        error = await refused(channel.seek(session, at))
        assert ("TIME_NOT_AVAILABLE", session.session_id) == (error.reason, error.metadata["session_id"])


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


async def seek(service, session_id, token):
    await service.stub.SeekSession(
        playback_service_pb2.SeekSessionRequest(session_id=session_id), metadata=testing.bearing(token)
    )


async def test_only_a_session_on_a_channel_seeks(service):
    token = testing.a_token(account_id=ids.new())
    session = await service.start(service.catalog.film(), token)
    error = await refused(seek(service, session.session_id, token))

    assert error.reason == "REQUEST_INVALID"


async def test_a_session_that_has_ended_does_not_seek(service):
    token = testing.a_token(account_id=ids.new())
    session = await service.start(service.catalog.film(), token)
    await service.stop(session.session_id, token)

    assert (await refused(seek(service, session.session_id, token))).reason == "SESSION_ENDED"


async def test_a_session_of_another_account_does_not_seek(service):
    token = testing.a_token(account_id=ids.new())
    session = await service.start(service.catalog.film(), token)
    error = await refused(seek(service, session.session_id, testing.a_token(account_id=ids.new())))

    assert error.reason == "SESSION_NOT_FOUND"


async def test_a_session_does_not_name_a_programme_that_the_profile_may_not_know_of(service, channel):
    now = service.clock.now()
    channel.epg.programmes = []
    channel.epg.add(now - HOUR, HOUR + MINUTE, channel.add_film(4000), age=12, name="Shown")
    late = channel.epg.add(now + MINUTE, HOUR, channel.add_film(3600), age=18, name="Late")
    session = await channel.start()
    service.clock.advance(2 * MINUTE)
    response = await channel.beat(session, now + 2 * MINUTE)

    assert ("Shown", False) == (session.programme.display_name, session.HasField("next"))
    assert ("", "", now + MINUTE) == (
        response.programme.programme_id,
        response.programme.display_name,
        time_of(response.programme.start_time),
    )
    assert late.encode() not in session.SerializeToString() + response.SerializeToString()
