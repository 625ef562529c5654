"""What the catalogue takes down of what other services tell."""

from datetime import UTC

from marquee.event.v1 import event_internal_pb2

from services.catalog import storage, worker
from services.kit import db


async def on_event(session: db.WriteSession, event: event_internal_pb2.Event) -> None:
    """Takes down which titles are to be filled in anew, and which are popular."""
    if event.HasField("popularity_ranked"):
        told = event.popularity_ranked.title_ids
        await storage.rankings.save(session, told, event.occur_time.ToDatetime(UTC))
    else:
        await worker.on_event(session, event)
