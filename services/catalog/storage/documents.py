"""Reads what titles are about, a few at a time."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from services.catalog import tables
from services.kit import db

_titles, _documents, _episodes = tables.titles, tables.documents, tables.episodes

_TOLD = (
    _titles.c.title_id,
    _titles.c.revision,
    _titles.c.type,
    _titles.c.language_code,
    _titles.c.genres,
    _titles.c.moods,
    _titles.c.themes,
    _titles.c.inferred_moods,
    _titles.c.inferred_themes,
    _titles.c.reviewed_moods,
    _titles.c.reviewed_themes,
    _titles.c.featured,
    _documents.c.document,
)
_LIVING = select(*_TOLD).join_from(_titles, _documents).where(~_titles.c.deleted)


async def after(session: db.Session, revision: int, *, limit: int) -> Sequence[tables.Row]:
    """Answers what titles that changed after `revision` are about, the earliest change first."""
    chosen = _LIVING.where(_titles.c.revision > revision).order_by(_titles.c.revision).limit(limit)
    return (await session.execute(chosen)).all()


async def some(session: db.Session, title_ids: Sequence[str]) -> Sequence[tables.Row]:
    """Answers what titles are about, in no order."""
    return (await session.execute(_LIVING.where(_titles.c.title_id.in_(title_ids)))).all()


async def publish_times(session: db.Session, title_ids: Sequence[str]) -> dict[str, datetime]:
    """Answers when the episodes of titles came to the platform, by the episode's id."""
    chosen = select(_episodes.c.episode_id, _episodes.c.publish_time).where(_episodes.c.title_id.in_(title_ids))
    return {row.episode_id: row.publish_time for row in (await session.execute(chosen)).all()}
