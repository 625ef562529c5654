"""Enriches queued titles in the background."""

import asyncio

from services.catalog import convert, storage
from services.catalog.domain import enrichment
from services.catalog.enrichment import enrichment_queue, taxonomy_enricher
from services.catalog.titles import term_names
from services.kit import clock, db, events, periodic_task

_BATCH = 200
_RETRY_SECONDS = 5.0
#: If more titles wait than this, which is less than a batch of vectors, more are on their way, as after an import.
#: Vectors are computed first, on the same cores: the worker waits until no title was added for some seconds.
_FEW, _CALM_SECONDS, _MOST_CALMS = 32, 10.0, 90


class Worker:
    """Enriches the titles in the queue.

    Args:
        database: the catalog's database.
        outbox: publishes which titles changed.
        time: the time at which values are written.
        enricher: generates the values.
        names: the names of terms.
        pause: how many seconds to wait for a service that is unavailable.
        calm: how many seconds no title may have been added, if many wait.
    """

    def __init__(
        self,
        database: db.Database,
        outbox: events.Outbox,
        time: clock.Clock,
        enricher: taxonomy_enricher.Enricher,
        names: term_names.TermNames,
        *,
        pause: float = _RETRY_SECONDS,
        calm: float = _CALM_SECONDS,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._time = time
        self._enricher = enricher
        self._names = names
        self._pause = pause
        self._calm = calm

    async def enrich(self, payload: bytes) -> None:  # noqa: ARG002 - the titles are in the queue.
        """Enriches titles until the queue is empty. Titles stay in the queue while a service is unavailable."""
        await periodic_task.until_success(
            "enrichment", self._empty_queue, first_pause=self._pause, longest_pause=self._pause
        )

    async def _empty_queue(self) -> None:
        await self._wait_until_calm()
        while await self._enrich_batch():
            pass

    async def _wait_until_calm(self) -> None:
        last = 0
        for _ in range(_MOST_CALMS):
            async with self._database.reading() as session:
                count, newest = await storage.enrichment.queue_state(session)
            if count <= _FEW or newest == last:
                return
            last = newest
            await asyncio.sleep(self._calm)

    async def _enrich_batch(self) -> bool:
        async with self._database.reading() as session:
            rows = await storage.enrichment.next_queued(session, _BATCH)
            await self._names.load(session, rows)
        if not rows:
            return False
        subjects = [subject for row in rows if (subject := convert.enrichment.subject(row, self._names)).missing]
        generated = await self._enricher.enrich(subjects) if subjects else []
        # Fields that an editor has decided on meanwhile lose their generated values.
        closed = [
            enrichment.Generated(
                row.title_id, dict.fromkeys(convert.enrichment.closed(row), ()), enrichment.TAXONOMY, ""
            )
            for row in rows
        ]
        async with self._database.transaction() as session:
            await storage.enrichment.lock(session)
            changed = await storage.enrichment.save(session, [*generated, *closed], self._time.now())
            await storage.enrichment.dequeue(session, [row.position for row in rows])
            await enrichment_queue.publish(session, self._outbox, changed)
        return True
