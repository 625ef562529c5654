"""A catalogue as it runs, with a real database, a real Redis and a clock that stands still."""

import asyncio
import contextlib
import dataclasses

import pytest
from marquee.catalog.v1 import catalog_pb2_grpc
from marquee.event.v1 import event_pb2

from services.catalog import answers, facts, finding, following, handlers, importing, search
from services.catalog.tests import builders
from services.kit import clock, db, events, redis, testing


@dataclasses.dataclass
class Running:
    """One replica, and what tests look at beside its answers."""

    titles: catalog_pb2_grpc.CatalogServiceStub
    admin: catalog_pb2_grpc.CatalogAdminServiceStub
    internal: catalog_pb2_grpc.CatalogInternalServiceStub
    clock: clock.FixedClock
    database: db.Database
    database_url: str
    redis: redis.Client
    follower: following.Follower

    async def take(self, *rows, **options):
        """Imports rows of Marquee's own form, and waits until they can be found."""
        answer = await self.admin.ImportTitles(
            builders.sent(builders.lines(*rows), **options), metadata=builders.EDITOR
        )
        await self.searchable()
        return answer

    async def told(self, number):
        """The facts that events told of, once there are as many."""
        facts = []
        while len(facts) < number:
            await asyncio.sleep(0.01)
            entries = await self.redis.xrange(events.stream("catalog"))
            told = [event_pb2.Event.FromString(fields[b"event"]) for _, fields in entries]
            facts = [facts for event in told for facts in event.titles_changed.titles]
        return facts

    async def searchable(self):
        while not self._caught_up():
            await asyncio.sleep(0.01)

    def _caught_up(self):
        return self.follower.searchable and self.follower._index_revision == self.follower._facts_revision


@contextlib.asynccontextmanager
async def a_replica(database_url, redis_url):
    time = testing.a_clock()
    database = db.Database(database_url, "catalog")
    plain, waiting = redis.connect(redis_url), redis.connect(redis_url, timeout=None)
    outbox = events.Outbox("catalog", database, plain, time)
    known, kept, index = facts.KnownFacts(), answers.Answers(time, most_bytes=1_000_000), search.Index()
    follower = following.Follower(database, known, kept, index)
    tail = events.Tail(["catalog"], waiting, listen=follower.listen, missed=follower.missed)
    await tail.start()
    await follower.catch_up()
    catalog = handlers.Catalog(database, time, known, kept, finding.Finder(index, follower))
    registrations = (
        (catalog_pb2_grpc.add_CatalogServiceServicer_to_server, catalog),
        (
            catalog_pb2_grpc.add_CatalogAdminServiceServicer_to_server,
            handlers.CatalogAdmin(importing.Importer(database, outbox, time), follower),
        ),
        (
            catalog_pb2_grpc.add_CatalogInternalServiceServicer_to_server,
            handlers.CatalogInternal(database),
        ),
    )
    tasks = [asyncio.create_task(work) for work in (outbox.relay(), tail.run(), follower.run())]
    try:
        async with testing.channel_to(*registrations, time=time) as channel:
            yield Running(
                titles=catalog_pb2_grpc.CatalogServiceStub(channel),
                admin=catalog_pb2_grpc.CatalogAdminServiceStub(channel),
                internal=catalog_pb2_grpc.CatalogInternalServiceStub(channel),
                clock=time,
                database=database,
                database_url=database_url,
                redis=plain,
                follower=follower,
            )
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await plain.aclose()
        await waiting.aclose()
        await database.close()


@pytest.fixture
async def catalog(database_url, redis_url):
    async with a_replica(await database_url("catalog"), redis_url) as running:
        yield running
