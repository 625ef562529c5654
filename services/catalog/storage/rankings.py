"""Stores rankings of titles that other services publish."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.dialects import postgresql

from services.catalog import tables
from services.kit import db

_rankings = tables.rankings
POPULARITY = "popularity"


async def save(session: db.WriteSession, title_ids: Sequence[str], rank_time: datetime) -> None:
    """Stores the ranking by popularity, unless a later one is stored."""
    ranked = postgresql.insert(_rankings).values(name=POPULARITY, title_ids=list(title_ids), rank_time=rank_time)
    await session.execute(
        ranked.on_conflict_do_update(
            index_elements=[_rankings.c.name],
            set_={"title_ids": ranked.excluded.title_ids, "rank_time": ranked.excluded.rank_time},
            where=_rankings.c.rank_time <= ranked.excluded.rank_time,
        )
    )
