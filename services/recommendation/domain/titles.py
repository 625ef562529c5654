"""Titles, as far as choosing between them needs it."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from services.kit import visibility

#: marquee.catalog.v1.TitleType
FILM, SERIES, SPORTS = 1, 2, 3

_FALLBACK_LANGUAGE = "en"


class Term(NamedTuple):
    """A genre, a mood or a theme."""

    #: Such as `science-fiction`.
    term_id: str
    #: In English.
    name: str


@dataclass(frozen=True, slots=True)
class Episode:
    """An episode of a series."""

    episode_id: str
    season_number: int
    episode_number: int
    #: When it came to the platform; None if that is not known.
    publish_time: datetime | None = None
    duration: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Title:
    """Something to watch. Tens of thousands of them are held in memory, so words are shared between them."""

    title_id: str
    #: Catalog's number of this version.
    revision: int
    facts: visibility.Facts
    type: int
    #: By language.
    names: Mapping[str, str]
    #: The main one first.
    genres: tuple[Term, ...] = ()
    #: Those that editors set, then the generated ones.
    moods: tuple[Term, ...] = ()
    themes: tuple[Term, ...] = ()
    language_code: str = ""
    #: The first day that it may have been, where the day or the month is not known.
    release_date: date | None = None
    duration: timedelta | None = None
    featured: bool = False
    #: In their order.
    episodes: tuple[Episode, ...] = ()
    #: In the order of billing.
    people: tuple[str, ...] = ()

    def name(self, language: str) -> str:
        """Returns its name in a language, else in English, else as it was called where it was made."""
        names = self.names
        for code in (language, language.partition("-")[0], _FALLBACK_LANGUAGE, self.language_code):
            if found := names.get(code):
                return found
        return next(iter(names.values()), "")

    @property
    def latest_episode_time(self) -> datetime | None:
        """When its newest episode came to the platform; None without one."""
        return max((each.publish_time for each in self.episodes if each.publish_time), default=None)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All titles as they were at one moment."""

    titles: Mapping[str, Title] = field(default_factory=dict)
    #: Grows with each change: equal epochs are equal catalogues.
    epoch: int = 0


def shared(word: str) -> str:
    """Returns the one copy of a word that thousands of titles have."""
    return sys.intern(word)
