"""The names of genres, moods and themes, in memory."""

from collections.abc import Iterable, Iterator

from services.catalog import storage, tables
from services.catalog.domain import terms
from services.kit import db

_COLUMNS = {
    "genres": terms.GENRE,
    "moods": terms.MOOD,
    "inferred_moods": terms.MOOD,
    "reviewed_moods": terms.MOOD,
    "shown_moods": terms.MOOD,
    "themes": terms.THEME,
    "inferred_themes": terms.THEME,
    "reviewed_themes": terms.THEME,
    "shown_themes": terms.THEME,
}


class TermNames(terms.Names):
    """The names of terms by language. Names that imports brought are read when they are first needed."""

    async def load(self, session: db.Session, rows: Iterable[tables.Row]) -> None:
        """Makes the names of all terms of some titles known. Must be called before the titles are converted."""
        await self.load_terms(session, _terms_of(rows))

    async def load_terms(self, session: db.Session, wanted: Iterable[terms.Term]) -> None:
        """Makes the names of terms known."""
        if unknown := self.unknown(wanted):
            self.add(unknown, await storage.terms.names(session, unknown))


def _terms_of(rows: Iterable[tables.Row]) -> Iterator[terms.Term]:
    for row in rows:
        for column, kind in _COLUMNS.items():
            for term_id in getattr(row, column, None) or ():
                yield terms.Term(kind, term_id)
