"""Changes of collections reach the other replicas."""

import asyncio

from services.catalog import storage
from services.catalog.domain import collections
from services.catalog.tests import builders
from services.catalog.tests.collection_calls import a_collection, delete, names, save
from services.catalog.tests.conftest import run_replica
from services.kit import ids


async def test_another_replica_follows_by_events(catalog, redis_url):
    film = builders.a_row()
    await catalog.import_rows(film)
    draft = a_collection(film["title_id"])
    async with run_replica(catalog.database_url, redis_url) as other:
        await save(catalog, draft)
        while await names(other) != ["A Night in the Fog"]:
            await asyncio.sleep(0.01)
        await delete(catalog, draft.collection_id)
        while await names(other):
            await asyncio.sleep(0.01)

        assert [] == await names(other)


async def test_a_replica_that_missed_the_events_reads_what_changed(catalog, redis_url):
    film = builders.a_row()
    await catalog.import_rows(film)
    async with run_replica(catalog.database_url, redis_url) as other:
        assert [] == await names(other)
        async with catalog.database.transaction() as session:
            draft = collections.Draft(
                collection_id=ids.new(), texts={"en": collections.Text("Unheard of")}, title_ids=(film["title_id"],)
            )
            await storage.collections.save(session, draft, catalog.clock.now())

        await other.sync.catch_up()

        assert ["Unheard of"] == await names(other)
