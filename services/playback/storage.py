"""All SQL of playback."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects import postgresql

from services.kit import db
from services.playback import domain
from services.playback.tables import sessions


@dataclass(frozen=True, slots=True)
class Logged:
    """What the log knows of a session."""

    session_id: str
    account_id: str
    profile_id: str
    title_id: str
    episode_id: str
    duration: timedelta
    position: timedelta
    player_state: int
    seen_time: datetime
    lease_expire_time: datetime
    end_time: datetime | None


_BEGIN = postgresql.insert(sessions).on_conflict_do_nothing()
_LOGGED = [sessions.c[name] for name in Logged.__dataclass_fields__]


async def add_session(session: db.WriteSession, begun: domain.Session, lease_expire_time: datetime) -> None:
    """Writes a session that has begun; once, however often it is told."""
    row = {
        "session_id": begun.session_id,
        "account_id": begun.account_id,
        "profile_id": begun.profile_id,
        "title_id": begun.title_id,
        "episode_id": begun.episode_id,
        "package_id": begun.package_id,
        "device_id": begun.device.device_id,
        "device_name": begun.device.display_name,
        "country_code": begun.country_code,
        "duration": begun.duration,
        "start_position": begun.resume_position,
        "start_time": begun.start_time,
        "position": begun.resume_position,
        "player_state": 0,
        "seen_time": begun.start_time,
        "lease_expire_time": lease_expire_time,
    }
    await session.execute(_BEGIN, row)


async def get_session(session: db.Session, session_id: str, account_id: str) -> Logged | None:
    """Answers what is known of an account's session, None if it has no such."""
    row = await session.execute(
        select(*_LOGGED).where(sessions.c.session_id == session_id, sessions.c.account_id == account_id)
    )
    return _logged(row.first())


async def note_progress(
    session: db.WriteSession,
    session_id: str,
    *,
    position: timedelta,
    player_state: int,
    at: datetime,
    lease_expire_time: datetime,
) -> Logged | None:
    """Notes where a live session is; None if it has ended, or is known to have been further on in time already."""
    row = await session.execute(
        update(sessions)
        .where(sessions.c.session_id == session_id, sessions.c.end_time.is_(None), sessions.c.seen_time <= at)
        .values(position=position, player_state=player_state, seen_time=at, lease_expire_time=lease_expire_time)
        .returning(*_LOGGED)
    )
    return _logged(row.first())


async def end_session(
    session: db.WriteSession,
    session_id: str,
    account_id: str,
    *,
    cause: str,
    at: datetime,
    position: timedelta | None = None,
) -> Logged | None:
    """Ends a session, with its last known position unless a later one is given; None if the account has none live."""
    changes: dict[str, Any] = {"end_time": at, "end_cause": cause}
    if position is not None:
        changes |= {"position": func.least(position, sessions.c.duration), "seen_time": at}
    row = await session.execute(
        update(sessions)
        .where(
            sessions.c.session_id == session_id,
            sessions.c.account_id == account_id,
            sessions.c.end_time.is_(None),
        )
        .values(changes)
        .returning(*_LOGGED)
    )
    return _logged(row.first())


async def overdue_sessions(session: db.Session, before: datetime, limit: int) -> Sequence[Logged]:
    """Answers sessions that are not known to have ended although their lease ran out before that time."""
    rows = await session.execute(
        select(*_LOGGED)
        .where(sessions.c.end_time.is_(None), sessions.c.lease_expire_time < before)
        .order_by(sessions.c.lease_expire_time)
        .limit(limit)
    )
    return [Logged(**row._mapping) for row in rows]


def _logged(row: Row[Any] | None) -> Logged | None:
    return None if row is None else Logged(**row._mapping)
