"""Sources of guides, and the channels that their ids name."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Row, case, delete, literal, or_, select, update
from sqlalchemy.dialects import postgresql

from services.epg.domain.guide_sources import GuideSource
from services.epg.tables import guide_sources, source_channels
from services.kit import db

_SAVE_SOURCE_CHANNELS = """
    INSERT INTO source_channel (source, source_channel_id, channel_id)
    SELECT $1, * FROM unnest($2::text[], $3::uuid[])
    ON CONFLICT (source, source_channel_id) DO UPDATE SET channel_id = excluded.channel_id
"""


async def list_source_channels(session: db.Session, source: str) -> dict[str, str]:
    """Returns the ids of the channels of a source by the ids that the source uses."""
    statement = select(source_channels.c.source_channel_id, source_channels.c.channel_id)
    rows = await session.execute(statement.where(source_channels.c.source == source))
    return {row.source_channel_id: row.channel_id for row in rows}


async def save_source_channels(session: db.WriteSession, source: str, channel_ids: Mapping[str, str]) -> None:
    """Writes which channels the ids of a source name."""
    driver = await db.driver_connection(session)
    await driver.execute(_SAVE_SOURCE_CHANNELS, source, list(channel_ids), list(channel_ids.values()))


async def list_sources(session: db.Session) -> list[GuideSource]:
    """Returns the sources that are fetched, by name."""
    return [_source(row) for row in await session.execute(select(guide_sources).order_by(guide_sources.c.source))]


async def lock_source(session: db.WriteSession, source: str) -> GuideSource | None:
    """Returns a source, None if there is none. Until the transaction ends, no other transaction can change it."""
    statement = select(guide_sources).where(guide_sources.c.source == source).with_for_update()
    row = (await session.execute(statement)).first()
    return None if row is None else _source(row)


async def save_source(session: db.WriteSession, source: GuideSource) -> GuideSource:
    """Writes what editors state of a source, and when it is fetched next; returns the source."""
    statement = postgresql.insert(guide_sources).values(
        source=source.source,
        uri=source.uri,
        options=source.options,
        refresh_seconds=source.refresh_interval and int(source.refresh_interval.total_seconds()),
        revision=1,
        validators={},
        next_refresh_time=source.next_refresh_time,
    )
    kept = {"source", "revision", "last_refresh", "claim_expire_time"}
    stated = {column.name: statement.excluded[column.name] for column in guide_sources.c if column.name not in kept}
    upsert = statement.on_conflict_do_update(
        index_elements=["source"], set_={**stated, "revision": guide_sources.c.revision + 1}
    ).returning(*guide_sources.c)
    return _source((await session.execute(upsert)).one())


async def delete_source(session: db.WriteSession, source: str) -> bool:
    """Deletes a source; returns whether there was one."""
    return (await session.execute(delete(guide_sources).where(guide_sources.c.source == source))).rowcount > 0


async def claim(session: db.WriteSession, source: str, now: datetime, expire_time: datetime) -> GuideSource | None:
    """Claims a source for one replica; returns it, None if there is none or another replica has it."""
    return await _claim(session, guide_sources.c.source == source, now, expire_time)


async def claim_due(session: db.WriteSession, now: datetime, expire_time: datetime) -> GuideSource | None:
    """Claims the source whose planned fetch is most overdue; returns it, None if none is due."""
    return await _claim(session, guide_sources.c.next_refresh_time <= now, now, expire_time)


async def release(session: db.WriteSession, source: GuideSource) -> None:
    """Gives up a claim."""
    statement = update(guide_sources).where(guide_sources.c.source == source.source).values(claim_expire_time=None)
    await session.execute(statement)


async def finish(session: db.WriteSession, source: GuideSource) -> None:
    """Writes what came of a fetch, and gives up the claim. What editors have stated meanwhile stays."""
    is_current = guide_sources.c.revision == source.revision
    validators = literal(source.validators, postgresql.JSONB)
    next_refresh_time = literal(source.next_refresh_time, DateTime(timezone=True))
    statement = (
        update(guide_sources)
        .where(guide_sources.c.source == source.source)
        .values(
            last_refresh=source.last_refresh,
            validators=case((is_current, validators), else_=guide_sources.c.validators),
            next_refresh_time=case((is_current, next_refresh_time), else_=guide_sources.c.next_refresh_time),
            claim_expire_time=None,
        )
    )
    await session.execute(statement)


async def _claim(
    session: db.WriteSession, included: ColumnElement[bool], now: datetime, expire_time: datetime
) -> GuideSource | None:
    is_free = or_(guide_sources.c.claim_expire_time.is_(None), guide_sources.c.claim_expire_time <= now)
    chosen = (
        select(guide_sources.c.source)
        .where(included, is_free)
        .order_by(guide_sources.c.next_refresh_time)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    statement = (
        update(guide_sources)
        .where(guide_sources.c.source == chosen)
        .values(claim_expire_time=expire_time)
        .returning(*guide_sources.c)
    )
    row = (await session.execute(statement)).first()
    return None if row is None else _source(row)


def _source(row: Row[Any]) -> GuideSource:
    return GuideSource(
        source=row.source,
        uri=row.uri,
        options=row.options,
        refresh_interval=None if row.refresh_seconds is None else timedelta(seconds=row.refresh_seconds),
        revision=row.revision,
        validators=row.validators,
        last_refresh=row.last_refresh,
        next_refresh_time=row.next_refresh_time,
    )
