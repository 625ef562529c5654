"""Reads what profiles did with titles, with how much of each was watched."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, Row, Select, and_, bindparam, case, func, or_, select, tuple_

from services.kit import db
from services.viewing import tables
from services.viewing.domain import title_state

_states, _series, _profiles = tables.title_states, tables.series, tables.profiles
_THUMB_UP, _THUMB_DOWN = 1, 2

_SHOWN = (
    "title_id",
    "thumb",
    "rate_time",
    "listed",
    "list_time",
    "suppressed",
    "suppress_time",
    "view_count",
    "view_time",
    "abandon_count",
    "watch_time",
    "watch_duration",
    "episode_id",
    "dismiss_time",
    "snooze_until_time",
)
_STATES_OF_SERIES = _states.outerjoin(_series, _series.c.title_id == _states.c.title_id)
#: The number of episodes; while it is not known, one more than were started.
_EPISODES = case(
    (func.coalesce(_series.c.episode_count, 0) == 0, _states.c.bookmark_count + 1),
    else_=func.greatest(_series.c.episode_count, _states.c.bookmark_count),
)
_COMPLETION = case((_states.c.episode_id == "", _states.c.reached), else_=_states.c.reached / _EPISODES)
#: Whether the title was watched to its end; for a series, whether its last episode was.
_FINISHED = func.coalesce(_series.c.last_episode_id, "") == _states.c.ended_episode_ids.any_()

#: Titles with how much of them was watched, and whether to their end.
_SIGNALS: Select[Any] = select(
    *(_states.c[name] for name in _SHOWN), _COMPLETION.label("completion"), _FINISHED.label("finished")
).select_from(_STATES_OF_SERIES)


def _of_household() -> Select[Any]:
    """Returns the query of what the profiles of `account` except `asking` watched or liked since, `most` titles."""
    since = bindparam("since", type_=_states.c.latest_time.type)
    others = select(_profiles.c.profile_id).where(
        _profiles.c.account_id == bindparam("account"), _profiles.c.profile_id != bindparam("asking")
    )
    state = _states.c
    liked = and_(state.thumb == _THUMB_UP, state.rate_time >= since)
    each = (
        select(state.title_id, state.watch_time, _COMPLETION.label("completion"))
        .join_from(_states, _series, _series.c.title_id == state.title_id, isouter=True)
        .where(state.profile_id.in_(others), state.has_signals, state.latest_time >= since)
        .where(or_(state.watch_time >= since, liked), state.thumb != _THUMB_DOWN, ~state.suppressed)
        .subquery()
    )
    count, completion = func.count().label("profile_count"), func.sum(each.c.completion).label("completion")
    watch_time = func.max(each.c.watch_time).label("watch_time")
    query = select(each.c.title_id, count, completion, watch_time).group_by(each.c.title_id)
    order = count.desc(), completion.desc(), watch_time.desc().nulls_last(), each.c.title_id
    return query.order_by(*order).limit(bindparam("most", type_=Integer()))


#: Built once: that takes longer than the database needs to run it.
_HOUSEHOLD = _of_household()


async def list_latest(session: db.Session, profile_id: str, limit: int) -> Sequence[Row[Any]]:
    """Returns the signals of a profile, one row for each title, the latest first."""
    order = _states.c.latest_time.desc(), _states.c.title_id.desc()
    ours = _SIGNALS.where(_states.c.profile_id == profile_id, _states.c.has_signals)
    return await _all(session, ours.order_by(*order).limit(limit))


async def list_excluded(session: db.Session, profile_id: str) -> Sequence[str]:
    """Returns the titles that a profile suppressed, dislikes or watched to the end, by their ids."""
    state = _states.c
    refused = or_(state.suppressed, state.thumb == _THUMB_DOWN, _FINISHED)
    query = (
        select(state.title_id).select_from(_STATES_OF_SERIES).where(state.profile_id == profile_id, state.has_signals)
    )
    return (await session.scalars(query.where(refused).order_by(state.title_id))).all()


async def of_titles(session: db.Session, profile_id: str, title_ids: Sequence[str]) -> dict[str, Row[Any]]:
    """Returns the signals of some titles by title; titles without signals are left out."""
    ours = _SIGNALS.where(_states.c.profile_id == profile_id, _states.c.title_id.in_(title_ids), _states.c.has_signals)
    return {row.title_id: row for row in await session.execute(ours)}


async def list_household(
    session: db.Session, owner: title_state.Owner, since: datetime, limit: int
) -> Sequence[Row[Any]]:
    """Returns what the other profiles of an account watched or liked since then, the most common first."""
    asked = {"account": owner.account_id, "asking": owner.profile_id, "since": since, "most": limit}
    rows: Sequence[Row[Any]] = (await session.execute(_HOUSEHOLD, asked)).all()
    return rows


async def get_stats(session: db.Session, profile_id: str) -> Row[Any]:
    """Returns how long a profile watched, how many titles, and how many to their end."""
    watched = _watched(profile_id).subquery()
    query = select(
        func.sum(watched.c.watch_duration).label("watch_duration"),
        func.count().label("title_count"),
        func.count().filter(watched.c.finished).label("finished_count"),
    )
    row: Row[Any] = (await session.execute(query)).one()
    return row


async def list_longest(session: db.Session, profile_id: str, limit: int) -> Sequence[Row[Any]]:
    """Returns the titles that a profile watched longest, the longest first."""
    query = _watched(profile_id).order_by(_states.c.watch_duration.desc(), _states.c.title_id).limit(limit)
    return await _all(session, query)


async def list_history(
    session: db.Session, profile_id: str, after: tuple[datetime, str] | None, limit: int
) -> Sequence[Row[Any]]:
    """Returns the titles that a profile watched, the latest first, behind `after` if it is given."""
    state = _states.c
    query = _watched(profile_id)
    if after is not None:
        query = query.where(tuple_(state.watch_time, state.title_id) < after)
    return await _all(session, query.order_by(state.watch_time.desc(), state.title_id.desc()).limit(limit))


def _watched(profile_id: str) -> Select[Any]:
    return _SIGNALS.where(_states.c.profile_id == profile_id, _states.c.watch_time.is_not(None))


async def _all(session: db.Session, query: Select[Any]) -> Sequence[Row[Any]]:
    rows: Sequence[Row[Any]] = (await session.execute(query)).all()
    return rows
