"""What the tests of packager are given."""

import pytest

from services.packager.tests import house


@pytest.fixture
async def packager(database_url, redis_url, tmp_path):
    """A packager of this test's own."""
    async with house.open_house(await database_url("packager"), redis_url, tmp_path) as opened:
        yield opened
