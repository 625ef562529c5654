"""SQL of collaborative models."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, exists, select, update
from sqlalchemy.dialects import postgresql

from services.kit import db, ids
from services.recommendation import tables

_models, _decisions = tables.models, tables.decisions
_COLUMNS = [column for column in _models.c if column.name != "content"]


@dataclass(frozen=True, slots=True)
class Model:
    """A model, without its content."""

    model_id: str
    #: queued, running, ready or failed.
    state: str
    profile_count: int
    title_count: int
    interaction_count: int
    start_time: datetime
    end_time: datetime | None
    failure_message: str


async def open_model(session: db.WriteSession, at: datetime) -> tuple[Model, bool]:
    """Returns the model that is being trained, and whether this call added it."""
    values = {
        "model_id": ids.new(),
        "state": "queued",
        "profile_count": 0,
        "title_count": 0,
        "interaction_count": 0,
        "start_time": at,
        "failure_message": "",
    }
    inserted = await session.execute(
        postgresql.insert(_models).values(values).on_conflict_do_nothing().returning(_models.c.model_id)
    )
    is_new = inserted.first() is not None
    row = (await session.execute(select(*_COLUMNS).where(_models.c.end_time.is_(None)))).one()
    return _model(row), is_new


async def get(session: db.Session, model_id: str) -> Model | None:
    """Returns a model; None if there is none."""
    row = (await session.execute(select(*_COLUMNS).where(_models.c.model_id == model_id))).first()
    return None if row is None else _model(row)


async def run(session: db.WriteSession, model_id: str) -> bool:
    """Marks a model as running; returns False if its training has ended."""
    updated = await session.execute(
        update(_models)
        .where(_models.c.model_id == model_id, _models.c.end_time.is_(None))
        .values(state="running")
        .returning(_models.c.model_id)
    )
    return updated.first() is not None


async def finish(session: db.WriteSession, model_id: str, at: datetime, **values: Any) -> None:
    """Stores the result of a training."""
    await session.execute(
        update(_models)
        .where(_models.c.model_id == model_id, _models.c.end_time.is_(None))
        .values(end_time=at, **values)
    )


async def newest_ready(session: db.Session) -> str | None:
    """Returns the id of the newest model that is ready; None without one."""
    return await session.scalar(
        select(_models.c.model_id).where(_models.c.state == "ready").order_by(_models.c.model_id.desc()).limit(1)
    )


async def newest(session: db.Session) -> Model | None:
    """Returns the newest model; None without one."""
    row = (await session.execute(select(*_COLUMNS).order_by(_models.c.model_id.desc()).limit(1))).first()
    return None if row is None else _model(row)


async def content(session: db.Session, model_id: str) -> bytes | None:
    """Returns the encoded neighbors of a model; None if they are not kept."""
    return await session.scalar(select(_models.c.content).where(_models.c.model_id == model_id))


async def kept_models(session: db.Session, model_ids: Collection[str]) -> frozenset[str]:
    """Returns those of some models whose content is kept."""
    kept = await session.scalars(
        select(_models.c.model_id).where(_models.c.model_id.in_(model_ids), _models.c.content.is_not(None))
    )
    return frozenset(kept)


async def page(session: db.Session, before: str | None, *, limit: int) -> list[Model]:
    """Returns models, the latest first."""
    query = select(*_COLUMNS).order_by(_models.c.model_id.desc()).limit(limit)
    if before is not None:
        query = query.where(_models.c.model_id < before)
    return [_model(row) for row in await session.execute(query)]


async def prune(session: db.WriteSession, before: datetime) -> int:
    """Deletes models that ended before a time, except the one in use and those of decisions; returns how many."""
    in_use = await newest_ready(session)
    has_decision = exists().where(_decisions.c.model_id == _models.c.model_id)
    deleted = await session.execute(
        _models.delete()
        .where(_models.c.end_time < before, _models.c.model_id.is_distinct_from(in_use), ~has_decision)
        .returning(_models.c.model_id)
    )
    return len(deleted.all())


def _model(row: Row[Any]) -> Model:
    return Model(**row._mapping)
