"""An entitlement service for each test."""

import pytest

from services.entitlement.tests import harness


@pytest.fixture
def catalog():
    return harness.Catalog()


@pytest.fixture
async def service(database_url, redis_url, catalog):
    async with harness.run_service(await database_url("entitlement"), redis_url, catalog) as running:
        yield running
