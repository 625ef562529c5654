"""Embedding of titles continues after the embedding process, with its real model, is killed during a batch."""

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
    """The embedding service in a process; its address stays the same after a restart."""

    def __init__(self):
        self.address = f"127.0.0.1:{testing.free_port()}"
        self._process = None

    async def start(self):
        variables = {
            **testing.process_variables("embedding"),
            "MARQUEE_LISTEN": self.address,
            "MARQUEE_PEERS": "identity=127.0.0.1:1",
        }
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "services.embedding",
            env={**os.environ, **variables},
            stdout=asyncio.subprocess.DEVNULL,
        )

    def stop(self):
        """Suspends the process with SIGSTOP."""
        self._process.send_signal(signal.SIGSTOP)

    async def kill(self):
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGKILL)
        await self._process.wait()


class SuspendingClient(EmbeddingClient):
    """Lets the process embed one batch, and suspends it before the second batch."""

    def __init__(self, mesh, process):
        super().__init__(mesh)
        self._process = process
        self._lock = asyncio.Lock()
        self._has_embedded = False
        self.stopped = asyncio.Event()
        self.texts = []

    async def embed(self, texts):
        if not self.stopped.is_set():
            async with self._lock:
                if not self._has_embedded:
                    self._has_embedded = True
                    vectors = await super().embed(texts)
                    self.texts.append(texts)
                    return vectors
                if not self.stopped.is_set():
                    self._process.stop()
                    self.stopped.set()
        vectors = await super().embed(texts)
        self.texts.append(texts)
        return vectors


@pytest.fixture
async def process():
    process = Process()
    await process.start()
    yield process
    await process.kill()


@pytest.fixture
async def embedder(process):
    mesh = testing.a_mesh("recommendation", {"embedding": process.address}, clock.SystemClock())
    yield SuspendingClient(mesh, process)
    await mesh.close()


@contextlib.asynccontextmanager
async def working(world, embedder):
    """Runs the background jobs of recommendation, as its process does."""
    worker = embedding_worker.EmbeddingWorker(world.database, world.outbox, embedder, clock.SystemClock())
    job_worker = jobs.Worker(world.database_url, "recommendation", {embedding_worker.JOB: worker.embed}, poll=0.2)
    tasks = [asyncio.create_task(loop) for loop in (job_worker.run(), worker.run())]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def add_titles_with_text(world):
    """Has catalog report titles, and one without text; returns the ids of those with text."""
    title_facts = []
    for number in range(_WITH_TEXT):
        facts = builders.facts()
        world.catalog.put(facts, builders.document(facts, f"Film {number}", synopsis=f"What happens in film {number}."))
        title_facts.append(facts)
    textless = builders.facts()
    world.catalog.put(
        textless, catalog_internal_pb2.TitleDocument(title_id=textless.title_id, duration=duration_pb2.Duration())
    )
    await world.title_sync.listen(builders.changed(*title_facts, textless))
    await world.title_sync.load()
    return [facts.title_id for facts in title_facts]


async def counts(admin):
    status = await admin.GetEmbeddingStatus(_STATUS, metadata=builders.EDITOR)
    return status.title_count, status.fresh_count, status.stale_count, status.missing_count, status.textless_count


async def test_each_title_is_embedded_once_although_the_process_is_killed_during_a_batch(world, process, embedder):
    async def has_its_model():
        return bool((await embedder.get_model()).version)

    await until(has_its_model)
    title_ids = await add_titles_with_text(world)
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
            embedded_count = sum(map(len, embedder.texts))

            async def is_written():
                return (await counts(admin))[1] == embedded_count

            await until(is_written)
            counts_before_kill = await counts(admin)
            await process.kill()
            status_after_kill = await admin.GetEmbeddingStatus(_STATUS, metadata=builders.EDITOR)
            counts_after_kill = await counts(admin)
            await process.start()

            async def is_ended():
                status = await admin.GetEmbeddingStatus(_STATUS, metadata=builders.EDITOR)
                return status.run.HasField("end_time")

            await until(is_ended)
        final_status = await admin.GetEmbeddingStatus(_STATUS, metadata=builders.EDITOR)
        final_counts = await counts(admin)
    async with world.database.reading() as session:
        vectors = tables.title_vectors.c
        query = select(vectors.title_id, func.count(), func.count().filter(vectors.current)).group_by(vectors.title_id)
        written = {row[0]: (row[1], row[2]) for row in await session.execute(query)}

    assert 0 < embedded_count < _WITH_TEXT
    assert (
        (_WITH_TEXT + 1, embedded_count, 0, _WITH_TEXT - embedded_count, 1) == counts_before_kill == counts_after_kill
    )
    assert ("", "The embedding service does not respond.") == (
        status_after_kill.model_version,
        status_after_kill.failure_message,
    )
    assert status_after_kill.HasField("behind_since_time")
    assert (_WITH_TEXT + 1, _WITH_TEXT, 0, 0, 1) == final_counts
    assert dict.fromkeys(title_ids, (1, 1)) == written
    assert (run.run_id, recommendation_pb2.WORK_STATE_READY) == (final_status.run.run_id, final_status.run.state)
    assert (_WITH_TEXT, _WITH_TEXT) == (final_status.run.title_count, final_status.run.done_count)
