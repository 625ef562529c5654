"""Takes events of recommendation: titles with new vectors, and the ranking by popularity."""

from marquee.event.v1 import event_internal_pb2

from services.catalog import storage
from services.catalog.enrichment import enrichment_queue
from services.kit import db, timestamps


async def on_event(session: db.WriteSession, event: event_internal_pb2.Event) -> None:
    """Queues titles for enrichment whose vectors, and so whose texts, are new; stores a new ranking."""
    if event.HasField("popularity_ranked"):
        title_ids = event.popularity_ranked.title_ids
        await storage.rankings.save(session, title_ids, timestamps.to_datetime(event.occur_time))
    elif event.titles_embedded.title_ids:
        await enrichment_queue.add(session, event.titles_embedded.title_ids, again=True)
