"""All SQL of epg. No function commits."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Uuid, bindparam, column, delete, func, lateral, select, true, update
from sqlalchemy.dialects import postgresql

from services.epg.domain import channels, schedules
from services.epg.tables import channels as channel_table
from services.epg.tables import programmes
from services.kit import db

_IDS = postgresql.ARRAY(Uuid(as_uuid=False))
#: asyncpg binds up to 32,767 parameters in one statement, and a programme has seven.
_BATCH = 4_000


async def list_channels(session: db.Session) -> list[channels.Channel]:
    """Returns all channels."""
    return [_channel(row) for row in await session.execute(select(channel_table))]


async def lock_channel(session: db.WriteSession, channel_id: str) -> channels.Channel | None:
    """Returns a channel, None if there is none. Until the transaction ends, no other transaction can change it."""
    statement = select(channel_table).where(channel_table.c.channel_id == channel_id).with_for_update()
    row = (await session.execute(statement)).first()
    return None if row is None else _channel(row)


async def find_by_number(session: db.Session, number: int) -> str | None:
    """Returns the id of the channel with a number, None if there is none."""
    statement = select(channel_table.c.channel_id).where(channel_table.c.number == number)
    return (await session.execute(statement)).scalar_one_or_none()


async def save_channel(session: db.WriteSession, channel: channels.Channel) -> int:
    """Writes a channel; returns its new revision."""
    values = {
        "number": channel.number or None,
        "display_name": channel.display_name,
        "images": list(channel.images),
        "language_codes": list(channel.language_codes),
        "genre_id": channel.genre_id,
        "high_definition": channel.high_definition,
        "country_code": channel.country_code,
        "time_zone": channel.time_zone,
        "maturity_rating": channel.maturity_rating,
        "territories": sorted(channel.territories),
        "start_over": channel.start_over,
        "catch_up_seconds": int(channel.catch_up_window.total_seconds()),
        "hidden": channel.hidden,
    }
    statement = postgresql.insert(channel_table).values(channel_id=channel.channel_id, **values, revision=1)
    saved = statement.on_conflict_do_update(
        index_elements=["channel_id"], set_={**values, "revision": channel_table.c.revision + 1}
    ).returning(channel_table.c.revision)
    return int((await session.execute(saved)).scalar_one())


async def delete_channel(session: db.WriteSession, channel_id: str) -> bool:
    """Deletes a channel with its programmes; returns whether there was one."""
    statement = delete(channel_table).where(channel_table.c.channel_id == channel_id)
    return (await session.execute(statement)).rowcount > 0


async def list_programmes(
    session: db.Session, channel_ids: Collection[str], start: datetime, end: datetime
) -> list[tuple[str, schedules.Programme]]:
    """Returns the programmes of channels that overlap a window, each with its channel, by channel and time."""
    statement = (
        select(programmes)
        .where(
            programmes.c.channel_id == func.any(bindparam("ids", list(channel_ids), type_=_IDS)),
            programmes.c.end_time > start,
            # What ends later cannot overlap the window; this ends the scan of the index.
            programmes.c.end_time < end + schedules.MAX_DURATION,
            programmes.c.start_time < end,
        )
        .order_by(programmes.c.channel_id, programmes.c.end_time)
    )
    return [(row.channel_id, _programme(row)) for row in await session.execute(statement)]


async def list_now_and_next(
    session: db.Session, channel_ids: Sequence[str], at: datetime
) -> list[tuple[str, schedules.Programme]]:
    """Returns the first two programmes of each channel that end after a time, each with its channel."""
    ids = (
        func.unnest(bindparam("ids", list(channel_ids), type_=_IDS))
        .table_valued(column("channel_id", Uuid(as_uuid=False)))
        .render_derived()
    )
    upcoming = lateral(
        select(programmes)
        .where(programmes.c.channel_id == ids.c.channel_id, programmes.c.end_time > at)
        .order_by(programmes.c.end_time)
        .limit(2)
    )
    statement = select(upcoming).select_from(ids.join(upcoming, true()))
    return [(row.channel_id, _programme(row)) for row in await session.execute(statement)]


async def get_programme(session: db.Session, programme_id: str) -> tuple[str, schedules.Programme] | None:
    """Returns a programme with its channel, None if there is none."""
    row = (await session.execute(select(programmes).where(programmes.c.programme_id == programme_id))).first()
    return None if row is None else (row.channel_id, _programme(row))


async def get_programmes(session: db.Session, programme_ids: Collection[str]) -> list[tuple[str, schedules.Programme]]:
    """Returns those of some programmes that exist, each with its channel."""
    ids = bindparam("ids", list(programme_ids), type_=_IDS)
    rows = await session.execute(select(programmes).where(programmes.c.programme_id == func.any(ids)))
    return [(row.channel_id, _programme(row)) for row in rows]


async def list_starting(
    session: db.Session, channel_id: str, start: datetime, end: datetime
) -> list[schedules.Programme]:
    """Returns the programmes of a channel that begin in a window, by time."""
    found = await list_programmes(session, [channel_id], start, end)
    return [programme for _, programme in found if programme.scheduled.start_time >= start]


async def get_following_start(session: db.Session, channel_id: str, at: datetime) -> datetime | None:
    """Returns when the first programme of a channel that begins at a time or after it begins."""
    statement = select(func.min(programmes.c.start_time)).where(
        programmes.c.channel_id == channel_id, programmes.c.end_time > at, programmes.c.start_time >= at
    )
    found: datetime | None = (await session.execute(statement)).scalar_one()
    return found


async def cut_running(session: db.WriteSession, channel_id: str, start: datetime, end: datetime) -> bool:
    """Ends the programme that begins before `start` and ends after `end` at `end`; returns whether there was one."""
    statement = (
        update(programmes)
        .where(
            programmes.c.channel_id == channel_id,
            programmes.c.end_time > end,
            programmes.c.end_time < start + schedules.MAX_DURATION,
            programmes.c.start_time < start,
        )
        .values(end_time=end)
    )
    return (await session.execute(statement)).rowcount > 0


async def write_changes(session: db.WriteSession, channel_id: str, changes: schedules.Changes) -> None:
    """Writes what a merge changed in the schedule of a channel."""
    if changes.deleted_ids:
        ids = bindparam("ids", changes.deleted_ids, type_=_IDS)
        await session.execute(delete(programmes).where(programmes.c.programme_id == func.any(ids)))
    for batch in _batches([*changes.created, *changes.updated]):
        statement = postgresql.insert(programmes).values([_values(channel_id, programme) for programme in batch])
        fields = ("start_time", "end_time", "maturity_age", "source_key", "details")
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=["programme_id"], set_={field: statement.excluded[field] for field in fields}
            )
        )


def _batches(values: Sequence[schedules.Programme]) -> Iterable[Sequence[schedules.Programme]]:
    return (values[begin : begin + _BATCH] for begin in range(0, len(values), _BATCH))


def _values(channel_id: str, programme: schedules.Programme) -> dict[str, Any]:
    return {
        "programme_id": programme.programme_id,
        "channel_id": channel_id,
        "start_time": programme.scheduled.start_time,
        "end_time": programme.scheduled.end_time,
        "maturity_age": programme.scheduled.maturity_age,
        "source_key": programme.scheduled.source_key,
        "details": programme.scheduled.details,
    }


def _programme(row: Row[Any]) -> schedules.Programme:
    return schedules.Programme(
        row.programme_id, schedules.Scheduled(row.start_time, row.end_time, row.details, row.source_key)
    )


def _channel(row: Row[Any]) -> channels.Channel:
    return channels.Channel(
        channel_id=row.channel_id,
        number=row.number or 0,
        display_name=row.display_name,
        images=tuple(row.images),
        language_codes=tuple(row.language_codes),
        genre_id=row.genre_id,
        high_definition=row.high_definition,
        country_code=row.country_code,
        time_zone=row.time_zone,
        maturity_rating=row.maturity_rating,
        territories=frozenset(row.territories),
        start_over=row.start_over,
        catch_up_window=timedelta(seconds=row.catch_up_seconds),
        hidden=row.hidden,
        revision=row.revision,
    )
