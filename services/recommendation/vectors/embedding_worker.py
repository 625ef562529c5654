"""Makes the vectors that are missing or stale."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from google.protobuf import duration_pb2
from google.rpc import error_details_pb2
from marquee.catalog.v1 import catalog_internal_pb2
from marquee.event.v1 import event_internal_pb2

from services.kit import clock, db, errors, events, jobs, logs
from services.recommendation import storage
from services.recommendation.convert import title_documents
from services.recommendation.domain.vectors import Vector
from services.recommendation.replica_sync import EMBED
from services.recommendation.vectors.embedding_client import Embedded, Embedder

#: Two calls at a time: while one batch is written down, the model is at the next.
_LANES = 2
_FIRST_BATCH, _LARGEST_BATCH, _SMALLEST_BATCH = 64, 256, 4
_SHORT, _LONG = timedelta(seconds=3), timedelta(seconds=8)
#: Longer than a call may take. A worker that dies leaves its titles for that long.
_CLAIM = timedelta(seconds=25)
_WAIT_SECONDS = 0.2
_SHORTEST_LOOK, _LONGEST_LOOK = 0.5, 30.0
_PRUNE_EVERY = timedelta(hours=1)
_UNFOUNDED_AT_ONCE = 500

_log = logs.logger()


class ModelAway(Exception):
    """The model does not answer: what is to be embedded has to wait."""


class Embeddings:
    """Embeds titles.

    What is written stays, whatever happens to this process or to the model; what is not yet is made by the next job.

    Args:
        database: recommendation's own.
        outbox: where it is told that titles have new vectors.
        embedder: makes the vectors.
        time: tells when vectors were made.
        retention: how long superseded titles and vectors are kept.
    """

    def __init__(
        self,
        database: db.Database,
        outbox: events.Outbox,
        embedder: Embedder,
        time: clock.Clock,
        retention: timedelta,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._embedder = embedder
        self._clock = time
        self._retention = retention
        self._batch = _FIRST_BATCH
        #: Whether something may be left to do that no job is queued for.
        self._behind = asyncio.Event()
        self._behind.set()
        self._known_model = ""

    async def embed(self, payload: bytes) -> None:  # noqa: ARG002 - a job of this kind needs to be told nothing
        """Makes every vector that is missing or stale, as a job; doing it twice does no harm."""
        try:
            await self._embed()
        except (ModelAway, errors.DatabaseUnavailable) as away:
            _log.warning("embedding waits", cause=str(away))
            self._behind.set()
        except Exception as fault:
            await self._end(f"A fault of recommendation; its log tells more: {type(fault).__name__}.")
            raise

    async def tend(self) -> None:
        """Queues a job when the model has come back or is another one, for as long as the process lives; prunes."""
        look, pruned = _SHORTEST_LOOK, None
        while True:
            try:
                if await self._look():
                    look = _SHORTEST_LOOK
                if pruned is None or self._clock.now() - pruned >= _PRUNE_EVERY:
                    await self.prune()
                    pruned = self._clock.now()
            except errors.Unavailable as away:
                _log.warning("embedding waits", cause=str(away))
            await asyncio.sleep(look)
            look = min(look * 2, _LONGEST_LOOK)

    async def prune(self) -> None:
        """Deletes what is too old to be asked for."""
        before = self._clock.now() - self._retention
        async with self._database.transaction() as tx:
            await storage.titles.prune(tx, before)
            await storage.vectors.prune(tx, before)

    async def _look(self) -> bool:
        """Queues a job if there may be something to do that can be done; returns whether it has."""
        model = await self._embedder.model()
        if not model.version or (model.version == self._known_model and not self._behind.is_set()):
            return False
        self._behind.clear()
        self._known_model = model.version
        async with self._database.transaction() as tx:
            await storage.embedding_queue.note_model(tx, model.version, self._clock.now())
            await jobs.enqueue(tx, EMBED, b"")
        return True

    async def _embed(self) -> None:
        async with self._database.transaction() as tx:
            run = await storage.embedding_runs.begin(tx)
        await self._retire()
        model = await self._embedder.model()
        if not model.version:
            raise ModelAway(model.failure)
        async with self._database.transaction() as tx:
            await storage.embedding_queue.note_model(tx, model.version, self._clock.now())
        renewed = run.renewed_version if run else 0
        lanes = (self._lane(model.version, renewed) for _ in range(_LANES))
        # Each ends by itself, so that none is at work any more when the job ends.
        for ended in await asyncio.gather(*lanes, return_exceptions=True):
            if ended is not None:
                raise ended
        await self._end()

    async def _lane(self, model_version: str, renewed: int) -> None:
        """Embeds batch after batch until nothing is left. Raises ModelAway."""
        while True:
            now = self._clock.now()
            async with self._database.transaction() as tx:
                claimed = await storage.embedding_queue.claim(
                    tx, model_version, renewed, at=now, until=now + _CLAIM, limit=self._batch
                )
                left = bool(claimed) or await storage.embedding_queue.is_behind(tx, model_version, renewed)
            if not left:
                return
            if not claimed:  # Somebody else is at the last ones; if they die, these are to be had again.
                await asyncio.sleep(_WAIT_SECONDS)
                continue
            try:
                await self._make(claimed)
            finally:
                await self._release(claimed)

    async def _make(self, claimed: Sequence[storage.embedding_queue.Claimed]) -> None:
        texts = [
            title_documents.embedded(catalog_internal_pb2.TitleDocument.FromString(each.document)) for each in claimed
        ]
        made = await self._ask(texts)
        if made is not None:
            vectors = [
                storage.vectors.Made(each.title_id, each.text_hash, vector)
                for each, vector in zip(claimed, made.vectors, strict=True)
            ]
            await self._write(vectors, made.model_version, done=len(claimed))

    async def _ask(self, texts: Sequence[str]) -> Embedded | None:
        """Returns the vectors of texts; None if they are to be tried again, fewer at once. Raises ModelAway."""
        began = self._clock.now()
        try:
            made = await self._embedder.embed(texts)
        except errors.ResourceExhausted as busy:
            await asyncio.sleep(_told_to_wait(busy))
            return None
        except errors.DeadlineExceeded as late:
            if self._batch == _SMALLEST_BATCH:
                raise ModelAway(str(late)) from late
            self._batch = max(_SMALLEST_BATCH, self._batch // 4)
            return None
        except errors.Unavailable as away:
            raise ModelAway(str(away)) from away
        # What is late is lost, so a batch is to stay well within the time that a call has.
        if self._clock.now() - began < _SHORT:
            self._batch = min(_LARGEST_BATCH, self._batch * 2)
        elif self._clock.now() - began > _LONG:
            self._batch = max(_SMALLEST_BATCH, self._batch // 2)
        return made

    async def _write(self, made: Sequence[storage.vectors.Made], model_version: str, *, done: int) -> None:
        """Writes vectors of texts that are still what was embedded, and tells of them."""
        async with self._database.transaction() as tx:
            await storage.titles.take_turn(tx)
            now = await storage.embedding_queue.hashes(tx, [each.title_id for each in made])
            valid = [each for each in made if each.vector is None or now.get(each.title_id) == each.text_hash]
            if not valid:
                return
            await storage.vectors.write(tx, valid, model_version, self._clock.now())
            await storage.embedding_runs.progress(tx, done)
            embedded = event_internal_pb2.TitlesEmbedded(
                title_ids=[each.title_id for each in valid], model_version=model_version
            )
            await self._outbox.add(tx, titles_embedded=embedded)

    async def _retire(self) -> None:
        """Takes the vectors of titles away that are gone or have no text any more."""
        while True:
            async with self._database.transaction() as tx:
                title_ids = await storage.embedding_queue.unfounded(tx, _UNFOUNDED_AT_ONCE)
            if not title_ids:
                return
            none: Vector | None = None
            await self._write([storage.vectors.Made(each, b"", none) for each in title_ids], "", done=0)

    async def _release(self, claimed: Sequence[storage.embedding_queue.Claimed]) -> None:
        async with self._database.transaction() as tx:
            await storage.embedding_queue.release(tx, [each.title_id for each in claimed])

    async def _end(self, failure: str = "") -> None:
        async with self._database.transaction() as tx:
            await storage.embedding_runs.end(tx, self._clock.now(), failure)


def _told_to_wait(busy: errors.ResourceExhausted) -> float:
    """Returns for how many seconds a peer asked to be left alone."""
    told = next((each for each in busy.details if isinstance(each, error_details_pb2.RetryInfo)), None)
    delay: duration_pb2.Duration | None = told.retry_delay if told else None
    return max(0.1, delay.ToTimedelta().total_seconds()) if delay else 1.0
