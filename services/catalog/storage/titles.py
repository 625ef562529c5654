"""Reads titles."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, func, literal, select, tuple_, union_all

from services.catalog import tables
from services.catalog.domain import title_lists
from services.catalog.storage import rankings
from services.kit import db, visibility

_titles, _documents, _rankings = tables.titles, tables.documents, tables.rankings

#: The columns that a title is shown with.
_SHOWN = (
    _titles.c.title_id,
    _titles.c.type,
    _titles.c.maturity_age,
    _titles.c.maturity_system,
    _titles.c.maturity_label,
    _titles.c.language_code,
    _titles.c.genres,
    _titles.c.shown_moods.label("moods"),
    _titles.c.shown_themes.label("themes"),
    _titles.c.inferred_line,
    _titles.c.reviewed_line,
    _titles.c.featured,
    _documents.c.document,
)

#: The columns that decide who may see a title.
_FACTS = (
    _titles.c.title_id,
    _titles.c.revision,
    _titles.c.type,
    _titles.c.state,
    _titles.c.maturity_age,
    _titles.c.maturity_system,
    _titles.c.maturity_label,
    _titles.c.territories,
    _titles.c.windows,
    _titles.c.deleted,
)


#: The ranking by popularity as rows of `title_id` and `rank`.
_ranked = (
    func.unnest(select(_rankings.c.title_ids).where(_rankings.c.name == rankings.POPULARITY).scalar_subquery())
    .table_valued("title_id", with_ordinality="rank")
    .render_derived("ranked")
)
_is_ranked = _ranked.c.title_id == _titles.c.title_id


async def get(session: db.Session, title_id: str) -> tables.Row | None:
    """Returns everything that a title is shown with, None if there is no such title."""
    row: tables.Row | None = (await session.execute(_shown().where(_titles.c.title_id == title_id))).first()
    return row


async def some(session: db.Session, title_ids: Sequence[str]) -> Sequence[tables.Row]:
    """Returns what some titles are shown with, in no order."""
    rows: Sequence[tables.Row] = (await session.execute(_shown().where(_titles.c.title_id.in_(title_ids)))).all()
    return rows


async def page(
    session: db.Session,
    filters: title_lists.Filters,
    viewer: visibility.Viewer,
    at: datetime,
    *,
    after: Sequence[Any] | None,
    limit: int,
) -> Sequence[tuple[tables.Row, list[Any]]]:
    """Returns the titles of a list that follow a place, each with its own place."""
    key = _key(filters)
    conditions = _conditions(filters, viewer, at)
    if after:
        bound = tuple_(*(literal(value, column.type) for value, column in zip(after, key, strict=True)))
        conditions.append(tuple_(*key) > bound if filters.order == title_lists.BY_NAME else tuple_(*key) < bound)
    places = [value.label(f"place_{number}") for number, value in enumerate(key)]
    if filters.order == title_lists.BY_POPULARITY:
        # No index has this order, so the titles are chosen before their documents are read.
        chosen = select(_titles.c.title_id, *places).select_from(_titles.outerjoin(_ranked, _is_ranked))
        page = chosen.where(*conditions).order_by(*_ordered(filters, key)).limit(limit).subquery()
        chosen_key = [page.c[place.name] for place in places]
        listed = _shown().join(page, page.c.title_id == _titles.c.title_id).add_columns(*chosen_key)
        rows = await session.execute(listed.order_by(*_ordered(filters, chosen_key)))
    else:
        listed = _shown().add_columns(*places).where(*conditions)
        rows = await session.execute(listed.order_by(*_ordered(filters, key)).limit(limit))
    return [(row, list(row[-len(key) :])) for row in rows]


async def count(session: db.Session, filters: title_lists.Filters, viewer: visibility.Viewer, at: datetime) -> int:
    """Returns the number of titles in a list."""
    counted = select(func.count()).select_from(_titles).where(*_conditions(filters, viewer, at))
    return (await session.execute(counted)).scalar_one()


async def filter_values(session: db.Session, viewer: visibility.Viewer, at: datetime) -> Sequence[tables.Row]:
    """Returns the values of filters: the `kind` of filter, the `value` and the number of visible `titles` with it."""
    seen = select(_titles).where(visible(viewer, at)).cte("seen")
    values = {
        "genre": func.unnest(seen.c.genres),
        "mood": func.unnest(seen.c.shown_moods),
        "theme": func.unnest(seen.c.shown_themes),
        "language": seen.c.language_code,
        "year": (seen.c.released // 10_000).cast(Text),
    }
    each = union_all(*(select(literal(kind).label("kind"), value.label("value")) for kind, value in values.items()))
    found = each.subquery()
    grouped = select(found.c.kind, found.c.value, func.count().label("titles")).group_by(found.c.kind, found.c.value)
    return (await session.execute(grouped)).all()


async def facts_after(session: db.Session, revision: int, *, limit: int) -> Sequence[tables.Row]:
    """Returns the facts of titles that changed after `revision`, the earliest change first."""
    chosen = select(*_FACTS).where(_titles.c.revision > revision).order_by(_titles.c.revision).limit(limit)
    return (await session.execute(chosen)).all()


async def facts_of(session: db.Session, title_ids: Sequence[str]) -> Sequence[tables.Row]:
    """Returns the facts of some titles, in no order."""
    return (await session.execute(select(*_FACTS).where(_titles.c.title_id.in_(title_ids)))).all()


async def changed_after(session: db.Session, revision: int, *, limit: int) -> Sequence[tables.Row]:
    """Returns what titles that changed after `revision` are searched by, the earliest change first."""
    chosen = (
        _shown()
        .add_columns(_titles.c.revision, _titles.c.deleted)
        .where(_titles.c.revision > revision)
        .order_by(_titles.c.revision)
        .limit(limit)
    )
    return (await session.execute(chosen)).all()


async def existing(session: db.Session, title_ids: Sequence[str]) -> set[str]:
    """Returns those of some titles that exist."""
    chosen = select(_titles.c.title_id).where(_titles.c.title_id.in_(title_ids), ~_titles.c.deleted)
    return set((await session.execute(chosen)).scalars())


async def last_revision(session: db.Session) -> int:
    """Returns the revision of the latest change; zero if there is no title."""
    return (await session.execute(select(func.max(_titles.c.revision)))).scalar_one() or 0


def _key(filters: title_lists.Filters) -> list[ColumnElement[Any]]:
    """Returns what a list is ordered by."""
    if filters.order == title_lists.BY_NAME:
        return [_titles.c.sort_key, _titles.c.title_id]
    if filters.order == title_lists.BY_POPULARITY:
        # The most popular has the lowest rank; negated, so that all values are ordered the same way.
        return [-func.coalesce(_ranked.c.rank, title_lists.UNRANKED), _titles.c.released, _titles.c.title_id]
    return [_titles.c.released, _titles.c.title_id]


def _ordered(filters: title_lists.Filters, key: Sequence[ColumnElement[Any]]) -> list[ColumnElement[Any]]:
    """Returns the order of a list: names from A to Z, everything else with the largest value first."""
    return [value.asc() if filters.order == title_lists.BY_NAME else value.desc() for value in key]


def _shown() -> Select[Any]:
    return select(*_SHOWN).join_from(_titles, _documents)


def visible(viewer: visibility.Viewer, at: datetime) -> ColumnElement[bool]:
    """Returns the condition that the viewer may see a title at that time."""
    return visibility.visible_in_sql(
        viewer,
        at,
        state=_titles.c.state,
        maturity_age=_titles.c.maturity_age,
        territories=_titles.c.territories,
        windows=_titles.c.windows,
        deleted=_titles.c.deleted,
    )


def _conditions(filters: title_lists.Filters, viewer: visibility.Viewer, at: datetime) -> list[ColumnElement[bool]]:
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
