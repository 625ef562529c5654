"""SQL of tastes and of interactions."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import Double, cast, func, literal, select, tuple_
from sqlalchemy.dialects import postgresql

from services.kit import db
from services.recommendation import tables
from services.recommendation.domain import popularity

_tastes, _interactions, _days = tables.tastes, tables.interactions, tables.popularity_days
#: The columns of the interest, in the order of the half-lives.
_INTEREST = [_days.c[f"interest_{name}"] for name in popularity.HALF_LIVES]
#: Nothing decays further than that: PostgreSQL takes a smaller power for an error.
_LEAST_EXPONENT = -900.0


@dataclass(frozen=True, slots=True)
class Rest:
    """The signals of a profile that rest."""

    revision: int = 0
    paused: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Interaction:
    """The interest of a profile in a title."""

    title_id: str
    weight: float
    time: datetime


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
    """Deletes the taste and the interactions of a deleted profile, and takes them out of the popularity."""
    await session.execute(_tastes.delete().where(_tastes.c.profile_id == profile_id))
    await _lock(session, profile_id)
    deleted = await session.execute(
        _interactions.delete()
        .where(_interactions.c.profile_id == profile_id)
        .returning(_interactions.c.title_id, _interactions.c.weight, _interactions.c.time)
    )
    await _count(session, removed=[popularity.share(*row) for row in deleted], added=[])


async def write(
    session: db.WriteSession, profile_id: str, revision: int, some: Sequence[Interaction], none: Collection[str]
) -> None:
    """Writes interactions of a profile, and counts them in the popularity; what a newer revision wrote is kept.

    Args:
        session: of a transaction.
        profile_id: the profile.
        revision: viewing's number of the write.
        some: the interactions as they are now.
        none: the titles in which the profile takes no interest any more.
    """
    await _lock(session, profile_id)
    title_ids = [*(each.title_id for each in some), *none]
    rows = await session.execute(
        select(_interactions).where(_interactions.c.profile_id == profile_id, _interactions.c.title_id.in_(title_ids))
    )
    known = {row.title_id: row for row in rows}
    newer = {title_id for title_id, row in known.items() if row.revision >= revision}
    written = [each for each in some if each.title_id not in newer]
    deleted = [title_id for title_id in none if title_id in known and title_id not in newer]
    if written:
        insert = postgresql.insert(_interactions)
        values = {name: insert.excluded[name] for name in ("weight", "time", "revision")}
        await session.execute(
            insert.on_conflict_do_update(index_elements=["profile_id", "title_id"], set_=values),
            [{"profile_id": profile_id, "revision": revision, **asdict(each)} for each in written],
        )
    if deleted:
        await session.execute(
            _interactions.delete().where(
                _interactions.c.profile_id == profile_id, _interactions.c.title_id.in_(deleted)
            )
        )
    replaced = [known[title_id] for title_id in (*(each.title_id for each in written), *deleted) if title_id in known]
    await _count(
        session,
        removed=[popularity.share(row.title_id, row.weight, row.time) for row in replaced],
        added=[popularity.share(each.title_id, each.weight, each.time) for each in written],
    )


async def latest_day(session: db.Session) -> date | None:
    """Returns the day of the latest interaction; None if there is none."""
    latest: date | None = await session.scalar(select(func.max(_days.c.day)))
    return latest


async def interest(session: db.Session, at: date) -> list[tuple[str, int, tuple[float, ...]]]:
    """Returns for each title how many profiles took an interest in it, and how much by each half-life.

    Args:
        session: of any transaction.
        at: interest is decayed until the beginning of this day; within the day it is more than it was at its time.
    """
    age = _days.c.day - literal(at)
    # One power for each day, not for each title of each day.
    factors = (
        select(
            _days.c.day,
            *(
                func.power(cast(2.0, Double), func.greatest(age / half_life, _LEAST_EXPONENT)).label(column.name)
                for column, half_life in zip(_INTEREST, popularity.HALF_LIVES.values(), strict=True)
            ),
        )
        .distinct()
        .cte("factors")
    )
    sums = [func.sum(column * factors.c[column.name]) / popularity.STEPS for column in _INTEREST]
    rows = await session.execute(
        select(_days.c.title_id, func.sum(_days.c.count), *sums)
        .join(factors, factors.c.day == _days.c.day)
        .group_by(_days.c.title_id)
        .order_by(_days.c.title_id)
    )
    return [(row[0], int(row[1]), tuple(float(value) for value in row[2:])) for row in rows]


async def interactions(session: db.Session) -> list[tuple[str, str, datetime]]:
    """Answers all interactions: who, what, when."""
    rows = await session.execute(
        select(_interactions.c.profile_id, _interactions.c.title_id, _interactions.c.time).order_by(
            _interactions.c.time, _interactions.c.profile_id, _interactions.c.title_id
        )
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def _lock(session: db.WriteSession, profile_id: str) -> None:
    """Lets one transaction at a time write interactions of a profile: what it replaces must not change under it."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(profile_id, 0))))


async def _count(
    session: db.WriteSession, *, removed: Iterable[popularity.Share], added: Iterable[popularity.Share]
) -> None:
    """Takes interactions out of the counts of their days, and adds others."""
    changes = popularity.changes(removed, added)
    if not changes:
        return
    insert = postgresql.insert(_days)
    names = ["count", *(column.name for column in _INTEREST)]
    await session.execute(
        insert.on_conflict_do_update(
            index_elements=["day", "title_id"], set_={name: _days.c[name] + insert.excluded[name] for name in names}
        ),
        # In one order, so that two transactions never wait for each other in a circle.
        [
            {"day": day, "title_id": title_id, **dict(zip(names, values, strict=True))}
            for (day, title_id), values in sorted(changes.items())
        ],
    )
    keys = tuple_(_days.c.day, _days.c.title_id).in_(list(changes))
    await session.execute(_days.delete().where(_days.c.count == 0, keys))
