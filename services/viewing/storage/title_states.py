"""What profiles told of titles, as it is written."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, case, delete, func, null, or_, select, update
from sqlalchemy.dialects import postgresql

from services.kit import db
from services.viewing import tables
from services.viewing.domain import signals
from services.viewing.storage import bookmarks

_states = tables.states
_KEY = ("profile_id", "title_id")
_VIEWED = _states.c.view_count > 0
#: What is read back as it was written; the rest follows from it and from the bookmarks.
_TOLD = (
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


async def get(session: db.Session, profile_id: str, title_ids: Sequence[str]) -> dict[str, signals.State]:
    """Gets what a profile told of titles, by title; those that it told nothing of too."""
    rows = await session.execute(
        select(_states).where(_states.c.profile_id == profile_id, _states.c.title_id.in_(title_ids))
    )
    known = {row.title_id: row for row in rows}
    watched = await bookmarks.of_titles(session, profile_id, title_ids)
    return {title_id: _state(title_id, known.get(title_id), watched[title_id]) for title_id in title_ids}


async def save(
    session: db.WriteSession,
    profile_id: str,
    before: Mapping[str, signals.State],
    after: Sequence[signals.State],
    at: datetime,
) -> None:
    """Brings titles from what they were to what is given."""
    emptied = [state.title_id for state in after if before[state.title_id].marks and not state.marks]
    if emptied:
        await bookmarks.remove(session, profile_id, emptied)
    changed = [
        bookmark
        for state in after
        for episode_id, bookmark in state.marks.items()
        if before[state.title_id].marks.get(episode_id) != bookmark
    ]
    await bookmarks.save(session, profile_id, changed)
    if after:
        await session.execute(_SAVE, [_columns(profile_id, state, at) for state in after])


async def in_history(session: db.Session, profile_id: str) -> list[str]:
    """Gets the titles that a profile watched or looked at."""
    state = _states.c
    anything = or_(
        state.watch_time.is_not(None), state.view_count > 0, state.abandon_count > 0, state.dismiss_time.is_not(None)
    )
    return list(await session.scalars(select(state.title_id).where(state.profile_id == profile_id, anything)))


async def clear_history(session: db.WriteSession, profile_id: str, at: datetime) -> int:
    """Deletes all that a profile watched and looked at; answers how many titles it watched.

    Nothing of it is left, not even that it was deleted: that is told of the profile as a whole.
    """
    state = _states.c
    ours = state.profile_id == profile_id
    watched = select(func.count()).select_from(_states).where(ours, state.watch_time.is_not(None))
    count = (await session.execute(watched)).scalar_one()
    told = or_(state.thumb != signals.NO_THUMB, state.listed, state.suppressed)
    latest = func.greatest(
        case((state.thumb != signals.NO_THUMB, state.rate_time)),
        case((state.listed, state.list_time)),
        case((state.suppressed, state.suppress_time)),
    )
    nothing: dict[str, Any] = dict.fromkeys(("dismiss_time", "snooze_until_time", "view_time", "watch_time"), null())
    nothing |= dict.fromkeys(("watch_floor_time", "view_floor_time"), null())
    nothing |= dict.fromkeys(("view_count", "abandon_count", "begun_count", "reached"), 0)
    nothing |= {"episode_id": "", "watched": False, "ended_episode_ids": [], "watch_duration": timedelta(0)}
    await bookmarks.remove(session, profile_id)
    await session.execute(update(_states).where(ours).values(told=told, latest_time=latest, change_time=at, **nothing))
    taken_back = or_(*(state[name].is_not(None) for name in ("rate_time", "list_time", "suppress_time")))
    await session.execute(delete(_states).where(ours, ~state.told, ~taken_back))
    return count


async def viewed(session: db.Session, profile_id: str) -> list[str]:
    """Gets the titles that a profile looked at."""
    state = _states.c
    return list(await session.scalars(select(state.title_id).where(state.profile_id == profile_id, _VIEWED)))


async def clear_views(session: db.WriteSession, profile_id: str, at: datetime) -> None:
    """Deletes that a profile looked at anything; that it did so is told of the profile as a whole."""
    state = _states.c
    kept = {"thumb": state.thumb != signals.NO_THUMB, "listed": state.listed, "suppressed": state.suppressed}
    told = or_(*kept.values(), state.abandon_count > 0, state.watch_time.is_not(None), state.dismiss_time.is_not(None))
    latest = func.greatest(
        case((kept["thumb"], state.rate_time)),
        case((kept["listed"], state.list_time)),
        case((kept["suppressed"], state.suppress_time)),
        state.dismiss_time,
        state.watch_time,
    )
    nothing: dict[str, Any] = {"view_count": 0, "view_time": null(), "view_floor_time": null()}
    await session.execute(
        update(_states)
        .where(state.profile_id == profile_id, _VIEWED)
        .values(told=told, latest_time=latest, change_time=at, **nothing)
    )


async def told_count(session: db.Session, profile_id: str) -> int:
    """Answers of how many titles a profile told anything."""
    query = select(func.count()).select_from(_states).where(_states.c.profile_id == profile_id, _states.c.told)
    return (await session.execute(query)).scalar_one()


async def listed_count(session: db.Session, profile_id: str) -> int:
    """Answers how many titles are on a profile's watchlist."""
    query = select(func.count()).select_from(_states).where(_states.c.profile_id == profile_id, _states.c.listed)
    return (await session.execute(query)).scalar_one()


async def sweep(session: db.WriteSession, until: datetime) -> None:
    """Deletes the rows of titles that nothing is known of, and that were last changed before that."""
    await session.execute(delete(_states).where(~_states.c.told, _states.c.change_time < until))


def _state(title_id: str, row: Row[Any] | None, watched: Mapping[str, Any]) -> signals.State:
    if row is None:
        return signals.State(title_id, marks=watched)
    return signals.State(title_id, marks=watched, **{name: getattr(row, name) for name in _TOLD})


def _columns(profile_id: str, state: signals.State, at: datetime) -> dict[str, Any]:
    begun, latest = state.marks.values(), state.latest
    return {
        "profile_id": profile_id,
        "title_id": state.title_id,
        **{name: getattr(state, name) for name in _TOLD},
        "watch_time": latest.update_time if latest else None,
        "episode_id": latest.episode_id if latest else "",
        "watched": latest is not None and latest.watched,
        "ended_episode_ids": sorted(mark.episode_id for mark in begun if mark.reached >= 1),
        "begun_count": len(begun),
        "reached": sum(mark.reached for mark in begun),
        "watch_duration": sum((mark.duration * mark.reached for mark in begun), timedelta(0)),
        "told": state.told,
        "latest_time": state.latest_time,
        "change_time": at,
    }
