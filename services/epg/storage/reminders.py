"""Reminders."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Uuid, bindparam, case, cast, delete, func, literal, select, update
from sqlalchemy.dialects import postgresql

from services.epg.domain import reminders, schedules
from services.epg.tables import programmes
from services.epg.tables import reminders as table
from services.kit import db

_IDS = postgresql.ARRAY(Uuid(as_uuid=False))
_LEAD = table.c.lead_seconds * cast(literal("1 second"), postgresql.INTERVAL)


async def list_reminders(session: db.Session, profile_id: str, since: datetime) -> list[reminders.Reminder]:
    """Returns the reminders of a profile whose programmes end after a time, by the beginning of the programmes."""
    statement = (
        select(table)
        .where(table.c.profile_id == profile_id, table.c.end_time > since)
        .order_by(table.c.start_time, table.c.reminder_id)
    )
    return [_reminder(row) for row in await session.execute(statement)]


async def get_reminders(
    session: db.Session, profile_id: str, reminder_ids: Collection[str]
) -> list[reminders.Reminder]:
    """Returns those of some reminders that a profile has."""
    ids = bindparam("ids", list(reminder_ids), type_=_IDS)
    statement = select(table).where(table.c.profile_id == profile_id, table.c.reminder_id == func.any(ids))
    return [_reminder(row) for row in await session.execute(statement)]


async def count_reminders(session: db.Session, profile_id: str, since: datetime, *, without: str) -> int:
    """Returns how many reminders a profile has of programmes that end after a time, without those of one programme."""
    statement = select(func.count()).where(
        table.c.profile_id == profile_id,
        table.c.end_time > since,
        table.c.programme_id.is_distinct_from(without),
    )
    count: int = (await session.execute(statement)).scalar_one()
    return count


async def save_reminder(session: db.WriteSession, reminder: reminders.Reminder) -> reminders.Reminder:
    """Writes a reminder and returns it; one that the profile has of the programme keeps its id and is pending again."""
    scheduled = reminder.programme.scheduled
    values = {
        "reminder_id": reminder.reminder_id,
        "account_id": reminder.account_id,
        "profile_id": reminder.profile_id,
        "programme_id": reminder.programme.programme_id,
        "state": reminder.state,
        "lead_seconds": int(reminder.lead_time.total_seconds()),
        "remind_time": reminder.remind_time,
        "channel_id": reminder.channel_id,
        "start_time": scheduled.start_time,
        "end_time": scheduled.end_time,
        "details": dict(scheduled.details),
    }
    statement = postgresql.insert(table).values(values)
    changed = {name: statement.excluded[name] for name in values if name != "reminder_id"}
    # A repeated call changes nothing: what was due stays due.
    state = case(
        (table.c.lead_seconds == statement.excluded.lead_seconds, table.c.state), else_=statement.excluded.state
    )
    statement = statement.on_conflict_do_update(
        index_elements=["profile_id", "programme_id"], set_={**changed, "state": state}
    )
    return _reminder((await session.execute(statement.returning(table))).one())


async def delete_reminder(session: db.WriteSession, profile_id: str, reminder_id: str) -> None:
    """Deletes a reminder of a profile, if there is one."""
    statement = delete(table).where(table.c.profile_id == profile_id, table.c.reminder_id == reminder_id)
    await session.execute(statement)


async def lock_ready(session: db.WriteSession, now: datetime, limit: int) -> list[reminders.Reminder]:
    """Returns pending reminders whose time has come and that no other transaction has locked, and locks them."""
    statement = (
        select(table)
        .where(
            table.c.state == reminders.State.PENDING,
            table.c.programme_id.is_not(None),
            table.c.remind_time <= now,
        )
        .order_by(table.c.remind_time)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [_reminder(row) for row in await session.execute(statement)]


async def save_states(session: db.WriteSession, states: Mapping[str, reminders.State]) -> None:
    """Writes the states of reminders, by their ids."""
    for state in set(states.values()):
        ids = bindparam("ids", [id_ for id_, each in states.items() if each is state], type_=_IDS)
        await session.execute(update(table).where(table.c.reminder_id == func.any(ids)).values(state=state))


async def follow_programmes(session: db.WriteSession, programme_ids: Sequence[str]) -> None:
    """Updates the reminders of programmes that were written; a pending one moves with its programme."""
    ids = bindparam("ids", list(programme_ids), type_=_IDS)
    moved = case((table.c.state == reminders.State.PENDING, programmes.c.start_time - _LEAD), else_=table.c.remind_time)
    await session.execute(
        update(table)
        .where(table.c.programme_id == func.any(ids), programmes.c.programme_id == table.c.programme_id)
        .values(
            start_time=programmes.c.start_time,
            end_time=programmes.c.end_time,
            details=programmes.c.details,
            remind_time=moved,
        )
    )


async def remove_ended(session: db.WriteSession, until: datetime) -> None:
    """Deletes the reminders of programmes that ended before a time."""
    await session.execute(delete(table).where(table.c.end_time < until))


def _reminder(row: Row[Any]) -> reminders.Reminder:
    state = reminders.State(row.state)
    if state is reminders.State.PENDING and row.programme_id is None:
        state = reminders.State.PROGRAMME_REMOVED
    return reminders.Reminder(
        reminder_id=row.reminder_id,
        account_id=row.account_id,
        profile_id=row.profile_id,
        channel_id=row.channel_id,
        programme=schedules.Programme(
            row.programme_id or "", schedules.Scheduled(row.start_time, row.end_time, row.details)
        ),
        lead_time=timedelta(seconds=row.lead_seconds),
        remind_time=row.remind_time,
        state=state,
    )
