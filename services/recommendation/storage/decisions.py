"""SQL of decisions and of what they were made from."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, exists, func, select
from sqlalchemy.dialects import postgresql

from services.kit import db
from services.recommendation import tables

_decisions, _inputs = tables.decisions, tables.inputs
#: An input that is used again is not written again for every hour that it is to be kept longer.
_SLACK = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, and from what. Contents are named by their digests."""

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
        """The inputs that are kept as contents, by their names."""
        return (
            ("signals", self.signals),
            ("preferences", self.preferences),
            ("popularity", self.popularity),
            ("weights", self.weights),
        )


async def write(session: db.WriteSession, some: Sequence[Decision], contents: Mapping[bytes, bytes]) -> None:
    """Writes decisions down with the contents that they name, each of which is written once."""
    until = max(each.expire_time for each in some)
    insert = postgresql.insert(_inputs)
    await session.execute(
        insert.on_conflict_do_update(
            index_elements=["digest"],
            set_={"keep_until_time": insert.excluded.keep_until_time + _SLACK},
            where=_inputs.c.keep_until_time < insert.excluded.keep_until_time,
        ),
        [
            {"digest": digest, "content": content, "keep_until_time": until}
            # In one order, so that two replicas with the same contents never wait for each other in a circle.
            for digest, content in sorted(contents.items())
        ],
    )
    rows = [{**asdict(each), "degradations": list(each.degradations)} for each in some]
    await session.execute(postgresql.insert(_decisions).on_conflict_do_nothing(), rows)


async def get(session: db.Session, decision_id: str, at: datetime) -> Decision | None:
    """Returns a decision; None if there is none, or if it is not kept any more."""
    found = (
        await session.execute(
            select(_decisions).where(_decisions.c.decision_id == decision_id, _decisions.c.expire_time > at)
        )
    ).first()
    return None if found is None else _decision(found)


async def page(
    session: db.Session, profile_id: str | None, before: str | None, at: datetime, *, limit: int
) -> list[Decision]:
    """Returns decisions, the latest first: of a profile, or of anybody if it is None."""
    query = select(_decisions).where(_decisions.c.expire_time > at)
    if profile_id is not None:
        query = query.where(_decisions.c.profile_id == profile_id)
    if before is not None:
        query = query.where(_decisions.c.decision_id < before)
    rows = await session.execute(query.order_by(_decisions.c.decision_id.desc()).limit(limit))
    return [_decision(row) for row in rows]


async def contents(session: db.Session, digests: Collection[bytes]) -> dict[bytes, bytes]:
    """Returns the contents that are kept, by their digests."""
    rows = await session.execute(select(_inputs.c.digest, _inputs.c.content).where(_inputs.c.digest.in_(digests)))
    return {row.digest: row.content for row in rows}


async def kept(session: db.Session, digests: Collection[bytes]) -> frozenset[bytes]:
    """Returns which contents are kept."""
    return frozenset(await session.scalars(select(_inputs.c.digest).where(_inputs.c.digest.in_(digests))))


async def prune(session: db.WriteSession, at: datetime) -> int:
    """Deletes decisions that are kept no longer, and what only they were made from; returns how many."""
    gone = await session.execute(
        _decisions.delete().where(_decisions.c.expire_time <= at).returning(_decisions.c.decision_id)
    )
    await session.execute(_inputs.delete().where(_inputs.c.keep_until_time <= at))
    return len(gone.all())


async def forget_profile(session: db.WriteSession, profile_id: str) -> None:
    """Deletes the decisions of a profile that is gone, and of their inputs what tells of it alone.

    What is popular and how parts are weighed tells of nobody, and goes when its time has come.
    """
    rows = await session.execute(
        _decisions.delete()
        .where(_decisions.c.profile_id == profile_id)
        .returning(_decisions.c.signals, _decisions.c.preferences)
    )
    gone = rows.all()
    for column in (_decisions.c.signals, _decisions.c.preferences):
        digests = {getattr(row, column.name) for row in gone}
        # Who writes a decision holds its inputs, so after this wait all decisions that name them can be seen.
        held = select(_inputs.c.digest).where(_inputs.c.digest.in_(digests)).order_by(_inputs.c.digest)
        await session.execute(held.with_for_update())
        others = exists().where(column == _inputs.c.digest)
        await session.execute(_inputs.delete().where(_inputs.c.digest.in_(digests), ~others))


async def size(session: db.Session) -> tuple[int, int]:
    """Returns how many decisions are kept, and how many bytes they and their inputs take."""
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
