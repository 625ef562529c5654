"""The completeness of titles: the fields that they should have, and their weights."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

SYNOPSIS, EPISODES, GENRES, PEOPLE, ARTWORK, MOODS, THEMES, TAGLINE, AI_DESCRIPTION = range(1, 10)

#: The weights of fields, the heaviest first: without a synopsis or episodes nobody knows what a title is or what to
#: play; moods, themes and lines only help to find it.
WEIGHTS: Mapping[int, int] = MappingProxyType(
    {
        SYNOPSIS: 3,
        EPISODES: 3,
        GENRES: 2,
        PEOPLE: 2,
        ARTWORK: 2,
        MOODS: 1,
        THEMES: 1,
        TAGLINE: 1,
        AI_DESCRIPTION: 1,
    }
)

#: The score of a complete title. Scores are integers, so that page tokens hold them exactly.
WHOLE = 10_000


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the list of incomplete titles: behind this title, which has this score."""

    score: int
    title_id: str


@dataclass(frozen=True, slots=True)
class Counted:
    """How many titles should have a field, and how many have it."""

    wanted: int
    had: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking:
    """An incomplete title."""

    title_id: str
    type: int
    state: int
    score: int
    #: The heaviest first.
    missing: Sequence[int]
    #: `tables.documents` describes its form.
    document: Mapping[str, Any]

    @property
    def empty_seasons(self) -> list[int]:
        """The numbers of the seasons without episodes."""
        return [season["number"] for season in self.document.get("seasons", ()) if not season["episode_count"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The completeness of titles."""

    titles: int
    complete: int
    mean: float
    fields: Mapping[int, Counted]
    lacking: Sequence[Lacking]


def score(value: object) -> int:
    """Returns the score in a page token. Raises ValueError for anything else."""
    number = int(str(value))
    if not 0 <= number <= WHOLE:
        raise ValueError(value)
    return number
