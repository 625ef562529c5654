"""Channels."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import Row, Uuid, bindparam, delete, func, select, text
from sqlalchemy.dialects import postgresql

from services.epg.domain import channels
from services.epg.tables import channels as channel_table
from services.kit import db

_IDS = postgresql.ARRAY(Uuid(as_uuid=False))
_CHANNEL_BATCH = 1_000
#: SQLAlchemy would take longer to compose a statement for many rows than PostgreSQL takes to run it.
_SAVE_CHANNELS = f"""
    INSERT INTO channel SELECT * FROM jsonb_populate_recordset(NULL::channel, $1::jsonb)
    ON CONFLICT (channel_id) DO UPDATE SET
        {", ".join(f"{each.name} = excluded.{each.name}" for each in channel_table.c if each.name != "revision")},
        revision = channel.revision + 1
    RETURNING revision
"""
#: PostgreSQL notes in each row the transaction that has written it.
_LIST_VERSIONS = text("SELECT channel_id::text, xmin::text::bigint AS version FROM channel")
#: What a channel is found by is not read.
_COLUMNS = [column for column in channel_table.c if column is not channel_table.c.words]


async def list_channels(session: db.Session, channel_ids: Collection[str] | None = None) -> list[channels.Channel]:
    """Returns some channels, or all."""
    statement = select(*_COLUMNS)
    if channel_ids is not None:
        ids = bindparam("ids", list(channel_ids), type_=_IDS)
        statement = statement.where(channel_table.c.channel_id == func.any(ids))
    return [_channel(row) for row in await session.execute(statement)]


async def list_versions(session: db.Session) -> dict[str, int]:
    """Returns the version of the row of each channel: that of no former row of the same id, deleted ones included."""
    return {row.channel_id: row.version for row in await session.execute(_LIST_VERSIONS)}


async def get_channel(session: db.Session, channel_id: str) -> channels.Channel | None:
    """Returns a channel, None if there is none."""
    row = (await session.execute(select(*_COLUMNS).where(channel_table.c.channel_id == channel_id))).first()
    return None if row is None else _channel(row)


async def lock_channel(session: db.WriteSession, channel_id: str) -> channels.Channel | None:
    """Returns a channel, None if there is none. Until the transaction ends, no other transaction can change it."""
    statement = select(*_COLUMNS).where(channel_table.c.channel_id == channel_id).with_for_update()
    row = (await session.execute(statement)).first()
    return None if row is None else _channel(row)


async def find_by_number(session: db.Session, number: int) -> str | None:
    """Returns the id of the channel with a number, None if there is none."""
    statement = select(channel_table.c.channel_id).where(channel_table.c.number == number)
    return (await session.execute(statement)).scalar_one_or_none()


async def save_channel(session: db.WriteSession, channel: channels.Channel) -> int:
    """Writes a channel; returns its new revision."""
    [revision] = await save_channels(session, [channel])
    return revision


async def save_channels(session: db.WriteSession, saved: Sequence[channels.Channel]) -> list[int]:
    """Writes channels; returns their new revisions."""
    driver = await db.driver_connection(session)
    revisions: list[int] = []
    for begin in range(0, len(saved), _CHANNEL_BATCH):
        rows = [{**_channel_values(channel), "revision": 1} for channel in saved[begin : begin + _CHANNEL_BATCH]]
        written = await driver.fetch(_SAVE_CHANNELS, orjson.dumps(rows).decode())
        revisions += [revision for (revision,) in written]
    return revisions


async def lock_channels(session: db.WriteSession, channel_ids: Collection[str]) -> None:
    """Locks channels as `lock_channel` does, in one order for all transactions."""
    statement = (
        select(channel_table.c.channel_id)
        .where(channel_table.c.channel_id == func.any(bindparam("ids", list(channel_ids), type_=_IDS)))
        .order_by(channel_table.c.channel_id)
        .with_for_update()
    )
    await session.execute(statement)


def _channel_values(channel: channels.Channel) -> dict[str, Any]:
    return {
        "channel_id": channel.channel_id,
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
        "start_padding_seconds": int(channel.start_padding.total_seconds()),
        "end_padding_seconds": int(channel.end_padding.total_seconds()),
        "kind": channel.kind,
        "filler": channel.filler,
        "hidden": channel.hidden,
        "words": channel.search_words,
    }


async def delete_channel(session: db.WriteSession, channel_id: str) -> bool:
    """Deletes a channel with its programmes; returns whether there was one."""
    statement = delete(channel_table).where(channel_table.c.channel_id == channel_id)
    return (await session.execute(statement)).rowcount > 0


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
        start_padding=timedelta(seconds=row.start_padding_seconds),
        end_padding=timedelta(seconds=row.end_padding_seconds),
        kind=row.kind,
        filler=tuple(row.filler) if row.filler else None,
        hidden=row.hidden,
        revision=row.revision,
    )
