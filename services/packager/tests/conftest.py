"""Fixtures of the tests of packager."""

import pytest

from services.packager.tests import harness


@pytest.fixture
async def packager(database_url, redis_url, tmp_path):
    """A packager for one test."""
    async with harness.open_harness(await database_url("packager"), redis_url, tmp_path) as running:
        yield running
