"""All SQL of playback."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, delete, func, or_, select, text, update
from sqlalchemy.dialects import postgresql

from services.kit import db
from services.playback import domain
from services.playback.tables import aired_items, sessions


class EndCause(StrEnum):
    """Why a session has ended."""

    STOPPED = "stopped"
    #: Three heartbeats were missed.
    LAPSED = "lapsed"
    #: The viewer may not watch it any more.
    NOT_ENTITLED = "not_entitled"
    #: Another session of the account replaced it.
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session in the log."""

    session_id: str
    account_id: str
    profile_id: str
    subject_kind: str
    subject_id: str
    parent_title_id: str | None
    channel_id: str | None
    duration: timedelta
    position: timedelta
    player_state: int
    seen_time: datetime
    lease_expire_time: datetime
    end_time: datetime | None
    end_cause: str | None
    replaced_by_device: str | None


_INSERT = postgresql.insert(sessions).on_conflict_do_nothing()
_AIRED = postgresql.insert(aired_items)
#: A row that exists grows; what it states of its cells stays.
_SAVE_AIRED = _AIRED.on_conflict_do_update(
    index_elements=["channel_id", "first_cell"],
    set_={"cell_count": func.greatest(aired_items.c.cell_count, _AIRED.excluded.cell_count)},
)
_LOCK_CHANNEL = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")
_COLUMNS = [sessions.c[name] for name in SessionRow.__dataclass_fields__]


async def add_session(session: db.WriteSession, started: domain.Session, at: datetime, lease: timedelta) -> None:
    """Adds a session that has started. A session that is in the log already stays as it is."""
    subject_kind, subject_id = started.subject
    row = {
        "session_id": started.session_id,
        "account_id": started.account_id,
        "profile_id": started.profile_id,
        "subject_kind": subject_kind,
        "subject_id": subject_id,
        "parent_title_id": started.parent_title_id or None,
        "channel_id": started.place.channel_id if started.place else None,
        "asset_id": started.asset_id or None,
        "device_id": started.device.device_id,
        "device_display_name": started.device.display_name,
        "country_code": started.country_code,
        "duration": started.duration,
        "start_position": started.resume_position,
        "start_time": started.start_time,
        "position": started.resume_position,
        "player_state": 0,
        "seen_time": at,
        "lease_expire_time": at + lease,
    }
    await session.execute(_INSERT, row)


async def get_session(session: db.Session, session_id: str, account_id: str) -> SessionRow | None:
    """Returns a session of an account, None if the account has no such session."""
    row = await session.execute(
        select(*_COLUMNS).where(sessions.c.session_id == session_id, sessions.c.account_id == account_id)
    )
    return _session_row(row.first())


async def update_progress(
    session: db.WriteSession,
    session_id: str,
    *,
    progress: domain.Progress | None,
    player_state: int,
    at: datetime,
    lease_expire_time: datetime,
) -> SessionRow | None:
    """Writes where a session that holds its slot is; one that had lapsed continues. It stays where it was if unknown.

    Returns None if it has ended otherwise, or if a later report was written already.
    """
    is_open = or_(sessions.c.end_time.is_(None), sessions.c.end_cause == EndCause.LAPSED)
    row = await session.execute(
        update(sessions)
        .where(sessions.c.session_id == session_id, is_open, sessions.c.seen_time <= at)
        .values(
            {
                **_progress_values(progress),
                "player_state": player_state,
                "seen_time": at,
                "lease_expire_time": lease_expire_time,
                "end_time": None,
                "end_cause": None,
            }
        )
        .returning(*_COLUMNS)
    )
    return _session_row(row.first())


async def end_session(
    session: db.WriteSession,
    session_id: str,
    account_id: str,
    *,
    cause: EndCause,
    at: datetime,
    progress: domain.Progress | None = None,
    replaced_by_device: str | None = None,
) -> SessionRow | None:
    """Ends a session, at its last known position unless a later one is given.

    Returns None if the account has no such session that is live.
    """
    values: dict[str, Any] = {"end_time": at, "end_cause": cause, "replaced_by_device": replaced_by_device}
    if progress is not None:
        values |= {**_progress_values(progress), "seen_time": at}
    row = await session.execute(
        update(sessions)
        .where(
            sessions.c.session_id == session_id,
            sessions.c.account_id == account_id,
            sessions.c.end_time.is_(None),
        )
        .values(values)
        .returning(*_COLUMNS)
    )
    return _session_row(row.first())


async def list_overdue_sessions(session: db.Session, before: datetime, limit: int) -> Sequence[SessionRow]:
    """Returns sessions that have not ended in the log although their lease ended before that time."""
    rows = await session.execute(
        select(*_COLUMNS)
        .where(sessions.c.end_time.is_(None), sessions.c.lease_expire_time < before)
        .order_by(sessions.c.lease_expire_time)
        .limit(limit)
    )
    return [SessionRow(**row._mapping) for row in rows]


async def remove_ended(session: db.WriteSession, until: datetime, limit: int) -> int:
    """Deletes sessions that ended before a time; returns how many."""
    ended = select(sessions.c.session_id).where(sessions.c.end_time < until).order_by(sessions.c.end_time).limit(limit)
    return (await session.execute(delete(sessions).where(sessions.c.session_id.in_(ended)))).rowcount


async def lock_aired_items(session: db.WriteSession, channel_id: str) -> None:
    """Locks the as-run log of a channel until the end of the transaction."""
    await session.execute(_LOCK_CHANNEL, {"key": f"aired_item/{channel_id}"})


async def get_last_aired(session: db.Session, channel_id: str) -> Row[Any] | None:
    """Returns the last row of the as-run log of a channel, None if it is empty."""
    query = select(aired_items).where(aired_items.c.channel_id == channel_id)
    return (await session.execute(query.order_by(aired_items.c.first_cell.desc()).limit(1))).first()


async def list_aired(session: db.Session, channel_id: str, first_cell: int, end_cell: int) -> Sequence[Row[Any]]:
    """Returns the rows of the as-run log of a channel with cells of a window, in their order."""
    ours = aired_items.c.channel_id == channel_id
    # Rows do not overlap, so that only the last one that begins before the window can reach into it.
    before = select(func.max(aired_items.c.first_cell)).where(ours, aired_items.c.first_cell <= first_cell)
    first = func.coalesce(before.scalar_subquery(), first_cell)
    rows = await session.execute(
        select(aired_items)
        .where(
            ours,
            aired_items.c.first_cell >= first,
            aired_items.c.first_cell < end_cell,
            aired_items.c.first_cell + aired_items.c.cell_count > first_cell,
        )
        .order_by(aired_items.c.first_cell)
    )
    return rows.all()


async def save_aired(session: db.WriteSession, channel_id: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes rows of the as-run log of a channel; one that exists gets more cells."""
    if rows:
        await session.execute(_SAVE_AIRED, [{"channel_id": channel_id, **row} for row in rows])


async def list_aired_channels(session: db.Session) -> Sequence[str]:
    """Returns the channels that have an as-run log."""
    return (await session.scalars(select(aired_items.c.channel_id).distinct())).all()


async def remove_aired(session: db.WriteSession, channel_id: str, until_cell: int | None) -> int:
    """Deletes the rows of a channel that end before a cell, all if it is None; returns how many."""
    query = delete(aired_items).where(aired_items.c.channel_id == channel_id)
    if until_cell is not None:
        query = query.where(aired_items.c.first_cell + aired_items.c.cell_count <= until_cell)
    return (await session.execute(query)).rowcount


def _progress_values(progress: domain.Progress | None) -> dict[str, Any]:
    """Returns the columns of where a viewer is, which is not beyond the end."""
    if progress is None:
        return {}
    if progress.subject is None or progress.duration is None:
        return {"position": func.least(progress.position, sessions.c.duration)}
    return {
        "subject_kind": progress.subject[0],
        "subject_id": progress.subject[1],
        "position": min(progress.position, progress.duration),
        "duration": progress.duration,
    }


def _session_row(row: Row[Any] | None) -> SessionRow | None:
    return None if row is None else SessionRow(**row._mapping)
