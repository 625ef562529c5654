"""Stores collections, and reads them for editors or for viewers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Select,
    and_,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql

from services.catalog import tables
from services.catalog.domain import collections
from services.catalog.storage import titles
from services.kit import db, visibility

_collections, _collected, _titles = tables.collections, tables.collected, tables.titles

_RANK = (~_collections.c.featured).cast(Integer)
_ORDER = (_RANK, _collections.c.position, _collections.c.collection_id)


async def lock(session: db.WriteSession) -> None:
    """Waits for the lock on collections, so that revisions become visible in their order."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('catalog collections'))"))


async def get(session: db.Session, collection_id: str) -> collections.Stored | None:
    """Returns a stored collection, None if there is none."""
    row = (await session.execute(_kept().where(_collections.c.collection_id == collection_id))).first()
    return _draft(row) if row else None


async def every(session: db.Session, after: collections.Place | None, limit: int) -> Sequence[collections.Stored]:
    """Returns the stored collections that follow a place, in the order in which viewers see them."""
    rows = await session.execute(_behind(_kept(), after).order_by(*_ORDER).limit(limit))
    return [_draft(row) for row in rows]


async def save(session: db.WriteSession, draft: collections.Draft, at: datetime) -> None:
    """Creates or replaces a collection."""
    values = {
        "texts": {
            language: {"display_name": localized.display_name, "tagline": localized.tagline}
            for language, localized in draft.texts.items()
        },
        "start_time": draft.start_time,
        "end_time": draft.end_time,
        "featured": draft.featured,
        "position": draft.position,
        "deleted": False,
        "update_time": at,
    }
    revision = {"revision": tables.revisions.next_value()}
    put = postgresql.insert(_collections).values(collection_id=draft.collection_id, **values, **revision)
    await session.execute(
        put.on_conflict_do_update(index_elements=[_collections.c.collection_id], set_={**values, **revision})
    )
    await session.execute(delete(_collected).where(_collected.c.collection_id == draft.collection_id))
    if draft.title_ids:
        rows = [
            {"collection_id": draft.collection_id, "place": place, "title_id": title_id}
            for place, title_id in enumerate(draft.title_ids)
        ]
        await session.execute(insert(_collected), rows)


async def remove(session: db.WriteSession, collection_id: str, at: datetime) -> None:
    """Deletes a collection. Its row remains, so that other replicas notice."""
    await session.execute(delete(_collected).where(_collected.c.collection_id == collection_id))
    await session.execute(
        update(_collections)
        .where(_collections.c.collection_id == collection_id)
        .values(deleted=True, texts={}, revision=tables.revisions.next_value(), update_time=at)
    )


async def shown(
    session: db.Session,
    viewer: visibility.Viewer,
    at: datetime,
    *,
    after: collections.Place | None,
    limit: int,
    most_titles: int,
) -> Sequence[collections.Open]:
    """Returns the collections that follow a place, are open and hold a title that the viewer may see."""
    chosen = _behind(_open(viewer, at, most_titles), after).order_by(*_ORDER).limit(limit)
    return [_seen(row) for row in await session.execute(chosen)]


async def shown_one(
    session: db.Session, collection_id: str, viewer: visibility.Viewer, at: datetime
) -> collections.Open | None:
    """Returns one collection, without titles, if the viewer may see it."""
    chosen = _open(viewer, at, 0).where(_collections.c.collection_id == collection_id)
    row = (await session.execute(chosen)).first()
    return _seen(row) if row else None


async def shown_titles(
    session: db.Session, collection_id: str, viewer: visibility.Viewer, at: datetime, *, after: int, limit: int
) -> Sequence[tables.Row]:
    """Returns the titles of a collection that follow a place and that the viewer may see, with their places."""
    chosen = (
        select(_collected.c.place, _collected.c.title_id)
        .join_from(_collected, _titles)
        .where(_collected.c.collection_id == collection_id, _collected.c.place > after, titles.visible(viewer, at))
        .order_by(_collected.c.place)
        .limit(limit)
    )
    return (await session.execute(chosen)).all()


async def next_edge(session: db.Session, at: datetime) -> datetime | None:
    """Returns when a collection opens or closes next after `at`, None if none will."""
    start, end = _collections.c.start_time, _collections.c.end_time
    edge = func.least(func.min(start).filter(start > at), func.min(end).filter(end > at))
    edge_time: datetime | None = (await session.execute(select(edge).where(~_collections.c.deleted))).scalar_one()
    return edge_time


async def last_revision(session: db.Session) -> int:
    """Returns the revision of the latest change, zero if there was none."""
    return (await session.execute(select(func.max(_collections.c.revision)))).scalar_one() or 0


def _kept() -> Select[Any]:
    title_ids = (
        select(func.array_agg(postgresql.aggregate_order_by(_collected.c.title_id, _collected.c.place)))
        .where(_collected.c.collection_id == _collections.c.collection_id)
        .scalar_subquery()
    )
    return select(_collections, title_ids.label("title_ids")).where(~_collections.c.deleted)


def _open(viewer: visibility.Viewer, at: datetime, most_titles: int) -> Select[Any]:
    """Selects the collections that a viewer sees, with the number of visible titles and the first ones."""
    place = func.row_number().over(partition_by=_collected.c.collection_id, order_by=_collected.c.place)
    seen = (
        select(_collected.c.collection_id, _collected.c.title_id, place.label("place"))
        .join_from(_collected, _titles)
        .where(titles.visible(viewer, at))
        .subquery()
    )
    first = func.array_agg(postgresql.aggregate_order_by(seen.c.title_id, seen.c.place))
    return (
        select(
            _collections,
            func.count().label("title_count"),
            first.filter(seen.c.place <= most_titles).label("title_ids"),
        )
        .join_from(_collections, seen, seen.c.collection_id == _collections.c.collection_id)
        .where(~_collections.c.deleted, _is_open(at))
        .group_by(_collections.c.collection_id)
    )


def _is_open(at: datetime) -> ColumnElement[bool]:
    start, end = _collections.c.start_time, _collections.c.end_time
    return and_(or_(start.is_(None), start <= at), or_(end.is_(None), end > at))


def _behind(chosen: Select[Any], after: collections.Place | None) -> Select[Any]:
    if after is None:
        return chosen
    collection_id = literal(after.collection_id, _collections.c.collection_id.type)
    return chosen.where(tuple_(*_ORDER) > tuple_(literal(after.rank), literal(after.position), collection_id))


def _draft(row: Row[Any]) -> collections.Stored:
    draft = collections.Draft(
        collection_id=row.collection_id,
        texts=_texts(row),
        title_ids=tuple(row.title_ids or ()),
        start_time=row.start_time,
        end_time=row.end_time,
        featured=row.featured,
        position=row.position,
    )
    return collections.Stored(draft, row.revision, row.update_time)


def _seen(row: Row[Any]) -> collections.Open:
    return collections.Open(
        collection_id=row.collection_id,
        texts=_texts(row),
        featured=row.featured,
        position=row.position,
        end_time=row.end_time,
        revision=row.revision,
        title_count=row.title_count,
        title_ids=tuple(row.title_ids or ()),
    )


def _texts(row: Row[Any]) -> dict[str, collections.Text]:
    return {language: collections.Text(**localized) for language, localized in row.texts.items()}
