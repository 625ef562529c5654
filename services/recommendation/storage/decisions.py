"""SQL of decisions and their inputs."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, exists, func, select
from sqlalchemy.dialects import postgresql

from services.kit import db
from services.recommendation import tables

_decisions, _inputs = tables.decisions, tables.inputs
#: An input that is used again is kept so much longer than needed, so that it is not updated for every decision.
_SLACK = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision and the versions of its inputs. Contents are referred to by their digests."""

    decision_id: str
    profile_id: str | None
    decide_time: datetime
    expire_time: datetime
    language: str
    maturity_ceiling: int
    country_code: str
    signals: bytes
    preferences: bytes
    popularity: bytes
    weights: bytes
    epoch: int
    vectors_version: int
    embedder: str
    model_id: str | None
    rules: bytes
    degradations: tuple[int, ...]
    digest: bytes

    @property
    def contents(self) -> tuple[tuple[str, bytes], ...]:
        """The digests of the inputs that are stored as contents, by name."""
        return (
            ("signals", self.signals),
            ("preferences", self.preferences),
            ("popularity", self.popularity),
            ("weights", self.weights),
        )


async def write(session: db.WriteSession, decisions: Sequence[Decision], contents: Mapping[bytes, bytes]) -> None:
    """Inserts decisions, and those of their contents that are not stored yet."""
    until = max(each.expire_time for each in decisions)
    insert = postgresql.insert(_inputs)
    await session.execute(
        insert.on_conflict_do_update(
            index_elements=["digest"],
            set_={"keep_until_time": insert.excluded.keep_until_time + _SLACK},
            where=_inputs.c.keep_until_time < insert.excluded.keep_until_time,
        ),
        [
            {"digest": digest, "content": content, "keep_until_time": until}
            # Sorted, so that two replicas with the same contents do not deadlock.
            for digest, content in sorted(contents.items())
        ],
    )
    rows = [{**asdict(each), "degradations": list(each.degradations)} for each in decisions]
    await session.execute(postgresql.insert(_decisions).on_conflict_do_nothing(), rows)


async def get(session: db.Session, decision_id: str, at: datetime) -> Decision | None:
    """Returns a decision; None if there is none, or if it has expired."""
    row = (
        await session.execute(
            select(_decisions).where(_decisions.c.decision_id == decision_id, _decisions.c.expire_time > at)
        )
    ).first()
    return None if row is None else _decision(row)


async def page(
    session: db.Session, profile_id: str | None, before: str | None, at: datetime, *, limit: int
) -> list[Decision]:
    """Returns decisions, the latest first: those of a profile, or all if it is None."""
    query = select(_decisions).where(_decisions.c.expire_time > at)
    if profile_id is not None:
        query = query.where(_decisions.c.profile_id == profile_id)
    if before is not None:
        query = query.where(_decisions.c.decision_id < before)
    rows = await session.execute(query.order_by(_decisions.c.decision_id.desc()).limit(limit))
    return [_decision(row) for row in rows]


async def contents(session: db.Session, digests: Collection[bytes]) -> dict[bytes, bytes]:
    """Returns the contents that are kept, by digest."""
    rows = await session.execute(select(_inputs.c.digest, _inputs.c.content).where(_inputs.c.digest.in_(digests)))
    return {row.digest: row.content for row in rows}


async def kept_digests(session: db.Session, digests: Collection[bytes]) -> frozenset[bytes]:
    """Returns the digests of the contents that are kept."""
    return frozenset(await session.scalars(select(_inputs.c.digest).where(_inputs.c.digest.in_(digests))))


async def prune(session: db.WriteSession, at: datetime) -> int:
    """Deletes expired decisions and contents; returns the number of decisions."""
    deleted = await session.execute(
        _decisions.delete().where(_decisions.c.expire_time <= at).returning(_decisions.c.decision_id)
    )
    await session.execute(_inputs.delete().where(_inputs.c.keep_until_time <= at))
    return len(deleted.all())


async def forget_profile(session: db.WriteSession, profile_id: str) -> None:
    """Deletes the decisions of a deleted profile, and its signals and preferences unless other decisions have them.

    Popularity and weights belong to no profile, and are deleted when they expire.
    """
    rows = await session.execute(
        _decisions.delete()
        .where(_decisions.c.profile_id == profile_id)
        .returning(_decisions.c.signals, _decisions.c.preferences)
    )
    deleted = rows.all()
    for column in (_decisions.c.signals, _decisions.c.preferences):
        digests = {getattr(row, column.name) for row in deleted}
        # A transaction that inserts a decision locks its inputs, so all decisions with them are visible after this.
        locked = select(_inputs.c.digest).where(_inputs.c.digest.in_(digests)).order_by(_inputs.c.digest)
        await session.execute(locked.with_for_update())
        others = exists().where(column == _inputs.c.digest)
        await session.execute(_inputs.delete().where(_inputs.c.digest.in_(digests), ~others))


async def size(session: db.Session) -> tuple[int, int]:
    """Returns the number of decisions, and the bytes of their tables."""
    counted = (
        await session.execute(
            select(
                select(func.count()).select_from(_decisions).scalar_subquery(),
                func.pg_total_relation_size("decision") + func.pg_total_relation_size("input"),
            )
        )
    ).one()
    return counted[0], counted[1]


def _decision(row: Row[Any]) -> Decision:
    values = dict(row._mapping)
    return Decision(**{**values, "degradations": tuple(values["degradations"])})
