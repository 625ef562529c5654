"""All SQL statements of the runs of encoders, of their keys, and of the as-run log."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql

from services.kit import db
from services.packager.tables import as_run_items, content_keys, encoder_runs
from services.packager.tools import shaka


async def get_run(session: db.Session, run_id: str) -> RowMapping | None:
    """Returns a run; None if it does not exist."""
    result = await session.execute(select(encoder_runs).where(encoder_runs.c.run_id == run_id))
    return result.mappings().first()


async def list_runs(
    session: db.Session, channel_id: str, *, first_cell: int, end_cell: int, limit: int
) -> Sequence[RowMapping]:
    """Returns the runs of a channel that wrote cells of a range, in their order."""
    result = await session.execute(
        select(encoder_runs)
        .where(
            encoder_runs.c.channel_id == channel_id,
            encoder_runs.c.end_cell > first_cell,
            encoder_runs.c.first_cell < end_cell,
        )
        .order_by(encoder_runs.c.end_cell)
        .limit(limit)
    )
    return result.mappings().all()


async def add_run(session: db.WriteSession, values: Mapping[str, Any]) -> None:
    """Inserts a run with its first cell."""
    await session.execute(insert(encoder_runs).values(values))


async def extend_run(session: db.WriteSession, run_id: str, end_cell: int) -> None:
    """Records that the cells of a run before `end_cell` are complete."""
    await session.execute(update(encoder_runs).where(encoder_runs.c.run_id == run_id).values(end_cell=end_cell))


async def list_runs_before(session: db.Session, channel_id: str, limit_cell: int) -> Sequence[RowMapping]:
    """Returns the runs of a channel that have cells before a cell."""
    result = await session.execute(
        select(encoder_runs).where(encoder_runs.c.channel_id == channel_id, encoder_runs.c.first_cell < limit_cell)
    )
    return result.mappings().all()


async def trim_run(session: db.WriteSession, run_id: str, first_cell: int) -> None:
    """Records that the cells of a run before `first_cell` are removed, or all of them."""
    await session.execute(
        delete(encoder_runs).where(encoder_runs.c.run_id == run_id, encoder_runs.c.end_cell <= first_cell)
    )
    await session.execute(
        update(encoder_runs)
        .where(encoder_runs.c.run_id == run_id, encoder_runs.c.first_cell < first_cell)
        .values(first_cell=first_cell)
    )


async def get_or_add_key(
    session: db.WriteSession, channel_id: str, cell: int, period: int, key: shaka.Key
) -> tuple[shaka.Key, int]:
    """Returns the key of a cell and the cell after those that it encrypts; adds `key` if the cell has none."""
    first_cell = cell - cell % period
    for _ in range(2):
        result = await session.execute(
            select(content_keys)
            .where(
                content_keys.c.channel_id == channel_id,
                content_keys.c.first_cell <= cell,
                content_keys.c.end_cell > cell,
            )
            .order_by(content_keys.c.first_cell.desc())
            .limit(1)
        )
        if row := result.mappings().first():
            return shaka.Key(row["key_id"], row["key"], row["iv"]), row["end_cell"]
        await session.execute(
            postgresql.insert(content_keys)
            .values(
                key_id=key.key_id,
                key=key.key,
                iv=b"",
                channel_id=channel_id,
                first_cell=first_cell,
                end_cell=first_cell + period,
            )
            .on_conflict_do_update(
                index_elements=[content_keys.c.channel_id, content_keys.c.first_cell],
                set_={"end_cell": func.greatest(content_keys.c.end_cell, first_cell + period)},
            )
        )
    raise RuntimeError("the key that was added does not exist")


async def list_key_periods(
    session: db.Session, channel_id: str, *, first_cell: int, end_cell: int
) -> Sequence[RowMapping]:
    """Returns the key ids of a channel with their cells, for a range of cells, in their order."""
    result = await session.execute(
        select(content_keys.c.key_id, content_keys.c.first_cell, content_keys.c.end_cell)
        .where(
            content_keys.c.channel_id == channel_id,
            content_keys.c.first_cell < end_cell,
            content_keys.c.end_cell > first_cell,
        )
        .order_by(content_keys.c.first_cell)
    )
    return result.mappings().all()


async def list_run_keys(session: db.Session, run: RowMapping, *, after: bytes, limit: int) -> Sequence[shaka.Key]:
    """Returns the keys of a run whose ids are greater than `after`, in the order of their ids."""
    result = await session.execute(
        select(content_keys.c.key_id, content_keys.c.key, content_keys.c.iv)
        .where(
            content_keys.c.channel_id == run["channel_id"],
            content_keys.c.first_cell < run["end_cell"],
            content_keys.c.end_cell > run["first_cell"],
            content_keys.c.key_id > after,
        )
        .order_by(content_keys.c.key_id)
        .limit(limit)
    )
    return [shaka.Key(*row) for row in result]


async def delete_keys_before(session: db.WriteSession, channel_id: str, cell: int) -> None:
    """Deletes the keys of a channel that only encrypt cells before a cell."""
    await session.execute(
        delete(content_keys).where(content_keys.c.channel_id == channel_id, content_keys.c.end_cell <= cell)
    )


async def begin_item(
    session: db.WriteSession, channel_id: str, at: datetime, source_uri: str, item_index: int, start_seconds: float
) -> None:
    """Records that an item began, which ends the one before it. Safe to repeat."""
    await end_item(session, channel_id, at)
    await session.execute(
        postgresql.insert(as_run_items)
        .values(
            channel_id=channel_id,
            start_time=at,
            source_uri=source_uri,
            item_index=item_index,
            start_seconds=start_seconds,
        )
        .on_conflict_do_update(
            index_elements=[as_run_items.c.channel_id, as_run_items.c.start_time],
            set_={"source_uri": source_uri, "item_index": item_index, "start_seconds": start_seconds, "end_time": None},
        )
    )


async def end_item(session: db.WriteSession, channel_id: str, at: datetime) -> None:
    """Records that the item that is on air ended."""
    await session.execute(
        update(as_run_items)
        .where(as_run_items.c.channel_id == channel_id, as_run_items.c.end_time.is_(None))
        .values(end_time=func.greatest(at, as_run_items.c.start_time))
    )


async def list_items(
    session: db.Session, channel_id: str, *, before: datetime | None, limit: int
) -> Sequence[RowMapping]:
    """Returns what a channel showed, newest first."""
    query = select(as_run_items).where(as_run_items.c.channel_id == channel_id)
    if before is not None:
        query = query.where(as_run_items.c.start_time < before)
    result = await session.execute(query.order_by(as_run_items.c.start_time.desc()).limit(limit))
    return result.mappings().all()


async def list_current_items(session: db.Session, channel_ids: Sequence[str]) -> dict[str, RowMapping]:
    """Returns the items that are on air, by their channels."""
    result = await session.execute(
        select(as_run_items).where(as_run_items.c.channel_id.in_(channel_ids), as_run_items.c.end_time.is_(None))
    )
    return {row["channel_id"]: row for row in result.mappings()}


async def delete_items_before(session: db.WriteSession, at: datetime) -> None:
    """Deletes the items that ended before a time."""
    await session.execute(delete(as_run_items).where(as_run_items.c.end_time < at))
