"""Profiles."""

from sqlalchemy import delete

from services.epg import tables
from services.kit import db


async def remove(session: db.WriteSession, profile_id: str) -> None:
    """Deletes everything that is kept of a profile."""
    for table in (tables.favorite_channels, tables.reminders, tables.watched_channels):
        await session.execute(delete(table).where(table.c.profile_id == profile_id))
