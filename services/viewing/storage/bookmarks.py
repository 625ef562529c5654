"""Reads bookmarks."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, select, tuple_
from sqlalchemy.dialects import postgresql

from services.kit import db
from services.viewing import tables
from services.viewing.domain import bookmarks

_bookmarks = tables.bookmarks
_KEY = ("profile_id", "title_id", "episode_id")
_VALUES = ("position", "duration", "watched", "reached", "update_time")
_INSERT = postgresql.insert(_bookmarks)
_SAVE = _INSERT.on_conflict_do_update(index_elements=_KEY, set_={name: _INSERT.excluded[name] for name in _VALUES})


async def page(
    session: db.Session,
    profile_id: str,
    title_id: str,
    after: tuple[datetime, str, str] | None,
    limit: int,
) -> list[bookmarks.Bookmark]:
    """Gets bookmarks of a profile, the latest first; of one title if it is named, behind `after` if that is given."""
    order = tuple_(_bookmarks.c.update_time, _bookmarks.c.title_id, _bookmarks.c.episode_id)
    query = select(_bookmarks).where(_bookmarks.c.profile_id == profile_id)
    if title_id:
        query = query.where(_bookmarks.c.title_id == title_id)
    if after is not None:
        query = query.where(order < after)
    rows = await session.execute(query.order_by(*(column.desc() for column in order.clauses)).limit(limit))
    return [_bookmark(row) for row in rows]


async def of_titles(
    session: db.Session, profile_id: str, title_ids: Sequence[str]
) -> dict[str, dict[str, bookmarks.Bookmark]]:
    """Gets all bookmarks of a profile in some titles, by title and episode."""
    rows = await session.execute(
        select(_bookmarks).where(_bookmarks.c.profile_id == profile_id, _bookmarks.c.title_id.in_(title_ids))
    )
    found: dict[str, dict[str, bookmarks.Bookmark]] = {title_id: {} for title_id in title_ids}
    for row in rows:
        found[row.title_id][row.episode_id] = _bookmark(row)
    return found


async def save(session: db.WriteSession, profile_id: str, saved: Sequence[bookmarks.Bookmark]) -> None:
    """Brings bookmarks to what is given."""
    if saved:
        await session.execute(_SAVE, [_columns(profile_id, bookmark) for bookmark in saved])


async def remove(session: db.WriteSession, profile_id: str, title_ids: Iterable[str] | None = None) -> None:
    """Removes the bookmarks of a profile in some titles, or in all."""
    query = delete(_bookmarks).where(_bookmarks.c.profile_id == profile_id)
    await session.execute(query if title_ids is None else query.where(_bookmarks.c.title_id.in_(list(title_ids))))


def _columns(profile_id: str, bookmark: bookmarks.Bookmark) -> dict[str, Any]:
    return {
        "profile_id": profile_id,
        "title_id": bookmark.title_id,
        "episode_id": bookmark.episode_id,
        **{name: getattr(bookmark, name) for name in _VALUES},
    }


def _bookmark(row: Row[Any]) -> bookmarks.Bookmark:
    return bookmarks.Bookmark(
        title_id=row.title_id,
        episode_id=row.episode_id,
        position=row.position,
        duration=row.duration,
        update_time=row.update_time,
        reached=row.reached,
    )
