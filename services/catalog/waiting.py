"""The list of titles that wait to be filled in, and what others are told once they are."""

from collections.abc import Sequence

from marquee.event.v1 import event_internal_pb2

from services.catalog import convert, storage, tables
from services.kit import db, events, jobs

#: The kind of job that empties the list.
JOB = "enrich"


async def wait(session: db.WriteSession, title_ids: Sequence[str], *, again: bool) -> int:
    """Lets titles wait, all if none is named, and has a worker take them; answers how many there are."""
    count = await storage.enrichment.wait(session, title_ids, again=again)
    if count:
        await jobs.enqueue(session, JOB, b"")
    return count


async def tell(session: db.WriteSession, outbox: events.Outbox, title_ids: Sequence[str]) -> None:
    """Tells other services, and the other replicas, that titles have changed."""
    if title_ids:
        told: list[tables.Row] = list(await storage.titles.facts_of(session, list(dict.fromkeys(title_ids))))
        messages = [convert.facts_message(row) for row in told]
        await outbox.add(session, titles_changed=event_internal_pb2.TitlesChanged(titles=messages))
