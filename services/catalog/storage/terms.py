"""Stores the names of genres, moods and themes."""

from collections.abc import Collection, Mapping

from sqlalchemy import select, tuple_
from sqlalchemy.dialects import postgresql

from services.catalog import tables
from services.catalog.domain import terms
from services.kit import db

_terms = tables.terms


async def names(session: db.Session, wanted: Collection[terms.Term]) -> dict[terms.Term, str]:
    """Returns the names of those of some terms that are stored."""
    chosen = select(_terms).where(tuple_(_terms.c.kind, _terms.c.term_id).in_(wanted))
    return {terms.Term(row.kind, row.term_id): row.display_name for row in await session.execute(chosen)}


async def add(session: db.WriteSession, names: Mapping[terms.Term, str]) -> None:
    """Stores the names of terms that are not stored yet."""
    if names:
        rows = [{"kind": term.kind, "term_id": term.term_id, "display_name": name} for term, name in names.items()]
        await session.execute(postgresql.insert(_terms).on_conflict_do_nothing(), rows)
