"""The list of titles that wait to be filled in, and the events about them once they were enriched."""

from collections.abc import Sequence

from services.catalog import fact_messages, storage
from services.kit import db, events, jobs

#: The kind of job that empties the list.
JOB = "enrich"


async def wait(session: db.WriteSession, title_ids: Sequence[str], *, again: bool) -> int:
    """Lets titles wait, all if none is named, and has a worker take them; answers how many there are."""
    count = await storage.enrichment.wait(session, title_ids, again=again)
    if count:
        await jobs.enqueue(session, JOB, b"")
    return count


async def publish(session: db.WriteSession, outbox: events.Outbox, title_ids: Sequence[str]) -> None:
    """Publishes that titles changed, to other services and the other replicas."""
    if title_ids:
        rows = await storage.titles.facts_of(session, list(dict.fromkeys(title_ids)))
        await fact_messages.publish(session, outbox, rows)
