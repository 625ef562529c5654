"""SQL of tastes and of interactions."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Date, Double, case, cast, func, literal, select
from sqlalchemy.dialects import postgresql

from services.kit import db
from services.recommendation import tables
from services.recommendation.domain import popularity

_tastes, _interactions, _popularity = tables.tastes, tables.interactions, tables.popularity
#: The columns of the interest, in the order of the half-lives.
_INTEREST = [_popularity.c[f"interest_{name}"] for name in popularity.HALF_LIVES]
#: PostgreSQL takes a product that is too small for a number for an error. Interest below this is none; a decay is never
#: stronger than by this power of two.
_LEAST_INTEREST, _LEAST_EXPONENT = 1e-100, -600.0


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
    """Returns which signals of a profile rest."""
    row = (await session.execute(select(_tastes).where(_tastes.c.profile_id == profile_id))).first()
    return Rest() if row is None else Rest(row.revision, frozenset(row.paused))


async def set_paused(session: db.WriteSession, profile_id: str, signal_id: str, *, paused: bool) -> int:
    """Lets a signal rest, or no more; returns the revision with this in it."""
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
    await _count(session, [(row.title_id, popularity.change(row.weight, row.time, -1)) for row in deleted])


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
        [
            *((row.title_id, popularity.change(row.weight, row.time, -1)) for row in replaced),
            *((each.title_id, popularity.change(each.weight, each.time)) for each in written),
        ],
    )


async def latest_day(session: db.Session) -> date | None:
    """Returns the day of the latest interaction; None if there is none."""
    latest: date | None = await session.scalar(select(func.max(_popularity.c.day)))
    return latest


async def interest(session: db.Session, at: date) -> list[tuple[str, int, tuple[float, ...]]]:
    """Returns for each title how many profiles took an interest in it, and how much by each half-life.

    Args:
        session: of any transaction.
        at: interest is decayed until the beginning of this day, which no interaction comes after.
    """
    sums = [
        func.greatest(_decayed(column, _popularity.c.day - literal(at), half_life), 0.0)
        for column, half_life in zip(_INTEREST, popularity.HALF_LIVES.values(), strict=True)
    ]
    query = select(_popularity.c.title_id, _popularity.c.count, *sums).order_by(_popularity.c.title_id)
    return [(row[0], row[1], tuple(row[2:])) for row in await session.execute(query)]


async def interactions(session: db.Session) -> list[tuple[str, str, datetime]]:
    """Returns all interactions: who, what, when."""
    rows = await session.execute(
        select(_interactions.c.profile_id, _interactions.c.title_id, _interactions.c.time).order_by(
            _interactions.c.time, _interactions.c.profile_id, _interactions.c.title_id
        )
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def _lock(session: db.WriteSession, profile_id: str) -> None:
    """Lets one transaction at a time write interactions of a profile: what it replaces must not change under it."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(profile_id, 0))))


async def _count(session: db.WriteSession, changes: Iterable[tuple[str, popularity.Change]]) -> None:
    """Adds changes to the popularity of titles."""
    of_titles: dict[str, list[popularity.Change]] = {}
    for title_id, change in changes:
        of_titles.setdefault(title_id, []).append(change)
    if not of_titles:
        return
    # In one order, so that two transactions never wait for each other in a circle.
    sums = {title_id: popularity.combined(some) for title_id, some in sorted(of_titles.items())}
    insert = postgresql.insert(_popularity)
    day = func.greatest(_popularity.c.day, insert.excluded.day, type_=Date)
    values = {
        column.name: _decayed(column, _popularity.c.day - day, half_life)
        + _decayed(insert.excluded[column.name], insert.excluded.day - day, half_life)
        for column, half_life in zip(_INTEREST, popularity.HALF_LIVES.values(), strict=True)
    }
    count = _popularity.c.count + insert.excluded.count
    await session.execute(
        insert.on_conflict_do_update(index_elements=["title_id"], set_={"day": day, "count": count, **values}),
        [
            {
                "title_id": title_id,
                "day": each.day,
                "count": each.count,
                **dict(zip(values, each.interest, strict=True)),
            }
            for title_id, each in sums.items()
        ],
    )
    fewer = [title_id for title_id, each in sums.items() if each.count < 0]
    if fewer:
        await session.execute(_popularity.delete().where(_popularity.c.count == 0, _popularity.c.title_id.in_(fewer)))


def _decayed(interest: ColumnElement[float], days: ColumnElement[int], half_life: float) -> ColumnElement[float]:
    """Returns interest that decays for so many days, which are negative."""
    factor = func.power(cast(2.0, Double), func.greatest(days / half_life, _LEAST_EXPONENT))
    return case((func.abs(interest) > _LEAST_INTEREST, interest * factor), else_=0.0)
