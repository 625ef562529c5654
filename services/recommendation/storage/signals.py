"""SQL of paused signals, interactions and popularity."""

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
#: PostgreSQL raises an error when a product underflows, so smaller interest counts as none, and the exponent of a decay
#: is bounded.
_MIN_INTEREST, _MIN_EXPONENT = 1e-100, -600.0


@dataclass(frozen=True, slots=True)
class PausedSignals:
    """The paused signals of a profile."""

    revision: int = 0
    signal_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Interaction:
    """The interest of a profile in a title."""

    title_id: str
    weight: float
    time: datetime


async def get_paused(session: db.Session, profile_id: str) -> PausedSignals:
    """Returns the paused signals of a profile."""
    row = (await session.execute(select(_tastes).where(_tastes.c.profile_id == profile_id))).first()
    return PausedSignals() if row is None else PausedSignals(row.revision, frozenset(row.paused))


async def set_paused(session: db.WriteSession, profile_id: str, signal_id: str, *, paused: bool) -> int:
    """Pauses or resumes a signal; returns the revision of the write."""
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
    """Deletes the paused signals and interactions of a deleted profile, and subtracts these from the popularity."""
    await session.execute(_tastes.delete().where(_tastes.c.profile_id == profile_id))
    await _lock(session, profile_id)
    deleted = await session.execute(
        _interactions.delete()
        .where(_interactions.c.profile_id == profile_id)
        .returning(_interactions.c.title_id, _interactions.c.weight, _interactions.c.time)
    )
    await _count(session, [(row.title_id, popularity.change(row.weight, row.time, -1)) for row in deleted])


async def write(
    session: db.WriteSession,
    profile_id: str,
    revision: int,
    interactions: Sequence[Interaction],
    removed: Collection[str],
) -> None:
    """Stores interactions of a profile, and adds them to the popularity. Those of a newer revision stay.

    Args:
        session: of a transaction.
        profile_id: the profile.
        revision: the revision of the write in viewing.
        interactions: the interactions as they are now.
        removed: the titles in which the profile takes no interest any more.
    """
    await _lock(session, profile_id)
    title_ids = [*(each.title_id for each in interactions), *removed]
    rows = await session.execute(
        select(_interactions).where(_interactions.c.profile_id == profile_id, _interactions.c.title_id.in_(title_ids))
    )
    stored = {row.title_id: row for row in rows}
    newer = {title_id for title_id, row in stored.items() if row.revision >= revision}
    written = [each for each in interactions if each.title_id not in newer]
    deleted = [title_id for title_id in removed if title_id in stored and title_id not in newer]
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
    replaced = [stored[title_id] for title_id in (*(each.title_id for each in written), *deleted) if title_id in stored]
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
    """Returns for each title how many profiles took an interest in it, and the interest by each half-life.

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


async def list_interactions(session: db.Session) -> list[tuple[str, str, datetime]]:
    """Returns the profile, the title and the time of all interactions."""
    rows = await session.execute(
        select(_interactions.c.profile_id, _interactions.c.title_id, _interactions.c.time).order_by(
            _interactions.c.time, _interactions.c.profile_id, _interactions.c.title_id
        )
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def _lock(session: db.WriteSession, profile_id: str) -> None:
    """Serializes the transactions that store interactions of a profile, which replace rows that they have read."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(profile_id, 0))))


async def _count(session: db.WriteSession, changes: Iterable[tuple[str, popularity.Change]]) -> None:
    """Adds changes to the popularity of titles."""
    by_title: dict[str, list[popularity.Change]] = {}
    for title_id, change in changes:
        by_title.setdefault(title_id, []).append(change)
    if not by_title:
        return
    # Sorted, so that two transactions do not deadlock.
    sums = {title_id: popularity.combine(of_title) for title_id, of_title in sorted(by_title.items())}
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
    reduced = [title_id for title_id, each in sums.items() if each.count < 0]
    if reduced:
        await session.execute(_popularity.delete().where(_popularity.c.count == 0, _popularity.c.title_id.in_(reduced)))


def _decayed(interest: ColumnElement[float], days: ColumnElement[int], half_life: float) -> ColumnElement[float]:
    """Returns interest after its decay of so many days, which are given as a negative number."""
    factor = func.power(cast(2.0, Double), func.greatest(days / half_life, _MIN_EXPONENT))
    return case((func.abs(interest) > _MIN_INTEREST, interest * factor), else_=0.0)
