"""How complete titles are: what they ought to have, and how much each part of it weighs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

SYNOPSIS, EPISODES, GENRES, PEOPLE, ARTWORK, MOODS, THEMES, TAGLINE, AI_DESCRIPTION = range(1, 10)

#: What each field weighs, the heaviest first: without a synopsis or episodes nobody knows what a title is, or what of
#: it to play; moods, themes and lines only help to find it.
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

#: The score of what lacks nothing. Scores are whole numbers, so that page tokens tell them exactly.
WHOLE = 10_000


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the list of incomplete titles: behind the title with this id, which has this score."""

    score: int
    title_id: str


@dataclass(frozen=True, slots=True)
class Counted:
    """How many titles ought to have a field, and how many have it."""

    wanted: int
    had: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking:
    """A title that lacks something."""

    title_id: str
    type: int
    state: int
    score: int
    #: The heaviest first.
    missing: Sequence[int]
    #: As `tables.documents` tells its form.
    document: Mapping[str, Any]

    @property
    def empty_seasons(self) -> list[int]:
        """The numbers of the seasons without episodes."""
        return [season["number"] for season in self.document.get("seasons", ()) if not season["episode_count"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What titles have and lack."""

    titles: int
    complete: int
    mean: float
    fields: Mapping[int, Counted]
    lacking: Sequence[Lacking]


def score(value: object) -> int:
    """Makes a score of what a page token tells. Raises ValueError for what is none."""
    number = int(str(value))
    if not 0 <= number <= WHOLE:
        raise ValueError(value)
    return number
