"""Reads titles."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, func, literal, select, tuple_, union_all

from services.catalog import tables
from services.catalog.domain import listing
from services.kit import db, visibility

_titles, _documents = tables.titles, tables.documents

#: What a title is shown with.
_SHOWN = (
    _titles.c.title_id,
    _titles.c.type,
    _titles.c.maturity_rating,
    _titles.c.language_code,
    _titles.c.genres,
    _titles.c.shown_moods.label("moods"),
    _titles.c.shown_themes.label("themes"),
    _titles.c.inferred_line,
    _titles.c.reviewed_line,
    _titles.c.featured,
    _documents.c.document,
)

#: What a title is judged by.
_JUDGED = (
    _titles.c.title_id,
    _titles.c.revision,
    _titles.c.type,
    _titles.c.state,
    _titles.c.maturity_rating,
    _titles.c.territories,
    _titles.c.windows,
    _titles.c.deleted,
)


async def get(session: db.Session, title_id: str) -> tables.Row | None:
    """Answers everything a title is shown with."""
    found: tables.Row | None = (await session.execute(_shown().where(_titles.c.title_id == title_id))).first()
    return found


async def some(session: db.Session, title_ids: Sequence[str]) -> Sequence[tables.Row]:
    """Answers what titles are shown with, in no order."""
    found: Sequence[tables.Row] = (await session.execute(_shown().where(_titles.c.title_id.in_(title_ids)))).all()
    return found


async def page(
    session: db.Session,
    filters: listing.Filters,
    viewer: visibility.Viewer,
    at: datetime,
    *,
    after: listing.Place | None,
    limit: int,
) -> Sequence[tables.Row]:
    """Answers the titles of a list behind a place, with the value that each is put in order by as `place`."""
    value: ColumnElement[Any] = _titles.c.sort_key if filters.by_name else _titles.c.released
    chosen = _shown().add_columns(value.label("place")).where(*_conditions(filters, viewer, at)).limit(limit)
    key = tuple_(value, _titles.c.title_id)
    if filters.by_name:
        chosen = chosen.order_by(value, _titles.c.title_id)
        behind = key > _bound(after, value) if after else None
    else:
        chosen = chosen.order_by(value.desc(), _titles.c.title_id.desc())
        behind = key < _bound(after, value) if after else None
    return (await session.execute(chosen if behind is None else chosen.where(behind))).all()


async def count(session: db.Session, filters: listing.Filters, viewer: visibility.Viewer, at: datetime) -> int:
    """Answers how many titles a list has."""
    counted = select(func.count()).select_from(_titles).where(*_conditions(filters, viewer, at))
    return (await session.execute(counted)).scalar_one()


async def filter_values(session: db.Session, viewer: visibility.Viewer, at: datetime) -> Sequence[tables.Row]:
    """Answers what visible titles can be filtered by: the `kind` of filter, its `value` and the count of `titles`."""
    seen = select(_titles).where(visible(viewer, at)).cte("seen")
    values = {
        "genre": func.unnest(seen.c.genres),
        "mood": func.unnest(seen.c.shown_moods),
        "theme": func.unnest(seen.c.shown_themes),
        "language": seen.c.language_code,
        "year": (seen.c.released // 10_000).cast(Text),
    }
    each = union_all(*(select(literal(kind).label("kind"), value.label("value")) for kind, value in values.items()))
    told = each.subquery()
    grouped = select(told.c.kind, told.c.value, func.count().label("titles")).group_by(told.c.kind, told.c.value)
    return (await session.execute(grouped)).all()


async def facts_after(session: db.Session, revision: int, *, limit: int) -> Sequence[tables.Row]:
    """Answers what titles that changed after `revision` are judged by, the earliest change first."""
    chosen = select(*_JUDGED).where(_titles.c.revision > revision).order_by(_titles.c.revision).limit(limit)
    return (await session.execute(chosen)).all()


async def facts_of(session: db.Session, title_ids: Sequence[str]) -> Sequence[tables.Row]:
    """Answers what some titles are judged by, in no order."""
    return (await session.execute(select(*_JUDGED).where(_titles.c.title_id.in_(title_ids)))).all()


async def changed_after(session: db.Session, revision: int, *, limit: int) -> Sequence[tables.Row]:
    """Answers what titles that changed after `revision` are searched by, the earliest change first."""
    chosen = (
        _shown()
        .add_columns(_titles.c.revision, _titles.c.deleted)
        .where(_titles.c.revision > revision)
        .order_by(_titles.c.revision)
        .limit(limit)
    )
    return (await session.execute(chosen)).all()


async def last_revision(session: db.Session) -> int:
    """Answers the revision of the latest change; zero if there is no title."""
    return (await session.execute(select(func.max(_titles.c.revision)))).scalar_one() or 0


def _bound(after: listing.Place, value: ColumnElement[Any]) -> ColumnElement[Any]:
    return tuple_(literal(after.value, value.type), literal(after.title_id, _titles.c.title_id.type))


def _shown() -> Select[Any]:
    return select(*_SHOWN).join_from(_titles, _documents)


def visible(viewer: visibility.Viewer, at: datetime) -> ColumnElement[bool]:
    """Answers the condition that a title is one that the viewer may know of at that time."""
    return visibility.visible_in_sql(
        viewer,
        at,
        state=_titles.c.state,
        maturity_rating=_titles.c.maturity_rating,
        territories=_titles.c.territories,
        windows=_titles.c.windows,
        deleted=_titles.c.deleted,
    )


def _conditions(filters: listing.Filters, viewer: visibility.Viewer, at: datetime) -> list[ColumnElement[bool]]:
    conditions = [visible(viewer, at)]
    if filters.type:
        conditions.append(_titles.c.type == filters.type)
    if filters.genre:
        conditions.append(_titles.c.genres.contains([filters.genre]))
    if filters.mood:
        conditions.append(_titles.c.shown_moods.contains([filters.mood]))
    if filters.theme:
        conditions.append(_titles.c.shown_themes.contains([filters.theme]))
    if filters.language_code:
        conditions.append(_titles.c.language_code == filters.language_code)
    if filters.year:
        conditions.append(_titles.c.released.between(filters.year * 10_000, filters.year * 10_000 + 9_999))
    if filters.featured_only:
        conditions.append(_titles.c.featured)
    return conditions
