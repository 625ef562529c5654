"""The lists of a profile: what it rated, put on its watchlist, looked at, and hid."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Row, Select, and_, or_, select, tuple_

from services.kit import db
from services.viewing import tables
from services.viewing.domain import signals

_states = tables.states

#: A place in a list: the time that it is ordered by, and a title.
Place = tuple[datetime, str]


async def ratings(
    session: db.Session, profile_id: str, title_id: str, after: Place | None, limit: int
) -> Sequence[Row[Any]]:
    """Gets ratings, the latest first; of one title if it is named, behind `after` if that is given."""
    chosen = _states.c.thumb != signals.NO_THUMB
    return await _page(session, profile_id, chosen, _states.c.rate_time, title_id, after, limit)


async def watchlist(
    session: db.Session, profile_id: str, title_id: str, after: Place | None, limit: int
) -> Sequence[Row[Any]]:
    """Gets the watchlist, the latest addition first; of one title if it is named, behind `after` if that is given."""
    return await _page(session, profile_id, _states.c.listed, _states.c.list_time, title_id, after, limit)


async def suppressions(session: db.Session, profile_id: str, after: Place | None, limit: int) -> Sequence[Row[Any]]:
    """Gets what is hidden, the latest first, behind `after` if that is given."""
    return await _page(session, profile_id, _states.c.suppressed, _states.c.suppress_time, "", after, limit)


async def viewed(session: db.Session, profile_id: str, after: Place | None, limit: int) -> Sequence[Row[Any]]:
    """Gets what was looked at and is not hidden, the latest first, behind `after` if that is given."""
    chosen = and_(_states.c.view_time.is_not(None), ~_states.c.suppressed)
    return await _page(session, profile_id, chosen, _states.c.view_time, "", after, limit)


async def going_on(
    session: db.Session, profile_id: str, at: datetime, after: Place | None, limit: int
) -> Sequence[Row[Any]]:
    """Gets the titles that may go on with the episode that was watched last, the latest first, behind `after`.

    Films and events that were watched to the end are left out; of a series only its episodes tell whether it goes on.
    """
    state = _states.c
    out = and_(state.dismiss_time.is_not(None), or_(state.snooze_until_time.is_(None), state.snooze_until_time > at))
    chosen = and_(state.watch_time.is_not(None), ~state.suppressed, ~out, or_(~state.watched, state.episode_id != ""))
    return await _page(session, profile_id, chosen, state.watch_time, "", after, limit)


async def _page(
    session: db.Session,
    profile_id: str,
    chosen: ColumnElement[bool],
    time: Column[Any],
    title_id: str,
    after: Place | None,
    limit: int,
) -> Sequence[Row[Any]]:
    query: Select[Any] = select(_states.c.title_id, _states.c.episode_id, _states.c.thumb, time.label("time")).where(
        _states.c.profile_id == profile_id, chosen
    )
    if title_id:
        query = query.where(_states.c.title_id == title_id)
    if after is not None:
        query = query.where(tuple_(time, _states.c.title_id) < after)
    rows = await session.execute(query.order_by(time.desc(), _states.c.title_id.desc()).limit(limit))
    found: Sequence[Row[Any]] = rows.all()
    return found
