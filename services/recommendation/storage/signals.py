"""SQL of tastes and of interactions."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Double, cast, extract, func, literal, select
from sqlalchemy.dialects import postgresql

from services.kit import db
from services.recommendation import tables

_tastes, _interactions = tables.tastes, tables.interactions
#: Nothing decays further than that: PostgreSQL takes a smaller power for an error.
_LEAST_EXPONENT = -900.0


@dataclass(frozen=True, slots=True)
class Rest:
    """The signals of a profile that rest."""

    revision: int = 0
    paused: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Interaction:
    """Somebody's interest in a title."""

    profile_id: str
    title_id: str
    weight: float
    time: datetime
    revision: int


async def rest(session: db.Session, profile_id: str) -> Rest:
    """Answers which signals of a profile rest."""
    row = (await session.execute(select(_tastes).where(_tastes.c.profile_id == profile_id))).first()
    return Rest() if row is None else Rest(row.revision, frozenset(row.paused))


async def set_paused(session: db.WriteSession, profile_id: str, signal_id: str, *, paused: bool) -> int:
    """Lets a signal rest, or no more; answers the revision with this in it."""
    without = func.array_remove(_tastes.c.paused, signal_id)
    changed = func.array_append(without, signal_id) if paused else without
    insert = postgresql.insert(_tastes).values(profile_id=profile_id, revision=1, paused=[signal_id] if paused else [])
    revision: int = (
        await session.execute(
            insert.on_conflict_do_update(
                index_elements=["profile_id"], set_={"revision": _tastes.c.revision + 1, "paused": changed}
            ).returning(_tastes.c.revision)
        )
    ).scalar_one()
    return revision


async def forget_profile(session: db.WriteSession, profile_id: str) -> None:
    """Deletes what is kept of a profile that is gone."""
    for table in (_tastes, _interactions):
        await session.execute(table.delete().where(table.c.profile_id == profile_id))


async def put(session: db.WriteSession, some: Sequence[Interaction]) -> None:
    """Writes interactions down, unless something newer is known."""
    insert = postgresql.insert(_interactions)
    new = insert.excluded
    await session.execute(
        insert.on_conflict_do_update(
            index_elements=["profile_id", "title_id"],
            set_={"weight": new.weight, "time": new.time, "revision": new.revision},
            where=_interactions.c.revision < new.revision,
        ),
        [asdict(each) for each in some],
    )


async def take_back(session: db.WriteSession, profile_id: str, title_ids: Collection[str], revision: int) -> None:
    """Deletes interactions that are none any more."""
    await session.execute(
        _interactions.delete().where(
            _interactions.c.profile_id == profile_id,
            _interactions.c.title_id.in_(title_ids),
            _interactions.c.revision < revision,
        )
    )


async def latest_time(session: db.Session) -> datetime | None:
    """Answers when the latest interaction was; None if there is none."""
    latest: datetime | None = await session.scalar(select(func.max(_interactions.c.time)))
    return latest


async def interest(
    session: db.Session, at: datetime, half_lives: Mapping[str, float]
) -> list[tuple[str, int, tuple[float, ...]]]:
    """Answers for each title how many took an interest in it, and how much with each decay, in days, at a time."""
    age = cast(extract("epoch", literal(at) - _interactions.c.time), Double) / 86_400.0
    sums: list[Any] = [
        func.sum(_interactions.c.weight * func.power(cast(2.0, Double), func.greatest(-age / days, _LEAST_EXPONENT)))
        for days in half_lives.values()
    ]
    rows = await session.execute(
        select(_interactions.c.title_id, func.count(), *sums)
        .where(_interactions.c.time <= at)
        .group_by(_interactions.c.title_id)
        .order_by(_interactions.c.title_id)
    )
    return [(row[0], row[1], tuple(float(value) for value in row[2:])) for row in rows]


async def interactions(session: db.Session) -> list[tuple[str, str, datetime]]:
    """Answers all interactions: who, what, when."""
    rows = await session.execute(
        select(_interactions.c.profile_id, _interactions.c.title_id, _interactions.c.time).order_by(
            _interactions.c.time, _interactions.c.profile_id, _interactions.c.title_id
        )
    )
    return [(row[0], row[1], row[2]) for row in rows]
