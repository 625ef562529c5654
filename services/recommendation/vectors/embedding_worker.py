"""Embeds titles whose vector is missing or stale."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from marquee.catalog.v1 import catalog_internal_pb2
from marquee.event.v1 import event_internal_pb2

from services.kit import clock, db, events, jobs, logs, outages, periodic_task
from services.recommendation import storage
from services.recommendation.convert import title_documents
from services.recommendation.vectors.batch_embedder import BatchEmbedder, ModelUnavailable
from services.recommendation.vectors.embedding_client import EmbeddingClient

#: The kind of the job that embeds.
JOB = "embed"

#: Two batches at a time: while one is stored, the model embeds the other.
_LANES = 2
#: Longer than a call may take. Titles that a worker claimed before it died are free again after this time.
_CLAIM = timedelta(seconds=25)
_WAIT_SECONDS = 0.2
_PERIOD_SECONDS = 2.0
_UNFOUNDED_AT_ONCE = 500

_log = logs.logger()


class EmbeddingWorker:
    """Embeds titles.

    Vectors that were stored stay, whatever happens to this process or to the model; the next job makes the others.

    Args:
        database: the database of recommendation.
        outbox: takes the event `TitlesEmbedded`.
        embedding: makes the vectors.
        time: gives the time at which vectors were made.
    """

    def __init__(
        self, database: db.Database, outbox: events.Outbox, embedding: EmbeddingClient, time: clock.Clock
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._embedding = embedding
        self._clock = time
        self._batches = BatchEmbedder(embedding, time)
        #: Whether titles may be waiting for which no job is queued.
        self._needs_job = True
        self._last_model = ""

    async def embed(self, payload: bytes) -> None:  # noqa: ARG002 - the database says what is to be embedded.
        """Embeds all titles whose vector is missing or stale; the work of a job. Safe to repeat."""
        try:
            await self._embed_all()
        except Exception as raised:
            if isinstance(raised, ModelUnavailable) or outages.is_outage(raised):
                _log.warning("embedding waits", cause=str(raised))
                self._needs_job = True
                return
            await self._end_run(f"A fault of recommendation, described in its log: {type(raised).__name__}.")
            raise

    async def run(self) -> None:
        """Queues a job whenever the model has come back or has changed, until it is cancelled, whatever fails."""
        await periodic_task.run("embedding", self._queue_job, period=_PERIOD_SECONDS)

    async def _queue_job(self) -> None:
        """Queues a job if titles may be waiting and the model is ready."""
        model = await self._embedding.get_model()
        if not model.version or (model.version == self._last_model and not self._needs_job):
            return
        async with self._database.transaction() as tx:
            await storage.embedding_queue.note_model(tx, model.version, self._clock.now())
            await jobs.enqueue(tx, JOB, b"")
        self._needs_job = False
        self._last_model = model.version

    async def _embed_all(self) -> None:
        async with self._database.transaction() as tx:
            run = await storage.embedding_runs.begin(tx)
        await self._remove_unfounded()
        model = await self._embedding.get_model()
        if not model.version:
            raise ModelUnavailable(model.failure)
        async with self._database.transaction() as tx:
            await storage.embedding_queue.note_model(tx, model.version, self._clock.now())
        renewed_version = run.renewed_version if run else 0
        lanes = (self._run_lane(model.version, renewed_version) for _ in range(_LANES))
        # Every lane ends by itself, so that none is at work when the job ends.
        for raised in await asyncio.gather(*lanes, return_exceptions=True):
            if raised is not None:
                raise raised
        await self._end_run()

    async def _run_lane(self, model_version: str, renewed_version: int) -> None:
        """Embeds batch after batch until no title is left. Raises ModelUnavailable."""
        while True:
            async with self._database.transaction() as tx:
                claimed = await storage.embedding_queue.claim(
                    tx, model_version, renewed_version, lifetime=_CLAIM, limit=self._batches.size
                )
                is_left = bool(claimed) or await storage.embedding_queue.is_behind(tx, model_version, renewed_version)
            if not is_left:
                return
            if not claimed:  # Other workers embed the last titles; if they die, their claims expire.
                await asyncio.sleep(_WAIT_SECONDS)
                continue
            try:
                await self._embed_batch(claimed)
            finally:
                await self._release(claimed)

    async def _embed_batch(self, claimed: Sequence[storage.embedding_queue.Claimed]) -> None:
        texts = [
            title_documents.embedding_text_of(catalog_internal_pb2.TitleDocument.FromString(each.document))
            for each in claimed
        ]
        embedded = await self._batches.request_vectors(texts)
        if embedded is not None:
            new = [
                storage.vectors.NewVector(each.title_id, each.text_hash, vector)
                for each, vector in zip(claimed, embedded.vectors, strict=True)
            ]
            await self._store(new, embedded.model_version, done=len(claimed))

    async def _store(self, new: Sequence[storage.vectors.NewVector], model_version: str, *, done: int) -> None:
        """Stores the vectors of texts that have not changed since, and publishes them."""
        async with self._database.transaction() as tx:
            await storage.titles.take_turn(tx)
            text_hashes = await storage.embedding_queue.hashes(tx, [each.title_id for each in new])
            valid = [each for each in new if each.vector is None or text_hashes.get(each.title_id) == each.text_hash]
            if not valid:
                return
            await storage.vectors.write(tx, valid, model_version, self._clock.now())
            await storage.embedding_runs.progress(tx, done)
            event = event_internal_pb2.TitlesEmbedded(
                title_ids=[each.title_id for each in valid], model_version=model_version
            )
            await self._outbox.add(tx, titles_embedded=event)

    async def _remove_unfounded(self) -> None:
        """Removes the vectors of titles that were deleted or have no text any more."""
        while True:
            async with self._database.transaction() as tx:
                title_ids = await storage.embedding_queue.unfounded(tx, _UNFOUNDED_AT_ONCE)
            if not title_ids:
                return
            await self._store([storage.vectors.NewVector(title_id, b"", None) for title_id in title_ids], "", done=0)

    async def _release(self, claimed: Sequence[storage.embedding_queue.Claimed]) -> None:
        async with self._database.transaction() as tx:
            await storage.embedding_queue.release(tx, [each.title_id for each in claimed])

    async def _end_run(self, failure: str = "") -> None:
        async with self._database.transaction() as tx:
            await storage.embedding_runs.end(tx, self._clock.now(), failure)
