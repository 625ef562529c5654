"""SQL of the vectors of titles."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import LargeBinary, Select, func, select, type_coerce, update
from sqlalchemy.dialects import postgresql

from services.kit import db
from services.recommendation import tables
from services.recommendation.domain.vectors import Vector

_vectors = tables.title_vectors
#: pgvector sends the dimension and an unused field before the numbers.
_HEADER_BYTES = 4
_COLUMNS = (
    _vectors.c.version,
    _vectors.c.title_id,
    _vectors.c.model_version,
    # In binary: as text, every number would be printed and parsed.
    type_coerce(func.vector_send(_vectors.c.vector), LargeBinary).label("sent"),
)


@dataclass(frozen=True, slots=True)
class Written:
    """A version of a title's vector."""

    version: int
    title_id: str
    model_version: str
    #: None where the title has no vector any more.
    vector: Vector | None


@dataclass(frozen=True, slots=True)
class NewVector:
    """A vector to store; None removes the vector of the title."""

    title_id: str
    text_hash: bytes
    vector: Vector | None


async def after(session: db.Session, version: int, *, limit: int) -> list[Written]:
    """Returns the newest vectors of titles that were stored after a version, in their order."""
    return await _read(
        session,
        select(*_COLUMNS)
        .where(_vectors.c.current, _vectors.c.version > version)
        .order_by(_vectors.c.version)
        .limit(limit),
    )


async def versions_at(session: db.Session, version: int) -> list[Written]:
    """Returns the vectors of titles as they were at a version."""
    return await _read(
        session,
        select(*_COLUMNS)
        .where(_vectors.c.version <= version)
        .ext(postgresql.distinct_on(_vectors.c.title_id))
        .order_by(_vectors.c.title_id, _vectors.c.version.desc()),
    )


async def superseded_time(session: db.Session, version: int) -> datetime | None:
    """Returns when a version was followed by another, as far as that is still stored; None if it was not."""
    return (
        await session.scalars(
            select(_vectors.c.write_time).where(_vectors.c.version > version).order_by(_vectors.c.version).limit(1)
        )
    ).first()


async def latest_version(session: db.Session) -> int:
    """Returns the newest version of any vector; zero without one."""
    return (await session.scalars(select(func.max(_vectors.c.version)))).one() or 0


async def write(session: db.WriteSession, new: Sequence[NewVector], model_version: str, at: datetime) -> None:
    """Stores vectors as new versions. The caller has called `titles.take_turn`."""
    numbers = select(tables.versions.next_value()).select_from(func.generate_series(1, len(new)).alias("counted"))
    versions = sorted((await session.scalars(numbers)).all())
    await _supersede(session, [each.title_id for each in new])
    await session.execute(
        _vectors.insert(),
        [
            {
                "version": version,
                "title_id": each.title_id,
                "text_hash": each.text_hash,
                "model_version": model_version,
                "vector": each.vector,
                "write_time": at,
                "current": True,
            }
            for version, each in zip(versions, new, strict=True)
        ],
    )


async def prune(session: db.WriteSession, before: datetime) -> int:
    """Deletes vectors that were superseded before a time; returns how many."""
    newer = _vectors.alias()
    deleted = await session.execute(
        _vectors.delete()
        .where(
            ~_vectors.c.current,
            select(newer.c.version)
            .where(
                newer.c.title_id == _vectors.c.title_id,
                newer.c.version > _vectors.c.version,
                newer.c.write_time < before,
            )
            .exists(),
        )
        .returning(_vectors.c.version)
    )
    return len(deleted.all())


async def _supersede(session: db.WriteSession, title_ids: Collection[str]) -> None:
    await session.execute(
        update(_vectors).where(_vectors.c.current, _vectors.c.title_id.in_(title_ids)).values(current=False)
    )


async def _read(session: db.Session, query: Select[Any]) -> list[Written]:
    rows = await session.execute(query)
    return [Written(row.version, row.title_id, row.model_version, _numbers(row.sent)) for row in rows]


def _numbers(sent: bytes | None) -> Vector | None:
    return None if sent is None else np.frombuffer(sent, dtype=">f4", offset=_HEADER_BYTES).astype(np.float32)
