"""Reads the documents of titles, a few at a time."""

from collections.abc import Sequence

from sqlalchemy import select

from services.catalog import tables
from services.kit import db

_titles, _documents = tables.titles, tables.documents

_COLUMNS = (
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
_DOCUMENTS = select(*_COLUMNS).join_from(_titles, _documents).where(~_titles.c.deleted)


async def after(session: db.Session, revision: int, *, limit: int) -> Sequence[tables.Row]:
    """Returns the documents of titles that changed after `revision`, the earliest change first."""
    chosen = _DOCUMENTS.where(_titles.c.revision > revision).order_by(_titles.c.revision).limit(limit)
    return (await session.execute(chosen)).all()


async def some(session: db.Session, title_ids: Sequence[str]) -> Sequence[tables.Row]:
    """Returns the documents of some titles, in no order."""
    return (await session.execute(_DOCUMENTS.where(_titles.c.title_id.in_(title_ids)))).all()
