"""What other services get of channels and programmes."""

import dataclasses
from datetime import timedelta

import grpc
import pytest
from marquee.epg.v1 import epg_admin_service_pb2, epg_internal_pb2, epg_pb2
from marquee.type.v1 import type_pb2

from services.epg import storage
from services.epg.tests import harness
from services.epg.tests.harness import HOUR, TODAY, a_channel, a_programme
from services.kit import ids, testing, timestamps, watchable_subjects

_ENTITLEMENT = testing.as_service("entitlement")
_RATING = type_pb2.MaturityRating(age=16, system="FSK", label="16")


async def stream_facts(service):
    stream = service.internal.StreamChannelFacts(epg_internal_pb2.StreamChannelFactsRequest(), metadata=_ENTITLEMENT)
    return {facts.channel_id: facts async for response in stream for facts in response.facts}


async def test_the_facts_of_all_channels_are_streamed_hidden_ones_too(service):
    hidden = await service.save(a_channel(1, hidden=True))
    local = await service.save(a_channel(2, territories=["IN", "DE"], maturity_rating=_RATING))
    deleted = await service.save(a_channel(3))
    request = epg_admin_service_pb2.DeleteChannelRequest(channel_id=deleted.channel_id)
    await service.admin.DeleteChannel(request, metadata=harness.EDITOR)

    assert await stream_facts(service) == {
        hidden.channel_id: epg_internal_pb2.ChannelFacts(channel_id=hidden.channel_id, hidden=True),
        local.channel_id: epg_internal_pb2.ChannelFacts(
            channel_id=local.channel_id, territories=["DE", "IN"], maturity_rating=_RATING
        ),
    }


async def test_a_programme_is_resolved_to_its_channel_its_rating_and_its_times(service):
    channel = await service.save(a_channel(1, hidden=True))
    await service.replace(
        channel.channel_id, [a_programme(TODAY, maturity_rating=_RATING), a_programme(TODAY + HOUR, name="Weather")]
    )
    async with service.database.reading() as session:
        stored = await storage.programmes.list_programmes(session, [channel.channel_id], TODAY, TODAY + 2 * HOUR)
    programme_ids = [programme.programme_id for _, programme in stored]
    request = epg_internal_pb2.ResolveProgrammesRequest(programme_ids=[*programme_ids, ids.new()])
    response = await service.internal.ResolveProgrammes(request, metadata=_ENTITLEMENT)
    by_id = {facts.programme_id: facts for facts in response.programmes}

    assert set(programme_ids) == by_id.keys()
    assert by_id[programme_ids[0]] == epg_internal_pb2.ProgrammeFacts(
        programme_id=programme_ids[0],
        channel_id=channel.channel_id,
        maturity_rating=_RATING,
        start_time=timestamps.from_datetime(TODAY),
        end_time=timestamps.from_datetime(TODAY + HOUR),
    )
    assert not by_id[programme_ids[1]].HasField("maturity_rating")


async def test_playback_gets_a_channel_with_what_its_programmes_play(service):
    film, filler = watchable_subjects.title(ids.new()), watchable_subjects.title(ids.new())
    channel = await service.save(
        a_channel(
            1,
            hidden=True,
            filler=filler,
            time_shift=epg_pb2.TimeShiftRules(end_padding=timestamps.from_timedelta(timedelta(minutes=5))),
        )
    )
    await service.replace(
        channel.channel_id, [a_programme(TODAY, maturity_rating=_RATING, on_demand=film), a_programme(TODAY + HOUR)]
    )
    response = await get_schedule(service, channel.channel_id, TODAY, TODAY + HOUR)
    [item] = response.items

    assert response.channel == channel
    assert (filler, epg_pb2.CHANNEL_KIND_ASSEMBLED) == (response.channel.filler, response.channel.kind)
    assert (film, _RATING) == (item.on_demand, item.maturity_rating)
    assert (TODAY, TODAY + HOUR) == tuple(map(timestamps.to_datetime, (item.start_time, item.end_time)))


async def test_a_schedule_is_refused_for_a_channel_that_does_not_exist_and_for_a_window_that_is_too_long(service):
    channel = await service.save(a_channel(1))
    for channel_id, end, reason in (
        (ids.new(), TODAY + HOUR, "CHANNEL_NOT_FOUND"),
        (channel.channel_id, TODAY, "GUIDE_WINDOW_INVALID"),
        (channel.channel_id, TODAY + timedelta(days=33), "GUIDE_WINDOW_INVALID"),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await get_schedule(service, channel_id, TODAY, end)
        assert reason == testing.reason_of(refused.value)


async def get_schedule(service, channel_id, start, end):
    request = epg_internal_pb2.GetScheduleRequest(
        channel_id=channel_id,
        start_time=timestamps.from_datetime(start),
        end_time=timestamps.from_datetime(end),
    )
    return await service.internal.GetSchedule(request, metadata=testing.as_service("playback"))


async def test_the_channel_of_a_schedule_is_as_the_database_has_it(service):
    """Another replica may have written it just now, and its event makes other services ask at once."""
    saved = await service.save(a_channel(1))
    async with service.database.transaction() as tx:
        stored = await storage.channels.lock_channel(tx, saved.channel_id)
        await storage.channels.save_channel(tx, dataclasses.replace(stored, hidden=True))
    response = await get_schedule(service, saved.channel_id, TODAY, TODAY + HOUR)

    assert response.channel.hidden
