"""Stores generated values, the decisions of editors about them, and the queue of titles."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, literal, select, text
from sqlalchemy.dialects import postgresql

from services.catalog import tables
from services.catalog.domain import enrichment, terms
from services.kit import db, localization

_titles, _documents, _enrichment, _queue = tables.titles, tables.documents, tables.enrichment, tables.queue

_TAGLINE = _documents.c.document["texts"][localization.DEFAULT_LANGUAGE]["tagline"].astext


async def enqueue(session: db.WriteSession, title_ids: Sequence[str], *, again: bool) -> int:
    """Adds titles to the queue, all if none is named; returns how many were added."""
    chosen = select(_titles.c.title_id, literal(again)).where(~_titles.c.deleted)
    if title_ids:
        chosen = chosen.where(_titles.c.title_id.in_(title_ids))
    put = postgresql.insert(_queue).from_select(["title_id", "again"], chosen)
    put = put.on_conflict_do_update(
        index_elements=[_queue.c.title_id],
        # A new position, so that a worker that has already read the title does not remove it.
        set_={
            "position": func.nextval(func.pg_get_serial_sequence(_queue.name, "position")),
            "again": _queue.c.again | put.excluded.again,
        },
    )
    return (await session.execute(put)).rowcount


async def next_queued(session: db.Session, limit: int) -> Sequence[tables.Row]:
    """Returns the titles that were queued first, with their position and their texts."""
    chosen = (
        select(
            _queue.c.position,
            _queue.c.again,
            _titles,
            _documents.c.document,
        )
        .join_from(_queue, _titles)
        .join(_documents)
        .order_by(_queue.c.position)
        .limit(limit)
    )
    return (await session.execute(chosen)).all()


async def queue_state(session: db.Session) -> tuple[int, int]:
    """Returns the number of queued titles and the newest position."""
    state = (await session.execute(select(func.count(), func.coalesce(func.max(_queue.c.position), 0)))).one()
    return state[0], state[1]


async def dequeue(session: db.WriteSession, places: Sequence[int]) -> None:
    """Removes titles from the queue, by their positions."""
    await session.execute(delete(_queue).where(_queue.c.position.in_(places)))


async def lock(session: db.WriteSession) -> None:
    """Waits for the lock on titles, as imports do."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('catalog titles'))"))


async def save(session: db.WriteSession, filled: Sequence[enrichment.Generated], at: datetime) -> list[str]:
    """Stores generated values, field by field; returns the titles whose shown values changed."""
    for field in (enrichment.MOODS, enrichment.THEMES, enrichment.LINE):
        named = [one.title_id for one in filled if field in one.values]
        await session.execute(
            delete(_enrichment).where(
                _enrichment.c.title_id.in_(named),
                _enrichment.c.field == field,
                _enrichment.c.source != enrichment.EDITOR,
            )
        )
    rows = [
        {
            "title_id": one.title_id,
            "field": field,
            "value": value,
            "source": one.source,
            "confidence": confidence,
            "model_version": one.model_version,
            "write_time": at,
        }
        for one in filled
        for field, values in one.values.items()
        for value, confidence in _stored(field, values).items()
    ]
    if rows:
        await session.execute(insert(_enrichment), rows)
    changed: list[str] = []
    for one in filled:
        columns = {
            _COLUMNS[field]: _column(field, list(_stored(field, values))) for field, values in one.values.items()
        }
        if columns and await _change(session, one.title_id, columns):
            changed.append(one.title_id)
    return changed


async def review(session: db.WriteSession, title_id: str, field: int, values: Sequence[str], at: datetime) -> bool:
    """Stores what an editor decided; returns whether there is such a title."""
    changed = (
        _titles.update()
        .where(_titles.c.title_id == title_id, ~_titles.c.deleted)
        .values({_REVIEWED[field]: _column(field, values), "revision": tables.revisions.next_value()})
        .returning(_titles.c.title_id)
    )
    if (await session.execute(changed)).first() is None:
        return False
    await session.execute(
        delete(_enrichment).where(
            _enrichment.c.title_id == title_id,
            _enrichment.c.field == field,
            _enrichment.c.source == enrichment.EDITOR,
        )
    )
    rows = [
        {
            "title_id": title_id,
            "field": field,
            "value": value,
            "source": enrichment.EDITOR,
            "confidence": 1.0,
            "model_version": "",
            "write_time": at,
        }
        for value in values
    ]
    if rows:
        await session.execute(insert(_enrichment), rows)
    return True


async def of_title(session: db.Session, title_id: str) -> tuple[tables.Row | None, Sequence[tables.Row]]:
    """Returns the values of a title, and the sources of those that were not imported."""
    chosen = (
        select(_titles, _documents.c.document)
        .join_from(_titles, _documents)
        .where(_titles.c.title_id == title_id, ~_titles.c.deleted)
    )
    title: tables.Row | None = (await session.execute(chosen)).first()
    kept = select(_enrichment).where(_enrichment.c.title_id == title_id)
    return title, (await session.execute(kept)).all()


async def status(session: db.Session) -> enrichment.Status:
    """Counts titles by the state of their enrichment."""
    has_line = (func.coalesce(_titles.c.reviewed_line, _titles.c.inferred_line) != "") | (
        func.coalesce(_TAGLINE, "") != ""
    )
    complete = (func.cardinality(_titles.c.shown_moods) > 0) & (func.cardinality(_titles.c.shown_themes) > 0) & has_line
    machines = select(_enrichment.c.title_id).where(_enrichment.c.source != enrichment.EDITOR).scalar_subquery()
    counted = select(
        func.count(),
        func.count().filter(complete),
        func.count().filter(_titles.c.title_id.in_(machines)),
        select(func.count()).select_from(_queue).scalar_subquery(),
    ).join_from(_titles, _documents)
    return enrichment.Status(*(await session.execute(counted.where(~_titles.c.deleted))).one())


_COLUMNS: Mapping[int, str] = {
    enrichment.MOODS: "inferred_moods",
    enrichment.THEMES: "inferred_themes",
    enrichment.LINE: "inferred_line",
}
_REVIEWED: Mapping[int, str] = {
    enrichment.MOODS: "reviewed_moods",
    enrichment.THEMES: "reviewed_themes",
    enrichment.LINE: "reviewed_line",
}


def _stored(field: int, values: Sequence[enrichment.Value]) -> dict[str, float]:
    """Returns a line, or the ids of terms, each with its confidence."""
    if field == enrichment.LINE:
        return {value.value: value.confidence for value in values}
    stored: dict[str, float] = {}
    for value in values:
        stored.setdefault(terms.slug(value.value), value.confidence)
    return stored


def _column(field: int, values: Sequence[str]) -> Any:
    """Returns the value of a column: a line, or a list of terms."""
    return "".join(values) if field == enrichment.LINE else list(values)


async def _change(session: db.WriteSession, title_id: str, columns: Mapping[str, Any]) -> bool:
    """Writes columns of a title and increases its revision, if something differs."""
    differs = [_titles.c[name].is_distinct_from(value) for name, value in columns.items()]
    condition = differs[0]
    for one in differs[1:]:
        condition |= one
    changed = (
        _titles.update()
        .where(_titles.c.title_id == title_id, condition)
        .values({**columns, "revision": tables.revisions.next_value()})
        .returning(_titles.c.title_id)
    )
    return (await session.execute(changed)).first() is not None
