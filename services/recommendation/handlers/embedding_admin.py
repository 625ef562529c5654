"""The servicer of embedding, for operators."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from marquee.recommendation.v1 import embedding_admin_service_pb2, embedding_admin_service_pb2_grpc

from services.kit import clock, db, ids, jobs
from services.recommendation import errors, storage
from services.recommendation.convert import admin_messages
from services.recommendation.vectors import embedding_worker
from services.recommendation.vectors.embedding_client import EmbeddingClient

_POLL_SECONDS = 0.4


class EmbeddingAdmin(embedding_admin_service_pb2_grpc.EmbeddingAdminServiceServicer):
    """Starts runs of embedding and reports on them.

    Args:
        database: the database of recommendation.
        embedding: reports the model that embeds.
        time: gives the time at which a run was requested.
    """

    def __init__(self, database: db.Database, embedding: EmbeddingClient, time: clock.Clock) -> None:
        self._database = database
        self._embedding = embedding
        self._clock = time

    async def GenerateEmbeddings(
        self, request: embedding_admin_service_pb2.GenerateEmbeddingsRequest, rpc: Any
    ) -> embedding_admin_service_pb2.GenerateEmbeddingsResponse:
        """Starts a run, or returns the one that is open."""
        request_id, contents = request.request_id, f"{embedding_worker.JOB} {'all' if request.all else 'stale'}"
        model = await self._embedding.get_model()
        async with self._database.transaction() as tx:
            await storage.titles.take_turn(tx)
            run_id = await storage.work_requests.find(tx, request_id, contents)
            run = await storage.embedding_runs.get(tx, run_id) if run_id else await storage.embedding_runs.get_open(tx)
            if run is None:
                run = await self._new_run(tx, model.version, everything=request.all)
                await storage.embedding_runs.add(tx, run)
                await jobs.enqueue(tx, embedding_worker.JOB, b"")
            await storage.work_requests.add(tx, request_id, contents, run.run_id, self._clock.now())
        return embedding_admin_service_pb2.GenerateEmbeddingsResponse(run=admin_messages.embedding_run(run))

    async def WatchEmbeddingRun(
        self, request: embedding_admin_service_pb2.WatchEmbeddingRunRequest, rpc: Any
    ) -> AsyncIterator[embedding_admin_service_pb2.WatchEmbeddingRunResponse]:
        """Returns the run after each change until it ends, whichever replica executes it."""
        last = None
        while True:
            async with self._database.reading() as session:
                run = await storage.embedding_runs.get(session, request.run_id)
            if run is None:
                raise errors.RunNotFound(request.run_id)
            if run != last:
                yield embedding_admin_service_pb2.WatchEmbeddingRunResponse(run=admin_messages.embedding_run(run))
                last = run
            if run.end_time is not None:
                return
            await asyncio.sleep(_POLL_SECONDS)

    async def GetEmbeddingStatus(
        self, request: embedding_admin_service_pb2.GetEmbeddingStatusRequest, rpc: Any
    ) -> embedding_admin_service_pb2.GetEmbeddingStatusResponse:
        """Returns how many vectors are fresh."""
        model = await self._embedding.get_model()
        async with self._database.reading() as session:
            # While no model is ready, vectors are compared with the last one.
            version = model.version or await storage.embedding_queue.latest_model(session)
            freshness = await storage.embedding_queue.freshness(session, version)
            run = await storage.embedding_runs.latest(session)
        return admin_messages.embedding_status(freshness, model.version, model.failure, run)

    async def _new_run(
        self, tx: db.WriteSession, model_version: str, *, everything: bool
    ) -> storage.embedding_runs.Run:
        version = model_version or await storage.embedding_queue.latest_model(tx)
        freshness = await storage.embedding_queue.freshness(tx, version)
        return storage.embedding_runs.Run(
            run_id=ids.new(),
            renewed_version=await storage.vectors.latest_version(tx) if everything else 0,
            state="queued",
            title_count=freshness.titles - freshness.textless if everything else freshness.stale + freshness.missing,
            done_count=0,
            skipped_count=freshness.textless,
            start_time=self._clock.now(),
        )
