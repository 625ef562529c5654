"""Reads and writes bookmarks in programmes."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql

from services.kit import db
from services.viewing import tables
from services.viewing.domain.bookmarks import ProgrammeBookmark

_bookmarks = tables.programme_bookmarks
_INSERT = postgresql.insert(_bookmarks)
_VALUES = ("channel_id", "position", "duration", "update_time")
#: The later one is kept, in whatever order they arrive.
_SAVE = _INSERT.on_conflict_do_update(
    index_elements=["profile_id", "programme_id"],
    set_={name: _INSERT.excluded[name] for name in _VALUES},
    where=_bookmarks.c.update_time <= _INSERT.excluded.update_time,
)


async def save(session: db.WriteSession, profile_id: str, bookmark: ProgrammeBookmark) -> None:
    """Writes a bookmark, unless a later one of the programme is stored."""
    await session.execute(_SAVE, {"profile_id": profile_id, **asdict(bookmark)})


async def get(session: db.Session, profile_id: str, programme_id: str) -> ProgrammeBookmark | None:
    """Returns the bookmark of a profile in a programme, None if there is none."""
    query = select(*(_bookmarks.c[name] for name in ProgrammeBookmark.__dataclass_fields__))
    ours = query.where(_bookmarks.c.profile_id == profile_id, _bookmarks.c.programme_id == programme_id)
    row = (await session.execute(ours)).first()
    return None if row is None else ProgrammeBookmark(**row._mapping)


async def remove(session: db.WriteSession, profile_id: str) -> None:
    """Deletes the bookmarks of a profile."""
    await session.execute(delete(_bookmarks).where(_bookmarks.c.profile_id == profile_id))


async def remove_old(session: db.WriteSession, until: datetime) -> None:
    """Deletes bookmarks that were saved before a time."""
    await session.execute(delete(_bookmarks).where(_bookmarks.c.update_time < until))
