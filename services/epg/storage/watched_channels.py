"""The channels that profiles watched."""

from datetime import datetime, timedelta

from sqlalchemy import Integer, case, cast, delete, func, select
from sqlalchemy.dialects import postgresql

from services.epg.domain import channel_ranking
from services.epg.tables import watched_channels as table
from services.kit import db

#: Reports of a player that are further apart are not of one uninterrupted time.
_LONGEST_GAP = timedelta(seconds=60)


async def add_report(session: db.WriteSession, profile_id: str, channel_id: str, at: datetime) -> None:
    """Stores that a profile watched a channel at a time: the time since the last report, if that was just before."""
    values = {"profile_id": profile_id, "channel_id": channel_id, "hour": _hour(at), "seconds": 0, "last_time": at}
    statement = postgresql.insert(table).values(values)
    since = func.extract("epoch", statement.excluded.last_time - table.c.last_time)
    counted = case((since.between(0, _LONGEST_GAP.total_seconds()), since), else_=0)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["profile_id", "channel_id", "hour"],
            set_={
                "seconds": table.c.seconds + cast(counted, Integer),
                "last_time": func.greatest(table.c.last_time, statement.excluded.last_time),
            },
        )
    )


async def list_watched(session: db.Session, profile_id: str, since: datetime) -> list[channel_ranking.Watched]:
    """Returns what a profile watched since a time."""
    statement = select(table).where(table.c.profile_id == profile_id, table.c.hour > since)
    return [
        channel_ranking.Watched(row.channel_id, row.hour, timedelta(seconds=row.seconds), row.last_time)
        for row in await session.execute(statement)
    ]


async def forget(session: db.WriteSession, profile_id: str, channel_id: str) -> None:
    """Deletes what a profile watched of a channel; of all channels if that is empty."""
    statement = delete(table).where(table.c.profile_id == profile_id)
    await session.execute(statement.where(table.c.channel_id == channel_id) if channel_id else statement)


async def remove_old(session: db.WriteSession, until: datetime) -> None:
    """Deletes what was watched before a time."""
    await session.execute(delete(table).where(table.c.hour < until))


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
