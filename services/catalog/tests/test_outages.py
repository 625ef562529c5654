"""Outages of PostgreSQL and Redis."""

import asyncio

import grpc
import prometheus_client
import pytest
from marquee.catalog.v1 import catalog_service_pb2
from sqlalchemy import text

from services.catalog import storage
from services.catalog.tests import builders
from services.catalog.tests.conftest import run_replica
from services.kit import db, migrations, testing


async def title_of(catalog, row):
    answer = await catalog.titles.GetTitle(
        catalog_service_pb2.GetTitleRequest(title_id=row["title_id"]), metadata=builders.VIEWER
    )
    return answer.title.display_name


async def refused(call):
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await call
    return raised.value.code(), testing.reason_of(raised.value)


async def eventually(ask, expected):
    """Asks until the answer is as expected; that nobody answers, or not in time, is the only failure on the way."""
    while True:
        try:
            if await ask() == expected:
                return
        except grpc.aio.AioRpcError as failed:
            assert failed.code() in {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED}
        await asyncio.sleep(0.05)


async def test_without_the_database_what_is_kept_is_answered_and_the_rest_says_so(killable_postgres, redis_url):
    engine, url = killable_postgres
    await migrations.migrate(url, "catalog")
    kept, other = builders.a_row(title="Kept"), builders.a_row(title="Other")
    async with run_replica(url, redis_url) as catalog:
        await catalog.import_rows(kept, other)
        await title_of(catalog, kept)

        engine.kill()

        assert "Kept" == await title_of(catalog, kept)
        unavailable = (grpc.StatusCode.UNAVAILABLE, "DATABASE_UNAVAILABLE")
        assert unavailable == await refused(title_of(catalog, other))
        assert unavailable == await refused(catalog.import_rows(builders.a_row()))

        engine.start()

        await eventually(lambda: title_of(catalog, other), "Other")
        await catalog.import_rows({**other, "title": "Back"})
        assert "Back" == await title_of(catalog, other)


async def test_an_import_that_the_database_leaves_alone_writes_nothing(killable_postgres, redis_url):
    engine, url = killable_postgres
    await migrations.migrate(url, "catalog")
    rows = [builders.a_row() for _ in range(2000)]

    async def parts():
        async for part in builders.import_requests(builders.lines(*rows), size=100_000):
            yield part
        engine.kill()

    async with run_replica(url, redis_url) as catalog:
        code, reason = await refused(catalog.admin.ImportTitles(parts(), metadata=builders.EDITOR))
        assert (grpc.StatusCode.UNAVAILABLE, "DATABASE_UNAVAILABLE") == (code, reason)

        engine.start()

        async def total():
            request = catalog_service_pb2.ListTitlesRequest()
            return (await catalog.titles.ListTitles(request, metadata=builders.VIEWER)).total_size

        await eventually(total, 0)
        await catalog.import_rows(*rows)
        await eventually(total, 2000)


async def test_changes_made_while_redis_is_away_are_seen_by_other_replicas_when_it_is_back(
    database_url, killable_redis
):
    engine, address = killable_redis
    url = await database_url("catalog")
    row = builders.a_row(title="Before")
    async with run_replica(url, address) as one, run_replica(url, address) as other:
        await one.import_rows(row)
        await eventually(lambda: title_of_or_reason(other, row), "Before")

        engine.kill()
        await one.import_rows({**row, "title": "After"})
        assert "After" == await title_of(one, row)
        engine.start()

        await eventually(lambda: title_of(other, row), "After")
        # The other replica may have asked the database before the change reached Redis.
        assert 2 <= len(await asyncio.wait_for(one.wait_for_facts(2), testing.PATIENCE))


async def test_a_cancelled_statement_of_the_sync_is_counted_and_tried_again(catalog):
    def failures():
        labels = {"task": "catalog facts", "kind": "outage"}
        return prometheus_client.REGISTRY.get_sample_value("marquee_task_failures_total", labels) or 0.0

    before, row = failures(), builders.a_row()
    async with catalog.database.transaction() as session:
        await session.execute(text("LOCK TABLE titles IN ACCESS EXCLUSIVE MODE"))
        catalog.sync.facts.mark_behind()
        while failures() == before:
            waiting = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
            waiting += "AND datname = current_database()"
            await session.execute(text(waiting))
            await asyncio.sleep(0.01)
    await catalog.import_rows(row)

    assert row["title"] == await title_of(catalog, row)


async def title_of_or_reason(catalog, row):
    try:
        return await title_of(catalog, row)
    except grpc.aio.AioRpcError as failed:
        return testing.reason_of(failed)


async def count_waiting(database):
    """Returns the number of connections that wait for a lock, as a transaction sees them when it begins."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with database.reading() as session:
        return (await session.execute(text(query))).scalar_one()


async def test_imports_that_wait_for_each_other_leave_connections_for_reads(database_url, redis_url):
    stored = builders.a_row(title="Stored")
    async with run_replica(await database_url("catalog"), redis_url) as catalog:
        await catalog.import_rows(stored)
        other = db.Database(catalog.database_url, "catalog")
        async with other.transaction() as blocking:
            await storage.enrichment.lock(blocking)
            imports = [asyncio.create_task(catalog.import_rows(builders.a_row())) for _ in range(15)]
            async with asyncio.timeout(testing.PATIENCE):
                while not await count_waiting(other):
                    await asyncio.sleep(0)

            assert "Stored" == await title_of(catalog, stored)  # Read from the database: nobody asked for it before.
            assert 1 == await count_waiting(other)
        await asyncio.gather(*imports)
        await other.close()
