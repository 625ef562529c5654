"""The favorite channels of profiles."""

from collections.abc import Sequence

from sqlalchemy import Uuid, bindparam, case, func, select, update
from sqlalchemy.dialects import postgresql

from services.epg.tables import favorite_channels as favorites
from services.kit import db

_IDS = postgresql.ARRAY(Uuid(as_uuid=False))
#: How many favorite channels a profile has at most.
MOST = 200


async def list_favorites(session: db.Session, profile_id: str) -> Sequence[str]:
    """Returns the favorite channels of a profile in its order, those that do not exist any more too."""
    statement = select(favorites.c.channel_ids).where(favorites.c.profile_id == profile_id)
    return (await session.execute(statement)).scalar_one_or_none() or ()


async def save_favorites(session: db.WriteSession, profile_id: str, channel_ids: Sequence[str]) -> None:
    """Replaces the favorite channels of a profile."""
    values = {"profile_id": profile_id, "channel_ids": list(channel_ids)}
    statement = postgresql.insert(favorites).values(values)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["profile_id"], set_={"channel_ids": statement.excluded.channel_ids}
        )
    )


async def add_favorite(session: db.WriteSession, profile_id: str, channel_id: str) -> Sequence[str] | None:
    """Adds a channel behind the others unless it is among them; returns all, None if there are as many as may be."""
    stored = favorites.c.channel_ids
    is_among = bindparam("channel_id", channel_id, type_=Uuid(as_uuid=False)) == func.any(stored)
    statement = postgresql.insert(favorites).values({"profile_id": profile_id, "channel_ids": [channel_id]})
    statement = statement.on_conflict_do_update(
        index_elements=["profile_id"],
        set_={"channel_ids": case((is_among, stored), else_=stored.concat(statement.excluded.channel_ids))},
        where=is_among | (func.cardinality(stored) < MOST),
    )
    added: Sequence[str] | None = (await session.execute(statement.returning(stored))).scalar_one_or_none()
    return added


async def remove_favorite(session: db.WriteSession, profile_id: str, channel_id: str) -> Sequence[str]:
    """Removes a channel; returns the others."""
    removed = func.array_remove(
        favorites.c.channel_ids, bindparam("channel_id", channel_id, type_=Uuid(as_uuid=False)), type_=_IDS
    )
    statement = update(favorites).where(favorites.c.profile_id == profile_id).values(channel_ids=removed)
    return (await session.execute(statement.returning(favorites.c.channel_ids))).scalar_one_or_none() or ()
