"""A playback service for each test."""

import pytest

from services.playback.tests import harness


@pytest.fixture
async def service(database_url, redis_url, tmp_path):
    async with harness.run_service(await database_url("playback"), redis_url, tmp_path) as running:
        yield running
