"""The channels that profiles watched."""

import asyncio
from datetime import timedelta

import pytest
from marquee.epg.v1 import personal_guide_service_pb2 as contract
from marquee.event.v1 import event_internal_pb2
from marquee.identity.v1 import identity_pb2
from marquee.playback.v1 import playback_pb2
from marquee.type.v1 import type_pb2

from services.epg import cleanup, storage
from services.epg.domain import channel_ranking
from services.epg.tests.harness import TODAY, a_channel, a_programme
from services.kit import event_streams, ids, testing, timestamps

_SECOND = timedelta(seconds=1)


@pytest.fixture
def profile_id():
    return ids.new()


@pytest.fixture
def profile(profile_id):
    return testing.bearing(testing.a_token(profile_id=profile_id))


@pytest.fixture
async def channel_ids(service):
    return [(await service.save(a_channel(number))).channel_id for number in range(1, 4)]


def progressed(profile_id, state=playback_pb2.PLAYER_STATE_PLAYING, **subject):
    return event_internal_pb2.PlaybackProgressed(
        session_id=ids.new(), profile_id=profile_id, subject=type_pb2.Subject(**subject), state=state
    )


async def watch(service, profile_id, seconds, start=testing.NOW, every=10, **subject):
    """Has a player report every few seconds, from a time on."""
    for second in range(0, seconds + 1, every):
        await service.consume(progressed(profile_id, **subject), start + second * _SECOND)


async def list_watched(service, metadata):
    response = await service.personal.ListWatchedChannels(contract.ListWatchedChannelsRequest(), metadata=metadata)
    return [
        (each.channel_id, timestamps.to_datetime(each.watch_time), each.duration.seconds) for each in response.channels
    ]


async def test_live_and_catch_up_of_a_channel_count_for_it_the_latest_first(service, profile, profile_id, channel_ids):
    one, two, _ = channel_ids
    await service.replace(one, [a_programme(TODAY)])
    programme_id = (await service.get_guide()).schedules[0].programmes[0].programme_id
    await watch(service, profile_id, 120, channel_id=one)
    await watch(service, profile_id, 30, start=testing.NOW + 200 * _SECOND, channel_id=two)
    await watch(service, profile_id, 60, start=testing.NOW + 400 * _SECOND, programme_id=programme_id)

    assert [
        (one, testing.NOW + 460 * _SECOND, 180),
        (two, testing.NOW + 230 * _SECOND, 30),
    ] == await list_watched(service, profile)
    assert [] == await list_watched(service, testing.bearing(testing.a_token()))


async def test_pauses_and_long_silences_do_not_count(service, profile, profile_id, channel_ids):
    one, *_ = channel_ids
    await watch(service, profile_id, 20, channel_id=one)
    for second in range(20, 200, 10):
        paused = progressed(profile_id, playback_pb2.PLAYER_STATE_PAUSED, channel_id=one)
        await service.consume(paused, testing.NOW + second * _SECOND)
    await watch(service, profile_id, 20, start=testing.NOW + 300 * _SECOND, channel_id=one)
    await watch(service, profile_id, 20, start=testing.NOW + 290 * _SECOND, channel_id=one)

    [(_, at, seconds)] = await list_watched(service, profile)
    assert testing.NOW + 320 * _SECOND == at
    assert 40 == seconds


async def test_titles_and_unknown_programmes_are_ignored(service, profile, profile_id):
    await watch(service, profile_id, 20, title_id=ids.new())
    await watch(service, profile_id, 20, programme_id=ids.new())

    assert [] == await list_watched(service, profile)


async def test_channels_are_forgotten_one_by_one_and_all_at_once(service, profile, profile_id, channel_ids):
    for channel_id in channel_ids:
        await watch(service, profile_id, 20, channel_id=channel_id)
    await service.personal.ForgetWatchedChannels(
        contract.ForgetWatchedChannelsRequest(channel_id=channel_ids[0]), metadata=profile
    )
    left = await list_watched(service, profile)
    await service.personal.ForgetWatchedChannels(contract.ForgetWatchedChannelsRequest(), metadata=profile)

    assert set(channel_ids[1:]) == {channel_id for channel_id, *_ in left}
    assert [] == await list_watched(service, profile)


async def test_a_hidden_channel_is_not_named(service, profile, profile_id, channel_ids):
    await watch(service, profile_id, 20, channel_id=channel_ids[0])
    await service.save(a_channel(1, channel_id=channel_ids[0], hidden=True))

    assert [] == await list_watched(service, profile)


async def test_what_was_watched_is_kept_for_sixty_days(service, profile_id, channel_ids):
    start = testing.NOW - channel_ranking.RETENTION
    await watch(service, profile_id, 20, start=start, channel_id=channel_ids[0])
    await watch(service, profile_id, 20, start=start + timedelta(hours=1), channel_id=channel_ids[1])
    await cleanup.clean_up(service.database, service.clock)
    async with service.database.reading() as session:
        kept = await storage.watched_channels.list_watched(session, profile_id, start - timedelta(days=9))

    assert [channel_ids[1]] == [each.channel_id for each in kept]


async def test_events_of_playback_and_identity_are_consumed(service, profile, profile_id, channel_ids):
    async def publish(area, **payload):
        event = event_internal_pb2.Event(event_id=ids.new(), **payload)
        timestamps.put_datetime(event.occur_time, testing.NOW)
        await service.redis.xadd(event_streams.name_of(area), {event_streams.FIELD: event.SerializeToString()})

    async def wait_until(is_listed):
        async with asyncio.timeout(testing.PATIENCE):
            while is_listed != bool(await list_watched(service, profile)):
                await asyncio.sleep(0.02)

    await publish("playback", playback_progressed=progressed(profile_id, channel_id=channel_ids[0]))
    await wait_until(True)
    deleted = event_internal_pb2.ProfileChanged(profile=identity_pb2.Profile(profile_id=profile_id), deleted=True)
    await publish("identity", profile_changed=deleted)
    await wait_until(False)
