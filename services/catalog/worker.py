"""Fills in what titles lack, in the background: when they have new vectors, and when operators ask."""

import asyncio

from marquee.event.v1 import event_internal_pb2

from services.catalog import convert, enrichment_queue, storage, taxonomy_enricher, term_names
from services.catalog.domain import enrichment
from services.kit import clock, db, errors, events, logs

_AT_ONCE = 200
_RETRY_SECONDS = 5.0
#: Where more titles wait than this, which is less than a batch of vectors, more are on their way, as after an import.
#: Vectors come first, on the same cores: titles wait until no more have come for some seconds, or have for long.
_FEW, _CALM_SECONDS, _MOST_CALMS = 32, 10.0, 90

_log = logs.logger()


async def on_event(session: db.WriteSession, event: event_internal_pb2.Event) -> None:
    """Lets titles wait that have new vectors: their texts are new or have changed, so they are filled in anew."""
    if event.titles_embedded.title_ids:
        await enrichment_queue.wait(session, event.titles_embedded.title_ids, again=True)


class Worker:
    """Fills in what waiting titles lack.

    Args:
        database: the catalogue's own.
        outbox: where other services are told of what changed.
        time: tells when something was written.
        fills: generates the values.
        names: the names of terms.
        pause: how many seconds to wait for what is away.
        calm: how many seconds no title may have come, where many wait.
    """

    def __init__(
        self,
        database: db.Database,
        outbox: events.Outbox,
        time: clock.Clock,
        fills: taxonomy_enricher.Enricher,
        names: term_names.TermNames,
        *,
        pause: float = _RETRY_SECONDS,
        calm: float = _CALM_SECONDS,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._time = time
        self._enricher = fills
        self._names = names
        self._pause = pause
        self._calm = calm

    async def enrich(self, payload: bytes) -> None:  # noqa: ARG002 - what is to be done stands in the list
        """Goes through the list until it is empty. What is away is waited for; titles stay on the list meanwhile."""
        while True:
            try:
                await self._until_calm()
                while await self._some():
                    pass
                return  # noqa: TRY300 - what is away is waited for.
            except (errors.Unavailable, errors.DeadlineExceeded) as away:
                _log.warning("enrichment waits", cause=str(away))
                await asyncio.sleep(self._pause)

    async def _until_calm(self) -> None:
        seen = 0
        for _ in range(_MOST_CALMS):
            async with self._database.reading() as session:
                count, newest = await storage.enrichment.queue(session)
            if count <= _FEW or newest == seen:
                return
            seen = newest
            await asyncio.sleep(self._calm)

    async def _some(self) -> bool:
        async with self._database.reading() as session:
            rows = await storage.enrichment.next_waiting(session, _AT_ONCE)
            await self._names.load(session, rows)
        if not rows:
            return False
        subjects = [subject for row in rows if (subject := convert.subject(row, self._names)).missing]
        filled = await self._enricher.enrich(subjects) if subjects else []
        # What editors have said something about is no longer a machine's; that a title has no vector changes nothing.
        closed = [
            enrichment.Filled(row.title_id, dict.fromkeys(convert.closed(row), ()), enrichment.TAXONOMY, "")
            for row in rows
        ]
        async with self._database.transaction() as session:
            await storage.enrichment.lock(session)
            changed = await storage.enrichment.fill(session, [*filled, *closed], self._time.now())
            await storage.enrichment.done(session, [row.position for row in rows])
            await enrichment_queue.publish(session, self._outbox, changed)
        return True
