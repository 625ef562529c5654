"""What a home is chosen from while nobody recommends: a few words of every title, and which are popular."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql

from services.catalog import tables
from services.kit import db

_titles, _rankings = tables.titles, tables.rankings
_POPULAR = "popular"


async def shelved_after(session: db.Session, revision: int, *, limit: int) -> Sequence[tables.Row]:
    """Answers what titles that changed after `revision` are chosen by, the earliest change first."""
    columns = (_titles.c.title_id, _titles.c.revision, _titles.c.released, _titles.c.featured, _titles.c.genres)
    chosen = select(*columns).where(_titles.c.revision > revision).order_by(_titles.c.revision).limit(limit)
    return (await session.execute(chosen)).all()


async def popular(session: db.Session) -> tuple[str, ...]:
    """Answers the titles that are watched most, the most watched first."""
    told = await session.execute(select(_rankings.c.title_ids).where(_rankings.c.name == _POPULAR))
    return tuple(told.scalar_one_or_none() or ())


async def rank_popular(session: db.WriteSession, title_ids: Sequence[str], at: datetime) -> None:
    """Keeps which titles are watched most, unless that is known of a later time."""
    told = postgresql.insert(_rankings).values(name=_POPULAR, title_ids=list(title_ids), rank_time=at)
    await session.execute(
        told.on_conflict_do_update(
            index_elements=[_rankings.c.name],
            set_={"title_ids": told.excluded.title_ids, "rank_time": told.excluded.rank_time},
            where=_rankings.c.rank_time <= told.excluded.rank_time,
        )
    )
