"""Profiles: their accounts and their revisions."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, literal, select, update
from sqlalchemy.dialects import postgresql

from services.kit import db
from services.viewing import tables
from services.viewing.domain import title_state

_profiles = tables.profiles


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile, as far as viewing stores it."""

    #: Empty if it is not known.
    account_id: str
    revision: int
    #: When its whole history was deleted, and when all its views were.
    clear_time: datetime | None
    view_clear_time: datetime | None


_UNKNOWN = Profile("", 0, None, None)


async def get(session: db.Session, profile_id: str) -> Profile:
    """Returns a profile; one that never wrote anything has revision 0."""
    return await _get(session, profile_id, lock=False) or _UNKNOWN


async def lock(session: db.WriteSession, owner: title_state.Owner) -> Profile:
    """Returns a profile and locks it: other writers wait until the transaction ends."""
    profile = await _get(session, owner.profile_id, lock=True)
    if profile is not None:
        return profile
    values = {"profile_id": owner.profile_id, "account_id": owner.account_id or None, "revision": 0}
    await session.execute(postgresql.insert(_profiles).values(values).on_conflict_do_nothing())
    return await _get(session, owner.profile_id, lock=True) or _UNKNOWN


async def increment_revision(session: db.WriteSession, owner: title_state.Owner) -> int:
    """Increments the revision of a profile and returns it."""
    account_id = func.coalesce(_profiles.c.account_id, literal(owner.account_id or None, _profiles.c.account_id.type))
    bumped = await session.execute(
        update(_profiles)
        .where(_profiles.c.profile_id == owner.profile_id)
        .values(revision=_profiles.c.revision + 1, account_id=account_id)
        .returning(_profiles.c.revision)
    )
    revision: int = bumped.scalar_one()
    return revision


async def clear(session: db.WriteSession, profile_id: str, at: datetime) -> None:
    """Stores that a profile deleted its whole history."""
    await session.execute(update(_profiles).where(_profiles.c.profile_id == profile_id).values(clear_time=at))


async def clear_views(session: db.WriteSession, profile_id: str, at: datetime) -> None:
    """Stores that a profile deleted all its views."""
    await session.execute(update(_profiles).where(_profiles.c.profile_id == profile_id).values(view_clear_time=at))


async def remove(session: db.WriteSession, owner: title_state.Owner) -> None:
    """Deletes a profile with everything that it did."""
    await lock(session, owner)
    for table in (
        tables.bookmarks,
        tables.programme_bookmarks,
        tables.title_states,
        tables.counted_events,
        _profiles,
    ):
        await session.execute(delete(table).where(table.c.profile_id == owner.profile_id))


async def _get(session: db.Session, profile_id: str, *, lock: bool) -> Profile | None:
    query = select(_profiles).where(_profiles.c.profile_id == profile_id)
    row = (await session.execute(query.with_for_update() if lock else query)).first()
    return Profile(row.account_id or "", row.revision, row.clear_time, row.view_clear_time) if row else None
