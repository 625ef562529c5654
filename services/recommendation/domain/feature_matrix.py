"""The features of all titles as arrays, so that a home is computed for tens of thousands of titles in milliseconds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from services.kit import visibility
from services.recommendation.domain.titles import Catalogue, Term, Title

Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]

#: The day of titles without a release date: older than any other.
_NO_DAY = -1e6


@dataclass(frozen=True, slots=True, eq=False)
class FeatureMatrix:
    """The titles of one catalogue in the order of their ids, a row each. It does not change."""

    epoch: int
    titles: tuple[Title, ...]
    rows: Mapping[str, int]
    #: The distinct facts of titles, and the number of those of each title: thousands of titles have equal facts.
    facts: tuple[visibility.Facts, ...]
    facts_of: npt.NDArray[np.int32]
    #: The column of each genre by its id, and the genre itself.
    genres: Mapping[str, int]
    genre_terms: Mapping[str, Term]
    #: A row for each title, a column for each genre.
    genre_of: Mask
    #: The distinct sets of genres, a row each, and the row of each title: thousands of titles have equal genres.
    genre_sets: Numbers
    genre_set_of: Rows
    languages: Mapping[str, int]
    language_of: npt.NDArray[np.int32]
    #: The day of release, as `date.toordinal` counts.
    released: Numbers
    featured: Mask
    #: The last argument and result of `find_rows`: thousands of ids, the same for many homes in a row.
    _last_rows: list[tuple[tuple[str, ...], Rows]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.titles)

    def visible(self, viewer: visibility.Viewer, at: datetime) -> Mask:
        """Returns which titles a viewer may see at a time."""
        by_facts = np.fromiter(
            (visibility.visible(facts, viewer, at) for facts in self.facts), dtype=np.bool_, count=len(self.facts)
        )
        return by_facts[self.facts_of] if len(self.facts) else np.zeros(0, dtype=np.bool_)

    def next_edge(self, at: datetime) -> datetime | None:
        """Returns when the next availability window of any title opens or closes."""
        return min((edge for facts in self.facts if (edge := visibility.next_edge(facts, at))), default=None)

    def find_rows(self, title_ids: tuple[str, ...]) -> Rows:
        """Returns the rows of titles; -1 for unknown ones."""
        for last, rows in tuple(self._last_rows):
            if last is title_ids:
                return rows
        rows = np.fromiter((self.rows.get(title_id, -1) for title_id in title_ids), np.int64, len(title_ids))
        self._last_rows[:] = [(title_ids, rows)]
        return rows

    def mask(self, title_ids: Any) -> Mask:
        """Returns which rows are those of titles; unknown ones are ignored."""
        mask = np.zeros(len(self.titles), dtype=np.bool_)
        mask[[row for title_id in title_ids if (row := self.rows.get(title_id)) is not None]] = True
        return mask

    def in_genre(self, genre_id: str) -> Mask:
        """Returns which titles have a genre."""
        column = self.genres.get(genre_id)
        return np.zeros(len(self.titles), dtype=np.bool_) if column is None else self.genre_of[:, column]

    def in_language(self, code: str) -> Mask:
        """Returns which titles have an original language; `pt` includes `pt-BR`."""
        numbers = [number for known, number in self.languages.items() if code in {known, known.partition("-")[0]}]
        return np.isin(self.language_of, numbers)


def build_matrix(catalogue: Catalogue) -> FeatureMatrix:
    """Returns the features of a catalogue."""
    titles = tuple(catalogue.titles[title_id] for title_id in sorted(catalogue.titles))
    facts: dict[visibility.Facts, int] = {}
    genres: dict[str, int] = {}
    genre_terms: dict[str, Term] = {}
    languages: dict[str, int] = {}
    facts_of = np.zeros(len(titles), dtype=np.int32)
    language_of = np.zeros(len(titles), dtype=np.int32)
    released = np.full(len(titles), _NO_DAY)
    featured = np.zeros(len(titles), dtype=np.bool_)
    genre_set_numbers: dict[tuple[int, ...], int] = {}
    genre_set_of = np.zeros(len(titles), dtype=np.int64)
    for row, title in enumerate(titles):
        facts_of[row] = facts.setdefault(title.facts, len(facts))
        language_of[row] = languages.setdefault(title.language_code, len(languages))
        featured[row] = title.featured
        if title.release_date is not None:
            released[row] = title.release_date.toordinal()
        for genre in title.genres:
            genre_terms.setdefault(genre.term_id, genre)
        columns = tuple(genres.setdefault(genre.term_id, len(genres)) for genre in title.genres)
        genre_set_of[row] = genre_set_numbers.setdefault(columns, len(genre_set_numbers))
    genre_sets = np.zeros((len(genre_set_numbers), len(genres)))
    for columns, number in genre_set_numbers.items():
        genre_sets[number, list(columns)] = 1.0
    return FeatureMatrix(
        epoch=catalogue.epoch,
        titles=titles,
        rows={title.title_id: row for row, title in enumerate(titles)},
        facts=tuple(facts),
        facts_of=facts_of,
        genres=genres,
        genre_terms=genre_terms,
        genre_of=genre_sets[genre_set_of] > 0,
        genre_sets=genre_sets,
        genre_set_of=genre_set_of,
        languages=languages,
        language_of=language_of,
        released=released,
        featured=featured,
    )
