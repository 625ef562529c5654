"""Background tasks continue after an error of the database or Redis: it is logged, counted and retried."""

import asyncio
import contextlib
import dataclasses
import uuid
from datetime import timedelta

import asyncpg
import prometheus_client
import pytest
import redis.exceptions
from sqlalchemy import func, select

from services.kit import errors, ids, testing
from services.recommendation import replica_sync, storage, tables
from services.recommendation.ranking import model_trainer, popularity_tracker
from services.recommendation.ranking.title_store import TitleStore
from services.recommendation.replay import cleanup
from services.recommendation.tests import builders, harness
from services.recommendation.tests.conftest import RETENTION, until
from services.recommendation.tests.test_home import get
from services.recommendation.vectors import embedding_worker

#: A statement timeout, a read-only server, a full Redis, and a database that cannot be reached.
ERRORS = [
    asyncpg.QueryCanceledError("canceling statement due to statement timeout"),
    asyncpg.ReadOnlySQLTransactionError("cannot execute INSERT in a read-only transaction"),
    redis.exceptions.OutOfMemoryError("command not allowed when used memory > 'maxmemory'"),
    errors.DatabaseUnavailable(),
]


@dataclasses.dataclass
class FailingDatabase:
    """A database whose first transaction fails."""

    database: object
    error: Exception | None

    def reading(self):
        return self._open(self.database.reading)

    def transaction(self):
        return self._open(self.database.transaction)

    @contextlib.asynccontextmanager
    async def _open(self, open_session):
        error, self.error = self.error, None
        if error is not None:
            raise error
        async with open_session() as session:
            yield session


@contextlib.asynccontextmanager
async def running(task):
    """Runs a task, and checks that it did not end by itself."""
    running_task = asyncio.create_task(task)
    try:
        yield
        assert not running_task.done()
    finally:
        running_task.cancel()
        await asyncio.gather(running_task, return_exceptions=True)


def failures(task):
    """Returns how many failures of a task the metric has counted."""
    return sum(
        prometheus_client.REGISTRY.get_sample_value("marquee_task_failures_total", {"task": task, "kind": kind}) or 0
        for kind in ("outage", "fault")
    )


async def count(world, table):
    async with world.database.reading() as session:
        return await session.scalar(select(func.count()).select_from(table))


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
async def test_decisions_are_stored_after_an_error(world, error):
    async with harness.open_app(world) as app:
        await app.add_titles(6)
        app.recorder._database = FailingDatabase(world.database, error)
        before = failures("decision recorder")
        await get(app)
        await app.homes.wait_until_idle()
        await app.recorder.wait_until_stored()

        assert app.recorder.is_available
        assert failures("decision recorder") == before + 1
        assert await count(world, tables.decisions)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
async def test_popularity_is_loaded_after_an_error(world, error):
    title_id, profile_id = ids.new(), ids.new()
    async with world.database.transaction() as tx:
        interaction = storage.signals.Interaction(title_id, 1.0, testing.NOW)
        await storage.signals.write(tx, profile_id, 1, [interaction], [])
    tracker = popularity_tracker.PopularityTracker(FailingDatabase(world.database, error), world.outbox)

    async def has_read():
        return title_id in tracker.recent_interest()

    async with running(tracker.run()):
        await until(has_read)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
async def test_a_training_is_started_after_an_error(world, error):
    async with world.database.transaction() as tx:
        interaction = storage.signals.Interaction(ids.new(), 1.0, testing.NOW)
        await storage.signals.write(tx, ids.new(), 1, [interaction], [])
    trainer = model_trainer.ModelTrainer(FailingDatabase(world.database, error), world.clock)

    async def has_started():
        return await count(world, tables.models) == 1

    async with running(trainer.run()):
        await until(has_started)


async def test_a_training_is_completed_after_an_outage(world):
    trainer = model_trainer.ModelTrainer(world.database, world.clock)
    model = await trainer.start()
    trainer._database = FailingDatabase(world.database, ERRORS[0])
    await trainer.train(uuid.UUID(model.model_id).bytes)

    async with world.database.reading() as session:
        assert "failed" == (await storage.models.get(session, model.model_id)).state


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
async def test_an_embedding_job_is_queued_after_an_error(world, error):
    worker = embedding_worker.EmbeddingWorker(
        FailingDatabase(world.database, error), world.outbox, world.embedding_client, world.clock
    )

    async def has_queued():
        return await count(world, tables.embedders) == 1

    async with running(worker.run()):
        await until(has_queued)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
async def test_old_requests_are_deleted_after_an_error(world, error):
    async with world.database.transaction() as tx:
        await storage.work_requests.add(
            tx, ids.new(), "embed stale", ids.new(), testing.NOW - RETENTION - timedelta(days=1)
        )

    async def has_deleted():
        return await count(world, tables.requests) == 0

    async with running(cleanup.run(FailingDatabase(world.database, error), world.clock, RETENTION)):
        await until(has_deleted)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
async def test_titles_are_loaded_after_an_error(world, error):
    facts = builders.facts()
    world.catalog.put(facts, builders.document(facts, "The Long Tide"))
    store = TitleStore(FailingDatabase(world.database, error), world.clock, RETENTION)
    mesh = testing.a_mesh("recommendation", world.peers)
    sync = replica_sync.TitleSync(world.database, mesh, store, world.clock)
    async with running(sync.run()), asyncio.timeout(testing.PATIENCE):
        await sync.loaded.wait()
    await mesh.close()

    assert {facts.title_id} == set(store.titles)
