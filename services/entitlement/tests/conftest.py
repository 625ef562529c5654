"""An entitlement service for each test."""

import pytest

from services.entitlement.tests import harness


@pytest.fixture
def catalog():
    return harness.Catalog()


@pytest.fixture
def epg():
    return harness.Epg()


@pytest.fixture
async def service(database_url, redis_url, catalog, epg):
    async with harness.run_service(await database_url("entitlement"), redis_url, catalog, epg) as running:
        yield running
