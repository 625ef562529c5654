"""All SQL statements of the encoders of channels."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, and_, or_, select, update
from sqlalchemy.dialects import postgresql

from services.kit import db
from services.packager.tables import channel_encoders

#: What a request of an operator resets.
_FRESH: Mapping[str, Any] = {
    "enabled": True,
    "state": "starting",
    "waiting_reason": "",
    "restart_count": 0,
    "failure_message": "",
    "failure_time": None,
    "speed": 0.0,
}


async def get_encoder(session: db.Session, channel_id: str) -> RowMapping | None:
    """Returns the encoder of a channel; None if it has none."""
    result = await session.execute(select(channel_encoders).where(channel_encoders.c.channel_id == channel_id))
    return result.mappings().first()


async def list_encoders(session: db.Session, *, after: str | None, limit: int) -> Sequence[RowMapping]:
    """Returns encoders by the ids of their channels, after the one of the channel `after`."""
    query = select(channel_encoders).order_by(channel_encoders.c.channel_id).limit(limit)
    if after is not None:
        query = query.where(channel_encoders.c.channel_id > after)
    return (await session.execute(query)).mappings().all()


async def start_encoder(
    session: db.WriteSession, channel_id: str, settings: Mapping[str, Any], at: datetime
) -> RowMapping:
    """Enables the encoder of a channel and returns its row. One that runs with the same settings is left alone."""
    values = {**settings, **_FRESH, "state_time": at}
    differs = or_(~channel_encoders.c.enabled, *(channel_encoders.c[name] != value for name, value in settings.items()))
    await session.execute(
        postgresql.insert(channel_encoders)
        .values(channel_id=channel_id, generation=1, **values)
        .on_conflict_do_update(
            index_elements=[channel_encoders.c.channel_id],
            set_={**values, "generation": channel_encoders.c.generation + 1},
            where=differs,
        )
    )
    result = await session.execute(select(channel_encoders).where(channel_encoders.c.channel_id == channel_id))
    return result.mappings().one()


async def restart_encoder(session: db.WriteSession, channel_id: str, at: datetime) -> RowMapping | None:
    """Makes the encoder of a channel start again and returns its row; None if there is none."""
    return await _update(session, channel_id, {**_FRESH, "state_time": at})


async def stop_encoder(session: db.WriteSession, channel_id: str, at: datetime) -> RowMapping | None:
    """Disables the encoder of a channel and returns its row; None if there is none."""
    stopped = {"enabled": False, "state": "stopped", "state_time": at, "waiting_reason": "", "speed": 0.0}
    return await _update(session, channel_id, stopped, channel_encoders.c.enabled) or await get_encoder(
        session, channel_id
    )


async def claim_encoders(session: db.WriteSession, owner: str, now: datetime, lease_end: datetime, limit: int) -> None:
    """Gives a replica some of the enabled encoders that no replica runs."""
    is_free = or_(channel_encoders.c.owner.is_(None), channel_encoders.c.lease_end_time < now)
    free = (
        select(channel_encoders.c.channel_id)
        .where(channel_encoders.c.enabled, is_free)
        .order_by(channel_encoders.c.channel_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    await session.execute(
        update(channel_encoders)
        .where(channel_encoders.c.channel_id.in_(free.scalar_subquery()))
        .values(owner=owner, lease_end_time=lease_end)
    )


async def renew_leases(session: db.WriteSession, owner: str, lease_end: datetime) -> Sequence[RowMapping]:
    """Extends the leases of a replica and returns its encoders."""
    result = await session.execute(
        update(channel_encoders)
        .where(channel_encoders.c.owner == owner)
        .values(lease_end_time=lease_end)
        .returning(channel_encoders)
    )
    rows: Sequence[RowMapping] = result.mappings().all()
    return rows


async def release_encoder(session: db.WriteSession, channel_id: str, owner: str) -> None:
    """Ends the lease of a replica."""
    await session.execute(
        update(channel_encoders)
        .where(channel_encoders.c.channel_id == channel_id, channel_encoders.c.owner == owner)
        .values(owner=None, lease_end_time=None)
    )


async def update_owned(
    session: db.WriteSession, channel_id: str, owner: str, generation: int, **values: Any
) -> RowMapping | None:
    """Updates an encoder and returns its row; None if another replica runs it or it was changed by an operator."""
    result = await session.execute(
        update(channel_encoders)
        .where(
            channel_encoders.c.channel_id == channel_id,
            channel_encoders.c.owner == owner,
            channel_encoders.c.generation == generation,
            channel_encoders.c.enabled,
        )
        .values(**values)
        .returning(channel_encoders)
    )
    row: RowMapping | None = result.mappings().first()
    return row


async def _update(
    session: db.WriteSession, channel_id: str, values: Mapping[str, Any], *only: Any
) -> RowMapping | None:
    result = await session.execute(
        update(channel_encoders)
        .where(and_(channel_encoders.c.channel_id == channel_id, *only))
        .values(generation=channel_encoders.c.generation + 1, **values)
        .returning(channel_encoders)
    )
    row: RowMapping | None = result.mappings().first()
    return row
