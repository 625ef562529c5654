"""An entitlement for each test."""

import pytest

from services.entitlement.tests import house


@pytest.fixture
def catalog():
    return house.Catalog()


@pytest.fixture
async def home(database_url, redis_url, catalog):
    async with house.open_house(await database_url("entitlement"), redis_url, catalog) as opened:
        yield opened
