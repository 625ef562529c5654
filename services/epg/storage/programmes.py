"""Programmes."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Row, Uuid, bindparam, column, func, lateral, select, true, update
from sqlalchemy.dialects import postgresql

from services.epg.domain import schedules
from services.epg.storage import reminders
from services.epg.tables import programmes
from services.kit import db

_IDS = postgresql.ARRAY(Uuid(as_uuid=False))
_PROGRAMME_BATCH = 4_000
#: What a programme is found by is not read.
_COLUMNS = [column for column in programmes.c if column is not programmes.c.words]

#: SQLAlchemy would take longer to compose these statements than PostgreSQL takes to run them.
_LIST_IN_WINDOWS = """
    SELECT programme_id::text, channel_id::text, start_time, end_time, details, source_key
    FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) AS covered (covered_id, covered_start, covered_end)
    JOIN programme ON channel_id = covered_id AND end_time > covered_start
        AND end_time < covered_end + $4::interval AND start_time < covered_end
    ORDER BY programme.channel_id, end_time
"""
_SAVE_PROGRAMMES = """
    INSERT INTO programme (programme_id, channel_id, start_time, end_time, maturity_age, source_key, details, words)
    SELECT * FROM unnest(
        $1::uuid[], $2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::smallint[], $6::text[], $7::jsonb[],
        $8::text[]::tsvector[]
    )
    ON CONFLICT (programme_id) DO UPDATE SET
        start_time = excluded.start_time, end_time = excluded.end_time, maturity_age = excluded.maturity_age,
        source_key = excluded.source_key, details = excluded.details,
        words = excluded.words
"""


async def list_programmes(
    session: db.Session, channel_ids: Collection[str], start: datetime, end: datetime
) -> list[tuple[str, schedules.Programme]]:
    """Returns the programmes of channels that overlap a window, each with its channel, by channel and time."""
    statement = (
        select(*_COLUMNS)
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
        select(*_COLUMNS)
        .where(programmes.c.channel_id == ids.c.channel_id, programmes.c.end_time > at)
        .order_by(programmes.c.end_time)
        .limit(2)
    )
    statement = select(upcoming).select_from(ids.join(upcoming, true()))
    return [(row.channel_id, _programme(row)) for row in await session.execute(statement)]


async def get_programme(session: db.Session, programme_id: str) -> tuple[str, schedules.Programme] | None:
    """Returns a programme with its channel, None if there is none."""
    row = (await session.execute(select(*_COLUMNS).where(programmes.c.programme_id == programme_id))).first()
    return None if row is None else (row.channel_id, _programme(row))


async def lock_programme(session: db.WriteSession, programme_id: str) -> tuple[str, schedules.Programme] | None:
    """Returns a programme with its channel, None if there is none. It stays as it is until the transaction ends."""
    statement = select(programmes).where(programmes.c.programme_id == programme_id).with_for_update(read=True)
    row = (await session.execute(statement)).first()
    return None if row is None else (row.channel_id, _programme(row))


async def get_programmes(session: db.Session, programme_ids: Collection[str]) -> list[tuple[str, schedules.Programme]]:
    """Returns those of some programmes that exist, each with its channel."""
    ids = bindparam("ids", list(programme_ids), type_=_IDS)
    rows = await session.execute(select(*_COLUMNS).where(programmes.c.programme_id == func.any(ids)))
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


async def cut_running(session: db.WriteSession, channel_id: str, start: datetime, end: datetime) -> datetime | None:
    """Ends the programme that begins before `start` and ends after `end` at `end`; returns when it begins."""
    statement = (
        update(programmes)
        .where(
            programmes.c.channel_id == channel_id,
            programmes.c.end_time > end,
            programmes.c.end_time < start + schedules.MAX_DURATION,
            programmes.c.start_time < start,
        )
        .values(end_time=end)
        .returning(programmes.c.programme_id, programmes.c.start_time)
    )
    row = (await session.execute(statement)).first()
    if row is None:
        return None
    await reminders.follow_programmes(session, [row.programme_id])
    began: datetime = row.start_time
    return began


async def list_in_windows(
    session: db.WriteSession, windows: Sequence[tuple[str, datetime, datetime]]
) -> dict[str, list[schedules.Programme]]:
    """Returns the programmes that overlap the window of their channel, by channel and time.

    Args:
        session: the transaction.
        windows: the channels, each with the beginning and the end of its window.
    """
    driver = await db.driver_connection(session)
    found: dict[str, list[schedules.Programme]] = {}
    rows = await driver.fetch(_LIST_IN_WINDOWS, *map(list, zip(*windows, strict=True)), schedules.MAX_DURATION)
    for id_, channel_id, start, end, details, key in rows:
        programme = schedules.Programme(id_, schedules.Scheduled(start, end, details, key))
        found.setdefault(channel_id, []).append(programme)
    return found


async def write_changes(session: db.WriteSession, changes: Mapping[str, schedules.Changes]) -> None:
    """Writes what merges changed in schedules, by channel."""
    driver = await db.driver_connection(session)
    if deleted_ids := [id_ for each in changes.values() for id_ in each.deleted_ids]:
        await driver.execute("DELETE FROM programme WHERE programme_id = ANY($1::uuid[])", deleted_ids)
    written = [
        (channel_id, programme) for channel_id, each in changes.items() for programme in (*each.created, *each.updated)
    ]
    for begin in range(0, len(written), _PROGRAMME_BATCH):
        records = [_record(*each) for each in written[begin : begin + _PROGRAMME_BATCH]]
        await driver.execute(_SAVE_PROGRAMMES, *map(list, zip(*records, strict=True)))
    if updated_ids := [programme.programme_id for each in changes.values() for programme in each.updated]:
        await reminders.follow_programmes(session, updated_ids)


def _record(channel_id: str, programme: schedules.Programme) -> tuple[Any, ...]:
    scheduled = programme.scheduled
    details = orjson.dumps(scheduled.details).decode()
    times = scheduled.start_time, scheduled.end_time
    keys = scheduled.maturity_age, scheduled.source_key
    return programme.programme_id, channel_id, *times, *keys, details, scheduled.search_words


def _programme(row: Row[Any]) -> schedules.Programme:
    return schedules.Programme(
        row.programme_id, schedules.Scheduled(row.start_time, row.end_time, row.details, row.source_key)
    )
