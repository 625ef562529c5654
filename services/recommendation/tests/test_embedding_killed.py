"""Promises of embedding while the process that embeds, with its real model, is killed at its work."""

import asyncio
import contextlib
import os
import signal
import sys

import pytest
from google.protobuf import duration_pb2
from marquee.catalog.v1 import catalog_internal_pb2
from marquee.recommendation.v1 import embedding_admin_service_pb2, embedding_admin_service_pb2_grpc, recommendation_pb2
from sqlalchemy import func, select

from services.kit import clock, ids, jobs, testing
from services.recommendation import tables
from services.recommendation.handlers import embedding_admin
from services.recommendation.tests import builders
from services.recommendation.tests.conftest import until
from services.recommendation.vectors import embedding_worker
from services.recommendation.vectors.embedding_client import EmbeddingClient

_WITH_TEXT = 150
_STATUS = embedding_admin_service_pb2.GetEmbeddingStatusRequest()


class Process:
    """The process of embedding, always at the same address."""

    def __init__(self):
        self.address = f"127.0.0.1:{testing.free_port()}"
        self._process = None

    async def start(self):
        told = {
            **testing.process_variables("embedding"),
            "MARQUEE_LISTEN": self.address,
            "MARQUEE_PEERS": "identity=127.0.0.1:1",
        }
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "services.embedding",
            env={**os.environ, **told},
            stdout=asyncio.subprocess.DEVNULL,
        )

    def stop(self):
        """Has it do nothing any more, without leaving."""
        self._process.send_signal(signal.SIGSTOP)

    async def kill(self):
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGKILL)
        await self._process.wait()


class Stopping(EmbeddingClient):
    """Asks the process; lets it answer once, and stops it before it is asked for the second time."""

    def __init__(self, mesh, process):
        super().__init__(mesh)
        self._process = process
        self._turn = asyncio.Lock()
        self._answered = False
        self.stopped = asyncio.Event()
        self.texts = []

    async def embed(self, texts):
        if not self.stopped.is_set():
            async with self._turn:
                if not self._answered:
                    self._answered = True
                    made = await super().embed(texts)
                    self.texts.append(texts)
                    return made
                if not self.stopped.is_set():
                    self._process.stop()
                    self.stopped.set()
        made = await super().embed(texts)
        self.texts.append(texts)
        return made


@pytest.fixture
async def process():
    process = Process()
    await process.start()
    yield process
    await process.kill()


@pytest.fixture
async def embedder(process):
    mesh = testing.a_mesh("recommendation", {"embedding": process.address}, clock.SystemClock())
    yield Stopping(mesh, process)
    await mesh.close()


@contextlib.asynccontextmanager
async def working(world, embedder):
    """The jobs of recommendation, as its process does them."""
    made = embedding_worker.EmbeddingWorker(world.database, world.outbox, embedder, clock.SystemClock())
    jobs_of = jobs.Worker(world.database_url, "recommendation", {embedding_worker.JOB: made.embed}, poll=0.2)
    tasks = [asyncio.create_task(each) for each in (jobs_of.run(), made.run())]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def told_of(world):
    """Has catalog tell of titles, one of them without any text; returns the ids of those with one."""
    found = []
    for number in range(_WITH_TEXT):
        told = builders.facts()
        world.catalog.put(told, builders.document(told, f"Film {number}", synopsis=f"What happens in film {number}."))
        found.append(told)
    silent = builders.facts()
    world.catalog.put(
        silent, catalog_internal_pb2.TitleDocument(title_id=silent.title_id, duration=duration_pb2.Duration())
    )
    await world.title_sync.listen(builders.changed(*found, silent))
    await world.title_sync.load()
    return [told.title_id for told in found]


async def counts(admin):
    told = await admin.GetEmbeddingStatus(_STATUS, metadata=builders.EDITOR)
    return told.title_count, told.fresh_count, told.stale_count, told.missing_count, told.textless_count


async def test_embedding_goes_on_after_its_process_was_killed_at_a_batch_and_makes_every_vector_once(
    world, process, embedder
):
    async def has_its_model():
        return bool((await embedder.get_model()).version)

    await until(has_its_model)
    title_ids = await told_of(world)
    servicer = embedding_admin.EmbeddingAdmin(world.database, embedder, world.clock)
    register = embedding_admin_service_pb2_grpc.add_EmbeddingAdminServiceServicer_to_server
    async with testing.channel_to((register, servicer)) as channel:
        admin = embedding_admin_service_pb2_grpc.EmbeddingAdminServiceStub(channel)
        run = (
            await admin.GenerateEmbeddings(
                embedding_admin_service_pb2.GenerateEmbeddingsRequest(request_id=ids.new()), metadata=builders.EDITOR
            )
        ).run
        async with working(world, embedder):
            async with asyncio.timeout(testing.PATIENCE):
                await embedder.stopped.wait()
            done = sum(map(len, embedder.texts))

            async def is_written():
                return (await counts(admin))[1] == done

            await until(is_written)
            held = await counts(admin)
            await process.kill()
            killed = await admin.GetEmbeddingStatus(_STATUS, metadata=builders.EDITOR)
            alone = await counts(admin)
            await process.start()

            async def is_ended():
                told = await admin.GetEmbeddingStatus(_STATUS, metadata=builders.EDITOR)
                return told.run.HasField("end_time")

            await until(is_ended)
        after = await admin.GetEmbeddingStatus(_STATUS, metadata=builders.EDITOR)
        fresh = await counts(admin)
    async with world.database.reading() as session:
        vectors = tables.title_vectors.c
        query = select(vectors.title_id, func.count(), func.count().filter(vectors.current)).group_by(vectors.title_id)
        written = {row[0]: (row[1], row[2]) for row in await session.execute(query)}

    assert 0 < done < _WITH_TEXT
    assert (_WITH_TEXT + 1, done, 0, _WITH_TEXT - done, 1) == held == alone
    assert ("", "The embedding service does not respond.") == (killed.model_version, killed.failure_message)
    assert killed.HasField("behind_since_time")
    assert (_WITH_TEXT + 1, _WITH_TEXT, 0, 0, 1) == fresh
    assert dict.fromkeys(title_ids, (1, 1)) == written
    assert (run.run_id, recommendation_pb2.WORK_STATE_READY) == (after.run.run_id, after.run.state)
    assert (_WITH_TEXT, _WITH_TEXT) == (after.run.title_count, after.run.done_count)
