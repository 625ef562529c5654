"""A catalogue laid out in arrays, so that a home is chosen from tens of thousands of titles in a few milliseconds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from services.kit import visibility
from services.recommendation.domain.titles import Catalogue, Title

Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]

#: The day of what has no release date: older than anything.
_NO_DAY = -1e6


@dataclass(frozen=True, slots=True, eq=False)
class FeatureMatrix:
    """The titles of one catalogue in the order of their ids, a row each. Nothing of it ever changes."""

    epoch: int
    titles: tuple[Title, ...]
    rows: Mapping[str, int]
    #: What titles are judged by: thousands share the same, which are judged once.
    facts: tuple[visibility.Facts, ...]
    facts_of: npt.NDArray[np.int32]
    #: The column of each genre by its id, and its name in English.
    genres: Mapping[str, int]
    genre_names: Mapping[str, str]
    #: A row a title, a column a genre.
    genre_of: Mask
    #: The genres that titles have together, a row each: thousands of titles have the same; and the row of each title.
    kinds: Numbers
    kind_of: Rows
    languages: Mapping[str, int]
    language_of: npt.NDArray[np.int32]
    #: The day of release, as `date.toordinal` counts them.
    released: Numbers
    featured: Mask
    #: The last ids that were asked for, and where they are: thousands, and the same with one home after the other.
    _found: list[tuple[tuple[str, ...], Rows]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.titles)

    def visible(self, viewer: visibility.Viewer, at: datetime) -> Mask:
        """Returns which titles somebody may know of at a time."""
        judged = np.fromiter(
            (visibility.visible(facts, viewer, at) for facts in self.facts), dtype=np.bool_, count=len(self.facts)
        )
        return judged[self.facts_of] if len(self.facts) else np.zeros(0, dtype=np.bool_)

    def next_edge(self, at: datetime) -> datetime | None:
        """Returns when the window of any title opens or closes next."""
        return min((edge for facts in self.facts if (edge := visibility.next_edge(facts, at))), default=None)

    def places(self, title_ids: tuple[str, ...]) -> Rows:
        """Returns the rows of titles; -1 of those that are not known."""
        for known, rows in tuple(self._found):
            if known is title_ids:
                return rows
        found = np.fromiter((self.rows.get(each, -1) for each in title_ids), np.int64, len(title_ids))
        self._found[:] = [(title_ids, found)]
        return found

    def mask(self, title_ids: Any) -> Mask:
        """Returns which rows are those of titles; ids that are not known are passed over."""
        found = np.zeros(len(self.titles), dtype=np.bool_)
        found[[row for title_id in title_ids if (row := self.rows.get(title_id)) is not None]] = True
        return found

    def in_genre(self, genre_id: str) -> Mask:
        """Returns which titles have a genre."""
        column = self.genres.get(genre_id)
        return np.zeros(len(self.titles), dtype=np.bool_) if column is None else self.genre_of[:, column]

    def in_language(self, code: str) -> Mask:
        """Returns which titles were made in a language; `pt` is also that of `pt-BR`."""
        wanted = [place for known, place in self.languages.items() if known == code or known.partition("-")[0] == code]
        return np.isin(self.language_of, wanted)


def build_matrix(catalogue: Catalogue) -> FeatureMatrix:
    """Returns a catalogue as arrays."""
    titles = tuple(catalogue.titles[title_id] for title_id in sorted(catalogue.titles))
    facts: dict[visibility.Facts, int] = {}
    genres: dict[str, int] = {}
    genre_names: dict[str, str] = {}
    languages: dict[str, int] = {}
    facts_of = np.zeros(len(titles), dtype=np.int32)
    language_of = np.zeros(len(titles), dtype=np.int32)
    released = np.full(len(titles), _NO_DAY)
    featured = np.zeros(len(titles), dtype=np.bool_)
    kinds: dict[tuple[int, ...], int] = {}
    kind_of = np.zeros(len(titles), dtype=np.int64)
    for row, title in enumerate(titles):
        facts_of[row] = facts.setdefault(title.facts, len(facts))
        language_of[row] = languages.setdefault(title.language_code, len(languages))
        featured[row] = title.featured
        if title.release_date is not None:
            released[row] = title.release_date.toordinal()
        for genre in title.genres:
            genre_names.setdefault(genre.term_id, genre.name)
        own = tuple(genres.setdefault(genre.term_id, len(genres)) for genre in title.genres)
        kind_of[row] = kinds.setdefault(own, len(kinds))
    together = np.zeros((len(kinds), len(genres)))
    for own, kind in kinds.items():
        together[kind, list(own)] = 1.0
    return FeatureMatrix(
        epoch=catalogue.epoch,
        titles=titles,
        rows={title.title_id: row for row, title in enumerate(titles)},
        facts=tuple(facts),
        facts_of=facts_of,
        genres=genres,
        genre_names=genre_names,
        genre_of=together[kind_of] > 0,
        kinds=together,
        kind_of=kind_of,
        languages=languages,
        language_of=language_of,
        released=released,
        featured=featured,
    )
