"""Reads episodes."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, literal, select, tuple_
from sqlalchemy.dialects import postgresql

from services.catalog import tables
from services.catalog.domain import title_lists
from services.kit import db

_episodes = tables.episodes
_ORDER = (_episodes.c.season_number, _episodes.c.episode_number, _episodes.c.episode_id)


async def get(session: db.Session, episode_id: str) -> tables.Row | None:
    """Returns an episode, None if there is none."""
    row: tables.Row | None = (
        await session.execute(select(_episodes).where(_episodes.c.episode_id == episode_id))
    ).first()
    return row


async def page(
    session: db.Session,
    title_id: str,
    season_number: int | None,
    *,
    after: title_lists.EpisodePlace | None,
    limit: int,
) -> Sequence[tables.Row]:
    """Returns the episodes of a series, or of one season of it, that follow a place."""
    chosen = select(_episodes).where(*_of(title_id, season_number)).order_by(*_ORDER).limit(limit)
    if after:
        place = (*map(literal, after[:2]), literal(after.episode_id, _episodes.c.episode_id.type))
        chosen = chosen.where(tuple_(*_ORDER) > tuple_(*place))
    return (await session.execute(chosen)).all()


async def count(session: db.Session, title_id: str, season_number: int | None) -> int:
    """Returns the number of episodes of a series, or of one season of it."""
    return (await session.execute(select(func.count()).where(*_of(title_id, season_number)))).scalar_one()


async def counts(session: db.Session, title_ids: Sequence[str]) -> dict[str, int]:
    """Returns the number of episodes of several series, by the series; those without episodes are left out."""
    column = _episodes.c.title_id
    counted = select(column, func.count().label("episode_count")).where(column.in_(title_ids)).group_by(column)
    return {row.title_id: row.episode_count for row in await session.execute(counted)}


async def by_title(session: db.Session, title_ids: Sequence[str]) -> dict[str, list[tables.Row]]:
    """Returns the episodes of several series in their order, by the series."""
    chosen = select(_episodes).where(_episodes.c.title_id.in_(title_ids)).order_by(*_ORDER)
    found: dict[str, list[tables.Row]] = {}
    for row in await session.execute(chosen):
        found.setdefault(row.title_id, []).append(row)
    return found


async def ids_by_title(session: db.Session, title_ids: Sequence[str]) -> dict[str, list[str]]:
    """Returns the ids of the episodes of several series in their order, by the series."""
    ordered = func.array_agg(postgresql.aggregate_order_by(_episodes.c.episode_id, *_ORDER)).label("episode_ids")
    chosen = (
        select(_episodes.c.title_id, ordered).where(_episodes.c.title_id.in_(title_ids)).group_by(_episodes.c.title_id)
    )
    return {row.title_id: row.episode_ids for row in await session.execute(chosen)}


async def resolve(session: db.Session, episode_ids: Sequence[str]) -> Sequence[tables.Row]:
    """Returns the ids of several episodes and of their series."""
    chosen = select(_episodes.c.episode_id, _episodes.c.title_id).where(_episodes.c.episode_id.in_(episode_ids))
    return (await session.execute(chosen)).all()


def _of(title_id: str, season_number: int | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [_episodes.c.title_id == title_id]
    if season_number is not None:
        conditions.append(_episodes.c.season_number == season_number)
    return conditions
