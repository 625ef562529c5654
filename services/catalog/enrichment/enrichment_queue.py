"""The queue of titles to enrich, and the events about titles that were enriched."""

from collections.abc import Sequence

from services.catalog import storage
from services.catalog.titles import fact_messages
from services.kit import db, events, jobs

#: The kind of job that empties the queue.
JOB = "enrich"


async def add(session: db.WriteSession, title_ids: Sequence[str], *, again: bool) -> int:
    """Adds titles to the queue, all if none is named, and starts a job; returns the number of titles added."""
    count = await storage.enrichment.enqueue(session, title_ids, again=again)
    if count:
        await jobs.enqueue(session, JOB, b"")
    return count


async def publish(session: db.WriteSession, outbox: events.Outbox, title_ids: Sequence[str]) -> None:
    """Publishes that titles changed, to other services and the other replicas."""
    if title_ids:
        rows = await storage.titles.facts_of(session, list(dict.fromkeys(title_ids)))
        await fact_messages.publish(session, outbox, rows)
