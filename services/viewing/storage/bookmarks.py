"""Reads and writes bookmarks."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, select, tuple_
from sqlalchemy.dialects import postgresql

from services.kit import db
from services.viewing import tables
from services.viewing.domain.bookmarks import Bookmark

_bookmarks = tables.bookmarks
_KEY = ("profile_id", "title_id", "episode_id")
_VALUES = ("position", "duration", "watched", "reached", "update_time")
_INSERT = postgresql.insert(_bookmarks)
_SAVE = _INSERT.on_conflict_do_update(index_elements=_KEY, set_={name: _INSERT.excluded[name] for name in _VALUES})


async def list_page(
    session: db.Session,
    profile_id: str,
    subject: tuple[str, str],
    after: tuple[datetime, str, str] | None,
    limit: int,
) -> list[Bookmark]:
    """Returns bookmarks of a profile, the latest first.

    Args:
        session: where to read.
        profile_id: the profile.
        subject: only bookmarks in this column with this value, such as `("title_id", "0190…")`; all if it is empty.
        after: the last bookmark of the page before.
        limit: the maximum number of bookmarks.
    """
    order = tuple_(_bookmarks.c.update_time, _bookmarks.c.title_id, _bookmarks.c.episode_id)
    query = select(_bookmarks).where(_bookmarks.c.profile_id == profile_id)
    column, subject_id = subject
    if column:
        query = query.where(_bookmarks.c[column] == subject_id)
    if after is not None:
        query = query.where(order < after)
    rows = await session.execute(query.order_by(*(column.desc() for column in order.clauses)).limit(limit))
    return [from_row(row) for row in rows]


async def of_titles(session: db.Session, profile_id: str, title_ids: Sequence[str]) -> dict[str, dict[str, Bookmark]]:
    """Returns all bookmarks of a profile in some titles, by title and episode."""
    rows = await session.execute(
        select(_bookmarks).where(_bookmarks.c.profile_id == profile_id, _bookmarks.c.title_id.in_(title_ids))
    )
    by_title: dict[str, dict[str, Bookmark]] = {title_id: {} for title_id in title_ids}
    for row in rows:
        by_title[row.title_id][row.episode_id] = from_row(row)
    return by_title


async def of_episodes(session: db.Session, profile_id: str, episode_ids: Sequence[str]) -> dict[str, Bookmark]:
    """Returns the bookmarks of a profile in some episodes, by episode."""
    ours = select(_bookmarks).where(_bookmarks.c.profile_id == profile_id, _bookmarks.c.episode_id != "")
    rows = await session.execute(ours.where(_bookmarks.c.episode_id.in_(episode_ids)))
    return {row.episode_id: from_row(row) for row in rows}


async def save(session: db.WriteSession, profile_id: str, changed: Sequence[Bookmark]) -> None:
    """Writes bookmarks, which replace those that exist."""
    if changed:
        await session.execute(_SAVE, [_columns(profile_id, bookmark) for bookmark in changed])


async def remove(session: db.WriteSession, profile_id: str, title_ids: Iterable[str] | None = None) -> None:
    """Deletes the bookmarks of a profile in some titles, or in all."""
    query = delete(_bookmarks).where(_bookmarks.c.profile_id == profile_id)
    await session.execute(query if title_ids is None else query.where(_bookmarks.c.title_id.in_(list(title_ids))))


def from_row(row: Row[Any]) -> Bookmark:
    """Returns the bookmark of a row with the columns of the table."""
    return Bookmark(
        title_id=row.title_id,
        episode_id=row.episode_id,
        position=row.position,
        duration=row.duration,
        update_time=row.update_time,
        reached=row.reached,
    )


def _columns(profile_id: str, bookmark: Bookmark) -> dict[str, Any]:
    return {
        "profile_id": profile_id,
        "title_id": bookmark.title_id,
        "episode_id": bookmark.episode_id,
        **{name: getattr(bookmark, name) for name in _VALUES},
    }
