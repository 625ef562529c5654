"""Sources of guides, and the channels that their ids name."""

from collections.abc import Mapping

from sqlalchemy import select

from services.epg.tables import source_channels
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
