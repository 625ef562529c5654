"""Schedules that playback keeps until epg says that they changed."""

import asyncio
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from marquee.epg.v1 import epg_internal_pb2, epg_internal_pb2_grpc, epg_pb2
from marquee.event.v1 import event_internal_pb2

from services.kit import errors, event_streams, ids, process, testing, timestamps
from services.kit import redis as kit_redis
from services.playback.linear import schedule_cache

_DAY = timedelta(days=1)
_NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
_CHANNEL = ids.new()


class Epg(epg_internal_pb2_grpc.EpgInternalServiceServicer):
    """Has one channel with programmes of an hour, each named after the request that loaded it."""

    def __init__(self) -> None:
        self.requests: list[tuple[datetime, datetime]] = []
        self.is_down = False

    async def GetSchedule(self, request, rpc):
        if self.is_down:
            raise errors.Unavailable("Not now.", reason="NOT_NOW", domain="epg.marquee")
        start, end = timestamps.to_datetime(request.start_time), timestamps.to_datetime(request.end_time)
        self.requests.append((start, end))
        hours = [start + timedelta(hours=hour, minutes=30) for hour in range(-1, 24)]
        return epg_internal_pb2.GetScheduleResponse(
            channel=epg_pb2.Channel(channel_id=_CHANNEL, kind=epg_pb2.CHANNEL_KIND_ENCODED),
            items=[
                epg_internal_pb2.ScheduleItem(
                    programme_id=each.isoformat(),
                    start_time=timestamps.from_datetime(each),
                    end_time=timestamps.from_datetime(each + timedelta(hours=1)),
                    display_names={"en": f"Load {len(self.requests)}"},
                )
                for each in hours
            ],
        )


@pytest.fixture
async def epg():
    return Epg()


@pytest.fixture
async def redis(redis_url):
    client = kit_redis.connect(redis_url, timeout=None)
    yield client
    await client.aclose()


@pytest.fixture
async def schedules(epg, redis):
    clock = testing.a_clock()
    peer = (epg_internal_pb2_grpc.add_EpgInternalServiceServicer_to_server, epg)
    async with testing.serving(peer, time=clock) as address:
        mesh = testing.a_mesh("playback", {"epg": address}, clock)
        cache = schedule_cache.ScheduleCache(mesh, redis, clock)
        async with process.background(cache.run()):
            await cache.following.wait()
            yield cache
        await mesh.close()


async def test_a_window_has_each_programme_once_also_across_midnight(schedules, epg):
    midnight = _NOON.replace(hour=0)
    found = await schedules.get(_CHANNEL, midnight - timedelta(hours=1), midnight + timedelta(hours=1))

    assert found.channel.is_encoded
    assert [midnight + timedelta(minutes=each) for each in (-90, -30, 30)] == [
        programme.start_time for programme in found.programmes
    ]
    assert [(midnight - _DAY, midnight), (midnight, midnight + _DAY)] == epg.requests


async def test_days_are_kept_until_epg_says_that_they_changed(schedules, epg, redis):
    async def name():
        found = await schedules.get(_CHANNEL, _NOON, _NOON + timedelta(minutes=1))
        return found.programmes[0].display_names

    first = await name()
    assert first == await name()
    changed = event_internal_pb2.Event(
        event_id=ids.new(), schedule_changed=event_internal_pb2.ScheduleChanged(channel_id=_CHANNEL)
    )
    await redis.xadd(event_streams.name_of("epg"), {"event": changed.SerializeToString()})
    async with asyncio.timeout(10):
        while await name() == first:
            await asyncio.sleep(0.01)


async def test_what_is_kept_outlives_an_outage_of_epg(schedules, epg):
    await schedules.get(_CHANNEL, _NOON, _NOON + timedelta(hours=1))
    epg.is_down = True

    assert (await schedules.get(_CHANNEL, _NOON, _NOON + timedelta(hours=1))).programmes
    with pytest.raises((errors.Unavailable, grpc.aio.AioRpcError)):
        await schedules.get(_CHANNEL, _NOON + _DAY, _NOON + _DAY + timedelta(hours=1))
