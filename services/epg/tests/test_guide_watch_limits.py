"""How long streams of the guide live, and how many there are."""

import asyncio
import contextlib

import grpc
import pytest
from marquee.epg.v1 import epg_service_pb2

from services.epg.guide import change_log, guide_cache
from services.epg.personal import guide_watch
from services.epg.tests import harness
from services.epg.tests.guide_watchers import DAY, current_version_after_save, watching
from services.epg.tests.harness import HOUR, TODAY, a_channel
from services.kit import ids, testing, visibility


@pytest.fixture
def profile():
    return testing.bearing(testing.a_token(account_id=ids.new()))


async def test_many_changed_schedules_are_loaded_again(service, profile):
    version = await current_version_after_save(service)
    number = int(version.partition("-")[0]) + 1
    async with watching(service, profile, version=version) as stream:
        await stream.read()
        service.changes.add(
            change_log.Change((number, each, 0), ids.new(), (TODAY, TODAY + HOUR))
            for each in range(guide_watch.MOST_CHANNELS + 1)
        )
        response = await stream.read()

    assert response.reload


class _BusyGuide:
    """Encoded programmes, of which each reader takes a while; counts those who read at the same time."""

    def __init__(self):
        self.reading = self.most = 0

    async def get_programmes(self, page, start, end, audience):
        self.reading += 1
        self.most = max(self.most, self.reading)
        for _ in range(3):
            await asyncio.sleep(0)
        self.reading -= 1
        return [b"" for _ in page]


async def test_many_clients_that_wake_at_once_do_not_exhaust_the_database(service):
    channel = await service.save(a_channel(1))
    changes, busy = change_log.ChangeLog(), _BusyGuide()
    changes.add([change_log.Change((1, 0, 0), channels_changed=True)])
    watch = guide_watch.GuideWatch(service.database, service.index, busy, changes, service.clock)
    viewer, audience = visibility.Viewer(18, "US"), guide_cache.Audience("en", 18)
    window = (TODAY, TODAY + HOUR)
    streams = [
        watch.watch(guide_watch.Watcher(ids.new(), ids.new(), viewer, audience, window), "1-0-0") for _ in range(50)
    ]
    await asyncio.gather(*(anext(stream) for stream in streams))
    changes.add([change_log.Change((2, 0, 0), channel.channel_id, window)])
    responses = await asyncio.gather(*(anext(stream) for stream in streams))
    for stream in streams:
        await stream.aclose()

    assert 50 == len([each for each in responses if epg_service_pb2.WatchGuideResponse.FromString(each).schedules])
    assert guide_watch.MOST_READERS == busy.most


async def test_a_quiet_stream_sends_heartbeats_and_ends_after_its_lifetime(database_url, redis_url, profile):
    times = guide_watch.Times(lifetime=1.0, heartbeat=0.1)
    async with harness.run_service(await database_url("epg"), redis_url, times) as service:
        version = await current_version_after_save(service)
        async with watching(service, profile, version=version) as stream:
            responses = [response async for response in stream]
            code = await stream.code()

    assert grpc.StatusCode.OK == code
    assert len(responses) >= 3
    assert {epg_service_pb2.WatchGuideResponse(version=version).SerializeToString()} == {
        response.SerializeToString() for response in responses
    }


async def test_a_stream_ends_before_the_deadline_of_its_call(service, profile):
    request = epg_service_pb2.WatchGuideRequest()
    stream = service.viewer.WatchGuide(request, metadata=profile, timeout=2.0)

    assert 1 == len([response async for response in stream])
    assert grpc.StatusCode.OK == await stream.code()


async def test_an_account_has_a_limited_number_of_streams_and_closed_ones_do_not_count(service, profile):
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(guide_watch.MOST_OF_ACCOUNT):
            stream = await stack.enter_async_context(watching(service, profile))
            await stream.read()
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await service.viewer.WatchGuide(epg_service_pb2.WatchGuideRequest(), metadata=profile).read()
        async with watching(service, testing.bearing(testing.a_token())) as other:
            assert (await other.read()).reload
    async with asyncio.timeout(testing.PATIENCE):
        while service.watch._open.total():
            await asyncio.sleep(0.01)

    assert "TOO_MANY_WATCHES" == testing.reason_of(refused.value)
    async with watching(service, profile) as stream:
        assert (await stream.read()).reload


@pytest.mark.parametrize(
    "window", [{"start_time": DAY["start_time"]}, {"start_time": DAY["end_time"], "end_time": DAY["start_time"]}]
)
async def test_a_window_that_ends_before_it_begins_is_refused(service, profile, window):
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await service.viewer.WatchGuide(epg_service_pb2.WatchGuideRequest(**window), metadata=profile).read()

    assert "GUIDE_WINDOW_INVALID" == testing.reason_of(refused.value)
