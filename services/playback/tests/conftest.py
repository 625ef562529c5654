"""A playback for each test."""

import pytest

from services.playback.tests import house


@pytest.fixture
async def home(database_url, redis_url, tmp_path):
    async with house.open_house(await database_url("playback"), redis_url, tmp_path) as opened:
        yield opened
