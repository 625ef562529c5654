"""The number of episodes of the series that somebody watches."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql

from services.kit import db
from services.viewing import tables
from services.viewing.domain.episodes import Series

_series = tables.series


async def add(session: db.WriteSession, title_ids: Sequence[str]) -> None:
    """Adds series whose episodes are to be requested from catalog; those that are stored stay as they are."""
    # In one order, so that two transactions that add the same series do not wait for each other.
    rows = [
        {"title_id": title_id, "episode_count": 0, "last_episode_id": "", "revision": 0, "due": True}
        for title_id in sorted(title_ids)
    ]
    if rows:
        await session.execute(postgresql.insert(_series).on_conflict_do_nothing(), rows)


async def list_due(session: db.Session, limit: int) -> list[str]:
    """Returns series whose episodes are to be requested from catalog."""
    return list(
        await session.scalars(select(_series.c.title_id).where(_series.c.due).order_by(_series.c.title_id).limit(limit))
    )


async def save_requested(session: db.WriteSession, current: Mapping[str, Series], requested: Sequence[str]) -> None:
    """Stores the episodes that catalog returned. A series that an event updated meanwhile stays as it is."""
    for title_id in requested:
        this = update(_series).where(_series.c.title_id == title_id, _series.c.due)
        series = current.get(title_id, Series(title_id, 0, ""))
        await session.execute(
            this.values(episode_count=series.episode_count, last_episode_id=series.last_episode_id, due=False)
        )


async def save_changed(session: db.WriteSession, changed: Mapping[str, tuple[Series, int]]) -> None:
    """Stores the episodes and the revision of series that an event carries, if somebody watches them.

    An event that is older than what is stored changes nothing.
    """
    # In one order, so that two transactions that write the same series do not wait for each other.
    watched = select(_series.c.title_id).where(_series.c.title_id.in_(list(changed))).order_by(_series.c.title_id)
    for title_id in (await session.scalars(watched)).all():
        series, revision = changed[title_id]
        await session.execute(
            update(_series)
            .where(_series.c.title_id == title_id, _series.c.revision < revision)
            .values(
                episode_count=series.episode_count,
                last_episode_id=series.last_episode_id,
                revision=revision,
                due=False,
            )
        )
