"""How far it is to the end of series that somebody watches."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.dialects import postgresql

from services.kit import db
from services.viewing import tables
from services.viewing.domain import episodes

_series = tables.series


async def want(session: db.WriteSession, title_ids: Sequence[str]) -> None:
    """Has catalog be asked for series that are not known yet."""
    # In one order, so that two who want the same series do not wait for each other.
    rows = [_row(episodes.Series(title_id, 0, "")) for title_id in sorted(title_ids)]
    if rows:
        await session.execute(postgresql.insert(_series).on_conflict_do_nothing(), rows)


async def outdate(session: db.WriteSession, revisions: Mapping[str, int]) -> None:
    """Has catalog be asked again for series of which it has told a later revision."""
    known = await session.execute(
        select(_series.c.title_id, _series.c.told_revision).where(_series.c.title_id.in_(list(revisions)))
    )
    for row in known.all():
        told = revisions[row.title_id]
        if told > row.told_revision:
            this = update(_series).where(_series.c.title_id == row.title_id)
            await session.execute(this.values(told_revision=told, due=True))


async def due(session: db.Session, limit: int) -> list[str]:
    """Gets series that catalog is to be asked for."""
    return list(await session.scalars(select(_series.c.title_id).where(_series.c.due).limit(limit)))


async def note(session: db.WriteSession, known: episodes.Series) -> None:
    """Notes a series that was at hand, if nothing is known of it; catalog is asked for its revision all the same."""
    insert = postgresql.insert(_series).values(_row(known))
    await session.execute(
        insert.on_conflict_do_update(
            index_elements=["title_id"], set_=_columns(known), where=_series.c.episode_count == 0
        )
    )


async def learn(session: db.WriteSession, known: Sequence[episodes.Series], asked: Sequence[str]) -> None:
    """Notes what catalog told when it was asked. What changed meanwhile stays to be asked for."""
    for one in known:
        later = or_(_series.c.revision < one.revision, _series.c.episode_count == 0)
        await session.execute(update(_series).where(_series.c.title_id == one.title_id, later).values(_columns(one)))
    unknown = set(asked) - {one.title_id for one in known}
    learned = or_(_series.c.told_revision <= _series.c.revision, _series.c.title_id.in_(unknown))
    await session.execute(update(_series).where(_series.c.title_id.in_(asked), learned).values(due=False))


def _row(known: episodes.Series) -> dict[str, Any]:
    return {"title_id": known.title_id, **_columns(known), "told_revision": 0, "due": True}


def _columns(known: episodes.Series) -> dict[str, Any]:
    return {
        "episode_count": known.episode_count,
        "last_episode_id": known.last_episode_id,
        "revision": known.revision,
    }
