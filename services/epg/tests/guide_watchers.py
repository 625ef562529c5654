"""Clients that watch the guide, for tests."""

import asyncio
import contextlib
from datetime import timedelta

import grpc
import pytest
from marquee.epg.v1 import epg_service_pb2

from services.epg.guide import change_log
from services.epg.tests.harness import TODAY, a_channel
from services.kit import testing, timestamps

DAY = {
    "start_time": timestamps.from_datetime(TODAY),
    "end_time": timestamps.from_datetime(TODAY + timedelta(days=1)),
}


@contextlib.asynccontextmanager
async def watching(service, metadata, **options):
    """Yields a stream and closes it."""
    stream = service.viewer.WatchGuide(epg_service_pb2.WatchGuideRequest(**options), metadata=metadata)
    try:
        yield stream
    finally:
        stream.cancel()


async def read_until(stream, is_wanted):
    """Returns the next response that is wanted, and fails if the stream ends before."""
    async with asyncio.timeout(testing.PATIENCE):
        while (response := await stream.read()) is not grpc.aio.EOF:
            if is_wanted(response):
                return response
    pytest.fail("the stream has ended")


async def current_version(service):
    """Returns the version of the guide once every event of the service has been read."""
    await service.published("schedule_changed")
    last = (await service.redis.xrevrange("marquee:events:epg", count=1))[0][0].decode()
    async with asyncio.timeout(testing.PATIENCE):
        while not change_log.write_version(service.changes.version).startswith(last):
            await asyncio.sleep(0.01)
    return change_log.write_version(service.changes.version)


async def current_version_after_save(service):
    await service.save(a_channel(1))
    return await current_version(service)
