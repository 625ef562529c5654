"""The lists of a profile: ratings, watchlist, suppressions, views, continue watching."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Row, Select, and_, or_, select, tuple_

from services.kit import db
from services.viewing import tables
from services.viewing.domain import continue_watching, title_state
from services.viewing.domain.bookmarks import Bookmark
from services.viewing.storage import bookmarks

_states, _bookmarks = tables.title_states, tables.bookmarks

#: A position in a list: the time that it is ordered by, and a title.
Position = tuple[datetime, str]


async def ratings(
    session: db.Session, profile_id: str, title_id: str, after: Position | None, limit: int
) -> Sequence[Row[Any]]:
    """Returns ratings, the latest first; only that of one title if it is named."""
    rated = _states.c.thumb != title_state.NO_THUMB
    return await _page(session, _select(profile_id, rated, _states.c.rate_time, after, limit, title_id))


async def watchlist(
    session: db.Session, profile_id: str, title_id: str, after: Position | None, limit: int
) -> Sequence[Row[Any]]:
    """Returns the watchlist, the latest addition first; only the entry of one title if it is named."""
    return await _page(session, _select(profile_id, _states.c.listed, _states.c.list_time, after, limit, title_id))


async def suppressions(session: db.Session, profile_id: str, after: Position | None, limit: int) -> Sequence[Row[Any]]:
    """Returns suppressed titles, the latest first."""
    return await _page(session, _select(profile_id, _states.c.suppressed, _states.c.suppress_time, after, limit))


async def recently_viewed(
    session: db.Session, profile_id: str, after: Position | None, limit: int
) -> Sequence[Row[Any]]:
    """Returns titles that were viewed and are not suppressed, the latest first."""
    viewed = and_(_states.c.view_time.is_not(None), ~_states.c.suppressed)
    return await _page(session, _select(profile_id, viewed, _states.c.view_time, after, limit))


async def continue_candidates(
    session: db.Session, profile_id: str, at: datetime, after: Position | None, limit: int
) -> list[continue_watching.Candidate]:
    """Returns titles that can be continued, the latest first, without those suppressed, dismissed or snoozed."""
    state = _states.c
    dismissed = and_(
        state.dismiss_time.is_not(None), or_(state.snooze_until_time.is_(None), state.snooze_until_time > at)
    )
    continued = and_(state.continue_time.is_not(None), ~state.suppressed, ~dismissed)
    titles = _select(profile_id, continued, state.continue_time, after, limit).subquery()
    # Of the watched bookmarks only the latest one can make a difference.
    rows = await session.execute(
        select(_bookmarks)
        .join(titles, titles.c.title_id == _bookmarks.c.title_id)
        .where(
            _bookmarks.c.profile_id == profile_id,
            or_(~_bookmarks.c.watched, _bookmarks.c.update_time == titles.c.time),
        )
        .order_by(titles.c.time.desc(), titles.c.title_id.desc())
    )
    by_title: dict[str, list[Bookmark]] = {}
    for row in rows:
        by_title.setdefault(row.title_id, []).append(bookmarks.from_row(row))
    candidates = (continue_watching.candidate(each) for each in by_title.values())
    return [candidate for candidate in candidates if candidate is not None]


def _select(
    profile_id: str,
    condition: ColumnElement[bool],
    time: Column[Any],
    after: Position | None,
    limit: int,
    title_id: str = "",
) -> Select[Any]:
    """Returns the query of a page of a list that is ordered by `time`, the latest first, behind `after`."""
    query: Select[Any] = select(_states.c.title_id, _states.c.thumb, time.label("time")).where(
        _states.c.profile_id == profile_id, condition
    )
    if title_id:
        query = query.where(_states.c.title_id == title_id)
    if after is not None:
        query = query.where(tuple_(time, _states.c.title_id) < after)
    return query.order_by(time.desc(), _states.c.title_id.desc()).limit(limit)


async def _page(session: db.Session, query: Select[Any]) -> Sequence[Row[Any]]:
    rows: Sequence[Row[Any]] = (await session.execute(query)).all()
    return rows
