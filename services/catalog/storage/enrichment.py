"""Keeps what machines fill in and what editors decide on it, and which titles wait."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, literal, select, text
from sqlalchemy.dialects import postgresql

from services.catalog import tables
from services.catalog.domain import enrichment, terms, titles
from services.kit import db

_titles, _documents, _enrichment, _waiting = tables.titles, tables.documents, tables.enrichment, tables.waiting

_TAGLINE = _documents.c.document["texts"][titles.DEFAULT_LANGUAGE]["tagline"].astext


async def wait(session: db.WriteSession, title_ids: Sequence[str], *, again: bool) -> int:
    """Lets titles wait, those that there are; all if none is named. Answers how many."""
    chosen = select(_titles.c.title_id, literal(again)).where(~_titles.c.deleted)
    if title_ids:
        chosen = chosen.where(_titles.c.title_id.in_(title_ids))
    put = postgresql.insert(_waiting).from_select(["title_id", "again"], chosen)
    put = put.on_conflict_do_update(
        index_elements=[_waiting.c.title_id],
        # A new place, so that a worker that has read the title already does not take it off the list.
        set_={
            "position": func.nextval(func.pg_get_serial_sequence("waiting", "position")),
            "again": _waiting.c.again | put.excluded.again,
        },
    )
    return (await session.execute(put)).rowcount


async def next_waiting(session: db.Session, limit: int) -> Sequence[tables.Row]:
    """Answers titles that wait the longest, with their place and what is known of them."""
    chosen = (
        select(
            _waiting.c.position,
            _waiting.c.again,
            _titles,
            _documents.c.document,
        )
        .join_from(_waiting, _titles)
        .join(_documents)
        .order_by(_waiting.c.position)
        .limit(limit)
    )
    return (await session.execute(chosen)).all()


async def queue(session: db.Session) -> tuple[int, int]:
    """Answers how many titles wait, and the newest place."""
    told = (await session.execute(select(func.count(), func.coalesce(func.max(_waiting.c.position), 0)))).one()
    return told[0], told[1]


async def done(session: db.WriteSession, places: Sequence[int]) -> None:
    """Takes titles off the list, by their places."""
    await session.execute(delete(_waiting).where(_waiting.c.position.in_(places)))


async def lock(session: db.WriteSession) -> None:
    """Waits for its turn to write titles, as imports do."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('catalog titles'))"))


async def fill(session: db.WriteSession, filled: Sequence[enrichment.Filled], at: datetime) -> list[str]:
    """Writes what a machine made of titles, field by field; answers those that are shown otherwise now."""
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
    """Writes what an editor decided; answers whether there is such a title."""
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
    """Answers a title's words as they came, and where those come from that were not imported."""
    chosen = (
        select(_titles, _documents.c.document)
        .join_from(_titles, _documents)
        .where(_titles.c.title_id == title_id, ~_titles.c.deleted)
    )
    title: tables.Row | None = (await session.execute(chosen)).first()
    kept = select(_enrichment).where(_enrichment.c.title_id == title_id)
    return title, (await session.execute(kept)).all()


async def known(session: db.Session, title_ids: Sequence[str]) -> set[str]:
    """Answers which of some titles there are."""
    chosen = select(_titles.c.title_id).where(_titles.c.title_id.in_(title_ids), ~_titles.c.deleted)
    return set((await session.execute(chosen)).scalars())


async def status(session: db.Session) -> enrichment.Status:
    """Counts titles by how far they are."""
    has_line = (func.coalesce(_titles.c.reviewed_line, _titles.c.inferred_line) != "") | (
        func.coalesce(_TAGLINE, "") != ""
    )
    complete = (func.cardinality(_titles.c.shown_moods) > 0) & (func.cardinality(_titles.c.shown_themes) > 0) & has_line
    machines = select(_enrichment.c.title_id).where(_enrichment.c.source != enrichment.EDITOR).scalar_subquery()
    counted = select(
        func.count(),
        func.count().filter(complete),
        func.count().filter(_titles.c.title_id.in_(machines)),
        select(func.count()).select_from(_waiting).scalar_subquery(),
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
    """Returns a line, or the ids of words, each with its confidence."""
    if field == enrichment.LINE:
        return {value.value: value.confidence for value in values}
    stored: dict[str, float] = {}
    for value in values:
        stored.setdefault(terms.slug(value.value), value.confidence)
    return stored


def _column(field: int, values: Sequence[str]) -> Any:
    """Answers what a column holds: a line, or words."""
    return "".join(values) if field == enrichment.LINE else list(values)


async def _change(session: db.WriteSession, title_id: str, columns: Mapping[str, Any]) -> bool:
    """Writes columns of a title and moves its revision, where something differs."""
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
