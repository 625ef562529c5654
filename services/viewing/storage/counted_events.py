"""Which events were counted."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql

from services.kit import db
from services.viewing import tables
from services.viewing.domain.viewing_events import ViewingEvent

_counted = tables.counted_events


async def add(session: db.WriteSession, profile_id: str, events: Sequence[ViewingEvent], at: datetime) -> set[str]:
    """Stores that events are counted now; returns the ids of those that were not counted before."""
    if not events:
        return set()
    rows = [
        {"profile_id": profile_id, "event_id": event.event_id, "title_id": event.title_id, "count_time": at}
        for event in events
    ]
    added = await session.scalars(
        postgresql.insert(_counted).on_conflict_do_nothing().returning(_counted.c.event_id), rows
    )
    return set(added)


async def count(session: db.Session, profile_id: str) -> int:
    """Returns how many events of a profile were counted."""
    query = select(func.count()).select_from(_counted).where(_counted.c.profile_id == profile_id)
    return (await session.execute(query)).scalar_one()


async def remove(session: db.WriteSession, profile_id: str, title_ids: Iterable[str] | None = None) -> None:
    """Deletes which events of some titles were counted, or of all."""
    query = delete(_counted).where(_counted.c.profile_id == profile_id)
    await session.execute(query if title_ids is None else query.where(_counted.c.title_id.in_(list(title_ids))))


async def remove_old(session: db.WriteSession, until: datetime) -> None:
    """Deletes the events that were counted before a time."""
    await session.execute(delete(_counted).where(_counted.c.count_time < until))
