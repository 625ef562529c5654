"""Titles with the properties that recommendations depend on."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from services.kit import visibility

#: marquee.catalog.v1.TitleType
FILM, SERIES, SPORTS = 1, 2, 3

FALLBACK_LANGUAGE = "en"


class Term(NamedTuple):
    """A genre, a mood or a theme."""

    #: Such as `science-fiction`.
    term_id: str
    #: In English.
    name: str
    #: The names in other languages, as pairs of the language and the name.
    translations: tuple[tuple[str, str], ...] = ()

    def name_in(self, language: str) -> str:
        """Returns the name in a language, else in English."""
        return localized(dict(self.translations), language) or self.name


@dataclass(frozen=True, slots=True)
class Episode:
    """An episode of a series."""

    episode_id: str
    season_number: int
    episode_number: int
    #: When it was published; None if that is not known.
    publish_time: datetime | None = None
    duration: timedelta | None = None

    def is_published(self, at: datetime) -> bool:
        """Returns whether viewers may see the episode at a time. An unknown publish time counts as past."""
        return self.publish_time is None or self.publish_time <= at


@dataclass(frozen=True, slots=True)
class Title:
    """A film, a series or a sports event. Tens of thousands are held in memory, so strings are shared between them."""

    title_id: str
    #: The revision of this version in catalog.
    revision: int
    facts: visibility.Facts
    type: int
    #: By language.
    names: Mapping[str, str]
    #: The main one first.
    genres: tuple[Term, ...] = ()
    #: Those of editors, then the generated ones.
    moods: tuple[Term, ...] = ()
    themes: tuple[Term, ...] = ()
    language_code: str = ""
    #: The earliest possible day if the day or the month is not known.
    release_date: date | None = None
    duration: timedelta | None = None
    featured: bool = False
    #: In their order.
    episodes: tuple[Episode, ...] = ()
    #: In the order of billing.
    people: tuple[str, ...] = ()

    def name(self, language: str) -> str:
        """Returns the name in a language, else in English, else in the original language."""
        return localized(self.names, language, self.language_code) or next(iter(self.names.values()), "")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All titles as they were at one moment."""

    titles: Mapping[str, Title] = field(default_factory=dict)
    #: Grows with each change: equal epochs are equal catalogues.
    epoch: int = 0


def localized(names: Mapping[str, str], language: str, original: str = "") -> str:
    """Returns the name in a language, else in English, else in the original language; empty without one."""
    for code in (*fallbacks(language), original):
        if name := names.get(code):
            return name
    return ""


def fallbacks(language: str) -> tuple[str, str, str]:
    """Returns the languages in which to look for a name, the best one first."""
    return language, language.partition("-")[0], FALLBACK_LANGUAGE


def intern(value: str) -> str:
    """Returns the one copy of a string that thousands of titles have."""
    return sys.intern(value)
