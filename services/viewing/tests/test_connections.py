"""The connections to the database: a burst of writes of one profile leaves them to the others."""

import asyncio

import pytest
from marquee.policy.v1 import policy_pb2
from marquee.viewing.v1 import viewing_pb2, viewing_service_pb2
from sqlalchemy import text

from services.kit import db, method_policy
from services.viewing.tests import builders

_LOCK = text("SELECT 1 FROM profile WHERE profile_id = :profile_id FOR UPDATE")
_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"

#: Twice as many writes as there are connections.
_BURST = 20

#: A call of every method that writes to a profile.
WRITES = {
    "SaveBookmark": lambda viewer, film: viewer.save(film),
    "DismissContinueWatching": lambda viewer, film: viewer.call("DismissContinueWatching", title_id=film),
    "RestoreContinueWatching": lambda viewer, film: viewer.call("RestoreContinueWatching", title_id=film),
    "RateSubject": lambda viewer, film: viewer.rate(film),
    "DeleteRating": lambda viewer, film: viewer.call("DeleteRating", title_id=film),
    "AddToWatchlist": lambda viewer, film: viewer.call("AddToWatchlist", title_id=film),
    "RemoveFromWatchlist": lambda viewer, film: viewer.call("RemoveFromWatchlist", title_id=film),
    "DeleteHistory": lambda viewer, film: viewer.call("DeleteHistory", title_id=film),
    "ClearHistory": lambda viewer, _: viewer.call("ClearHistory"),
    "ClearRecentlyViewed": lambda viewer, _: viewer.call("ClearRecentlyViewed"),
    "SuppressSubject": lambda viewer, film: viewer.call("SuppressSubject", title_id=film),
    "UnsuppressSubject": lambda viewer, film: viewer.call("UnsuppressSubject", title_id=film),
    "ForgetSignals": lambda viewer, film: viewer.forgets(film, "WATCHED"),
    "ImportSignals": lambda viewer, film: viewer.imports(builders.a_signal(film, thumb=viewing_pb2.THUMB_UP)),
}


@pytest.fixture
async def other_database(harness):
    """The database of viewing, over connections of its own."""
    database = db.Database(harness.database_url, "viewing")
    yield database
    await database.close()


async def count_waiting(database):
    async with database.reading() as session:
        return (await session.execute(text(_WAITING))).scalar_one()


@pytest.mark.parametrize("method", WRITES)
async def test_writes_of_a_profile_that_wait_for_each_other_hold_one_connection(harness, other_database, method):
    viewer, other, film = harness.viewer(), harness.viewer(), harness.film()
    await viewer.rate(film)

    async with other_database.transaction() as blocking:
        await blocking.execute(_LOCK, {"profile_id": viewer.profile_id})
        writes = [asyncio.create_task(WRITES[method](viewer, film)) for _ in range(_BURST)]
        while not await count_waiting(other_database):
            await asyncio.sleep(0)
        rated = await other.rate(film, "DOWN")
        waiting = await count_waiting(other_database)
    await asyncio.gather(*writes)

    assert viewing_pb2.THUMB_DOWN == rated.rating.thumb
    assert 1 == waiting


def test_every_write_of_a_viewer_is_tested():
    service = viewing_service_pb2.DESCRIPTOR.services_by_name["ViewingService"]
    methods = method_policy.of(service).values()
    writes = {method.path.rpartition("/")[2] for method in methods if method.rate_class == policy_pb2.RATE_CLASS_WRITE}

    assert writes == WRITES.keys() - {"ForgetSignals", "ImportSignals"}
