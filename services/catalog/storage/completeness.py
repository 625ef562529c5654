"""Computes the completeness of all titles in one statement."""

from typing import Any

from sqlalchemy import (
    CTE,
    Boolean,
    ColumnElement,
    Integer,
    Row,
    Select,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import JSONPATH

from services.catalog import tables
from services.catalog.domain import completeness, titles
from services.kit import db

_titles, _documents = tables.titles, tables.documents


async def report(session: db.Session, kind: int, after: completeness.Place | None, limit: int) -> completeness.Report:
    """Returns the counts for titles of a type, or of any if it is zero, and some of the incomplete titles.

    One statement computes both and reads every document once.
    """
    scored = _scored(kind)
    counts = _counts(scored).subquery()
    page = _page(scored, after, limit).subquery()
    whole = select(counts, page, _documents.c.document).select_from(
        counts.outerjoin(page, true()).outerjoin(_documents, _documents.c.title_id == page.c.title_id)
    )
    rows = (await session.execute(whole.order_by(page.c.score, page.c.title_id))).all()
    first = rows[0]
    return completeness.Report(
        titles=first.title_count,
        complete=first.complete_count,
        mean=float(first.mean_score) / completeness.WHOLE,
        fields={
            field: completeness.Counted(getattr(first, _wanted(field)), getattr(first, _had(field)))
            for field in completeness.WEIGHTS
        },
        lacking=[_lacking(row) for row in rows if row.title_id is not None],
    )


def _scored(kind: int) -> CTE:
    """Selects for each title the fields that it has, the fields that it lacks, and its score."""
    chosen = [~_titles.c.deleted]
    if kind:
        chosen.append(_titles.c.type == kind)
    has = [value.label(_name(field)) for field, value in _fields().items()]
    judged = (
        select(_titles.c.title_id, _titles.c.type, _titles.c.state, *has)
        .join_from(_titles, _documents)
        .where(and_(*chosen))
        .cte("judged")
        # Otherwise each document would be read again for every use of a field.
        .prefix_with("MATERIALIZED")
    )
    weights = completeness.WEIGHTS.items()
    had = sum((case((judged.c[_name(field)], weight), else_=0) for field, weight in weights), literal(0))
    wanted = sum(
        (case((judged.c[_name(field)].is_not(None), weight), else_=0) for field, weight in weights), literal(0)
    )
    score = cast(func.floor(completeness.WHOLE * had / wanted), Integer)
    return select(judged, score.label("score")).cte("scored")


def _fields() -> dict[int, ColumnElement[Any]]:
    """Returns for each field whether a title has it; null if it needs none."""
    tagline = _found('$.texts.*.tagline ? (@ != "")')
    line = func.coalesce(_titles.c.reviewed_line, _titles.c.inferred_line) != ""
    episodes = and_(_found("$.seasons[0]"), ~_found("$.seasons[*] ? (@.episode_count == 0)"))
    return {
        completeness.SYNOPSIS: _found('$.texts.*.synopsis ? (@ != "")'),
        completeness.EPISODES: case((_titles.c.type == titles.SERIES, episodes)),
        completeness.GENRES: func.cardinality(_titles.c.genres) > 0,
        completeness.PEOPLE: _found("$.credits[0]"),
        completeness.ARTWORK: or_(_found("$.images[*] ? (@.kind == 1)"), _found("$.artwork.palette[0]")),
        completeness.MOODS: func.cardinality(_titles.c.shown_moods) > 0,
        completeness.THEMES: func.cardinality(_titles.c.shown_themes) > 0,
        completeness.TAGLINE: tagline,
        completeness.AI_DESCRIPTION: case((~tagline, line)),
    }


def _found(path: str) -> ColumnElement[bool]:
    return func.jsonb_path_exists(_documents.c.document, cast(path, JSONPATH), type_=Boolean)


def _counts(scored: CTE) -> Select[Any]:
    each: list[ColumnElement[Any]] = [
        func.count().label("title_count"),
        func.count().filter(scored.c.score == completeness.WHOLE).label("complete_count"),
        func.coalesce(func.avg(scored.c.score), completeness.WHOLE).label("mean_score"),
    ]
    each += [
        counted
        for field in completeness.WEIGHTS
        for counted in (
            func.count(scored.c[_name(field)]).label(_wanted(field)),
            func.count().filter(scored.c[_name(field)]).label(_had(field)),
        )
    ]
    return select(*each)


def _page(scored: CTE, after: completeness.Place | None, limit: int) -> Select[Any]:
    chosen = select(scored).where(scored.c.score < completeness.WHOLE)
    if after:
        bound = tuple_(literal(after.score), literal(after.title_id, _titles.c.title_id.type))
        chosen = chosen.where(tuple_(scored.c.score, scored.c.title_id) > bound)
    return chosen.order_by(scored.c.score, scored.c.title_id).limit(limit)


def _lacking(row: Row[Any]) -> completeness.Lacking:
    return completeness.Lacking(
        title_id=row.title_id,
        type=row.type,
        state=row.state,
        score=row.score,
        missing=[field for field in completeness.WEIGHTS if getattr(row, _name(field)) is False],
        document=row.document,
    )


def _name(field: int) -> str:
    return f"has_{field}"


def _wanted(field: int) -> str:
    return f"wanted_{field}"


def _had(field: int) -> str:
    return f"had_{field}"
