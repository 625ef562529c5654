"""An epg service for each test."""

import pytest

from services.epg.tests import harness


@pytest.fixture
async def service(database_url, redis_url):
    async with harness.run_service(await database_url("epg"), redis_url) as running:
        yield running
