"""Reads and writes what profiles did with titles."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, case, delete, func, null, or_, select, update
from sqlalchemy.dialects import postgresql

from services.kit import db
from services.viewing import tables
from services.viewing.domain import continue_watching, title_state
from services.viewing.domain.bookmarks import Bookmark
from services.viewing.domain.title_state import TitleState
from services.viewing.storage import bookmarks

_states, _bookmarks = tables.title_states, tables.bookmarks
_KEY = ("profile_id", "title_id")
_VIEWED = _states.c.view_count > 0
#: What is read back as it was written; the rest is derived from it and from the bookmarks.
_STORED = (
    "thumb",
    "rate_time",
    "listed",
    "list_time",
    "suppressed",
    "suppress_time",
    "dismiss_time",
    "snooze_until_time",
    "view_count",
    "view_time",
    "abandon_count",
    "watch_floor_time",
    "view_floor_time",
)
_INSERT = postgresql.insert(_states)
_SAVE = _INSERT.on_conflict_do_update(
    index_elements=_KEY,
    set_={column.name: _INSERT.excluded[column.name] for column in _states.c if column.name not in _KEY},
)


async def get(session: db.Session, profile_id: str, title_ids: Sequence[str]) -> dict[str, TitleState]:
    """Returns the states of titles by title; an empty state for those that have none."""
    rows = await session.execute(
        select(_states).where(_states.c.profile_id == profile_id, _states.c.title_id.in_(title_ids))
    )
    by_title = {row.title_id: row for row in rows}
    watched = await bookmarks.of_titles(session, profile_id, title_ids)
    return {title_id: _state(title_id, by_title.get(title_id), watched[title_id]) for title_id in title_ids}


async def marks(session: db.Session, profile_id: str, title_ids: Sequence[str]) -> dict[str, Row[Any]]:
    """Returns thumb, listed, suppressed and the columns of the latest bookmark by title, as cards show them."""
    latest = and_(
        _bookmarks.c.profile_id == _states.c.profile_id,
        _bookmarks.c.title_id == _states.c.title_id,
        _bookmarks.c.episode_id == _states.c.episode_id,
    )
    state, bookmark = _states.c, _bookmarks.c
    rows = await session.execute(
        select(state.title_id, state.thumb, state.listed, state.suppressed, state.episode_id)
        .add_columns(bookmark.position, bookmark.duration, bookmark.update_time, bookmark.reached)
        .join_from(_states, _bookmarks, latest, isouter=True)
        .where(state.profile_id == profile_id, state.title_id.in_(title_ids))
    )
    return {row.title_id: row for row in rows}


async def save(
    session: db.WriteSession,
    profile_id: str,
    before: Mapping[str, TitleState],
    after: Sequence[TitleState],
    at: datetime,
) -> None:
    """Writes states that changed, with their bookmarks."""
    emptied = [state.title_id for state in after if before[state.title_id].bookmarks and not state.bookmarks]
    if emptied:
        await bookmarks.remove(session, profile_id, emptied)
    changed = [
        bookmark
        for state in after
        for episode_id, bookmark in state.bookmarks.items()
        if before[state.title_id].bookmarks.get(episode_id) != bookmark
    ]
    await bookmarks.save(session, profile_id, changed)
    if after:
        await session.execute(_SAVE, [_columns(profile_id, state, at) for state in after])


async def list_history(session: db.Session, profile_id: str) -> list[str]:
    """Returns the titles that a profile watched or viewed."""
    state = _states.c
    anything = or_(
        state.watch_time.is_not(None), state.view_count > 0, state.abandon_count > 0, state.dismiss_time.is_not(None)
    )
    return list(await session.scalars(select(state.title_id).where(state.profile_id == profile_id, anything)))


async def clear_history(session: db.WriteSession, profile_id: str, at: datetime) -> int:
    """Deletes everything that a profile watched and viewed; returns how many titles it watched.

    That it was deleted is not kept here, but in the row of the profile.
    """
    state = _states.c
    ours = state.profile_id == profile_id
    watched = select(func.count()).select_from(_states).where(ours, state.watch_time.is_not(None))
    count = (await session.execute(watched)).scalar_one()
    has_signals = or_(state.thumb != title_state.NO_THUMB, state.listed, state.suppressed)
    latest = func.greatest(
        case((state.thumb != title_state.NO_THUMB, state.rate_time)),
        case((state.listed, state.list_time)),
        case((state.suppressed, state.suppress_time)),
    )
    empty: dict[str, Any] = dict.fromkeys(("dismiss_time", "snooze_until_time", "view_time", "watch_time"), null())
    empty |= dict.fromkeys(("continue_time", "watch_floor_time", "view_floor_time"), null())
    empty |= dict.fromkeys(("view_count", "abandon_count", "bookmark_count", "reached"), 0)
    empty |= {"episode_id": "", "ended_episode_ids": [], "watch_duration": timedelta(0)}
    await bookmarks.remove(session, profile_id)
    await session.execute(
        update(_states).where(ours).values(has_signals=has_signals, latest_time=latest, change_time=at, **empty)
    )
    undone = or_(*(state[name].is_not(None) for name in ("rate_time", "list_time", "suppress_time")))
    await session.execute(delete(_states).where(ours, ~state.has_signals, ~undone))
    return count


async def list_viewed(session: db.Session, profile_id: str) -> list[str]:
    """Returns the titles that a profile viewed."""
    state = _states.c
    return list(await session.scalars(select(state.title_id).where(state.profile_id == profile_id, _VIEWED)))


async def clear_views(session: db.WriteSession, profile_id: str, at: datetime) -> None:
    """Deletes all views of a profile. That they were deleted is kept in the row of the profile."""
    state = _states.c
    left = {"thumb": state.thumb != title_state.NO_THUMB, "listed": state.listed, "suppressed": state.suppressed}
    has_signals = or_(
        *left.values(), state.abandon_count > 0, state.watch_time.is_not(None), state.dismiss_time.is_not(None)
    )
    latest = func.greatest(
        case((left["thumb"], state.rate_time)),
        case((left["listed"], state.list_time)),
        case((left["suppressed"], state.suppress_time)),
        state.dismiss_time,
        state.watch_time,
    )
    empty: dict[str, Any] = {"view_count": 0, "view_time": null(), "view_floor_time": null()}
    await session.execute(
        update(_states)
        .where(state.profile_id == profile_id, _VIEWED)
        .values(has_signals=has_signals, latest_time=latest, change_time=at, **empty)
    )


async def count_titles(session: db.Session, profile_id: str) -> int:
    """Returns the number of titles with a signal of a profile."""
    query = select(func.count()).select_from(_states).where(_states.c.profile_id == profile_id, _states.c.has_signals)
    return (await session.execute(query)).scalar_one()


async def count_listed(session: db.Session, profile_id: str) -> int:
    """Returns the number of titles on the watchlist of a profile."""
    query = select(func.count()).select_from(_states).where(_states.c.profile_id == profile_id, _states.c.listed)
    return (await session.execute(query)).scalar_one()


async def remove_empty(session: db.WriteSession, until: datetime) -> None:
    """Deletes the rows without a signal that were last changed before a time."""
    await session.execute(delete(_states).where(~_states.c.has_signals, _states.c.change_time < until))


def _state(title_id: str, row: Row[Any] | None, watched: Mapping[str, Bookmark]) -> TitleState:
    if row is None:
        return TitleState(title_id, bookmarks=watched)
    return TitleState(title_id, bookmarks=watched, **{name: getattr(row, name) for name in _STORED})


def _columns(profile_id: str, state: TitleState, at: datetime) -> dict[str, Any]:
    watched, latest = list(state.bookmarks.values()), state.latest
    candidate = continue_watching.candidate(watched)
    return {
        "profile_id": profile_id,
        "title_id": state.title_id,
        **{name: getattr(state, name) for name in _STORED},
        "watch_time": latest.update_time if latest else None,
        "episode_id": latest.episode_id if latest else "",
        "continue_time": candidate.time if candidate else None,
        "ended_episode_ids": sorted(bookmark.episode_id for bookmark in watched if bookmark.reached >= 1),
        "bookmark_count": len(watched),
        "reached": sum(bookmark.reached for bookmark in watched),
        "watch_duration": sum((bookmark.duration * bookmark.reached for bookmark in watched), timedelta(0)),
        "has_signals": state.has_signals,
        "latest_time": state.latest_time,
        "change_time": at,
    }
