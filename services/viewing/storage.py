"""All SQL of viewing."""

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, or_, select, tuple_
from sqlalchemy.dialects import postgresql

from services.kit import db
from services.viewing import domain, tables

_bookmarks = tables.bookmarks
_KEY = ("profile_id", "title_id", "episode_id")


async def save(session: db.WriteSession, saved: domain.Bookmark) -> domain.Bookmark:
    """Saves a bookmark unless the one that is there prevails; answers the one that holds."""
    insert = postgresql.insert(_bookmarks).values(**dataclasses.asdict(saved), watched=saved.watched)
    new, old = insert.excluded, _bookmarks.c
    await session.execute(
        insert.on_conflict_do_update(
            index_elements=_KEY,
            set_={name: new[name] for name in ("position", "duration", "watched", "update_time")},
            # As `domain.prevails` says.
            where=tuple_(new.update_time, new.position, new.duration)
            > tuple_(old.update_time, old.position, old.duration),
        )
    )
    row = (
        await session.execute(
            select(_bookmarks).where(
                old.profile_id == saved.profile_id,
                old.title_id == saved.title_id,
                old.episode_id == saved.episode_id,
            )
        )
    ).one()
    return _bookmark(row)


async def bookmarks(
    session: db.Session,
    profile_id: str,
    title_id: str,
    after: tuple[datetime, str, str] | None,
    limit: int,
) -> list[domain.Bookmark]:
    """Gets bookmarks of a profile, the latest first; of one title if it is named, behind `after` if that is given."""
    order = tuple_(_bookmarks.c.update_time, _bookmarks.c.title_id, _bookmarks.c.episode_id)
    query = select(_bookmarks).where(_bookmarks.c.profile_id == profile_id)
    if title_id:
        query = query.where(_bookmarks.c.title_id == title_id)
    if after is not None:
        query = query.where(order < after)
    rows = await session.execute(query.order_by(*(column.desc() for column in order.clauses)).limit(limit))
    return [_bookmark(row) for row in rows]


async def latest_of_titles(
    session: db.Session, profile_id: str, after: tuple[datetime, str] | None, limit: int
) -> list[domain.Bookmark]:
    """Gets the last bookmark in each title of a profile, the latest first, behind `after` if that is given.

    Films and events that were watched to the end are left out; of a series only its episodes tell whether it goes on.
    """
    latest = (
        select(_bookmarks)
        .where(_bookmarks.c.profile_id == profile_id)
        .ext(postgresql.distinct_on(_bookmarks.c.title_id))
        .order_by(_bookmarks.c.title_id, _bookmarks.c.update_time.desc(), _bookmarks.c.episode_id)
        .subquery()
    )
    query: Select[Any] = select(latest).where(or_(~latest.c.watched, latest.c.episode_id != ""))
    if after is not None:
        query = query.where(tuple_(latest.c.update_time, latest.c.title_id) < after)
    rows = await session.execute(query.order_by(latest.c.update_time.desc(), latest.c.title_id.desc()).limit(limit))
    return [_bookmark(row) for row in rows]


async def of_titles(session: db.Session, profile_id: str, title_ids: Sequence[str]) -> list[domain.Bookmark]:
    """Gets all bookmarks of a profile in some titles."""
    rows = await session.execute(
        select(_bookmarks).where(_bookmarks.c.profile_id == profile_id, _bookmarks.c.title_id.in_(title_ids))
    )
    return [_bookmark(row) for row in rows]


def _bookmark(row: Row[Any]) -> domain.Bookmark:
    return domain.Bookmark(
        profile_id=row.profile_id,
        title_id=row.title_id,
        episode_id=row.episode_id,
        position=row.position,
        duration=row.duration,
        update_time=row.update_time,
    )
