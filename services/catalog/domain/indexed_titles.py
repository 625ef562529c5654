"""Titles as they are indexed for search and suggestions, and as they are found."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.catalog.domain import title_lists

#: marquee.catalog.v1.MatchedField.
IN_NAME, IN_PERSON, IN_SYNOPSIS = 1, 2, 3
#: marquee.catalog.v1.SuggestionKind.
TITLE, PERSON, GENRE = 1, 2, 3


@dataclass(frozen=True, slots=True)
class TitleEntry:
    """What a title is searched by. An entry without names removes the title from the index."""

    title_id: str
    names: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    synopsis: tuple[str, ...] = ()
    #: What the title can be filtered by, as `filter_terms` writes it.
    filter_terms: tuple[str, ...] = ()
    #: The encoded title as it appears in results, by language.
    cards: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Match:
    """A title that matches: the fields in which words were found, and its cards by language."""

    #: IN_NAME, IN_PERSON, IN_SYNOPSIS, the most important first.
    fields: tuple[int, ...]
    #: Whether all significant words are in its names.
    named: bool
    #: The person in whose name they are, if any.
    person: str
    cards: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class TitleNames:
    """What a title is suggested by: its names by language, its people and its genres. Without names it is removed."""

    title_id: str
    names: Mapping[str, str] = field(default_factory=dict)
    people: tuple[str, ...] = ()
    #: By genre_id, with the names by language.
    genres: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: The year of release.
    year: int = 0


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A completion: the name of a title, a person or a genre, by language."""

    kind: int
    names: Mapping[str, str]
    #: The title_id or the genre_id; empty for a person.
    target: str
    #: How many visible titles it leads to.
    title_count: int


def filter_terms(filters: title_lists.Filters) -> list[str]:
    """Returns the values of the filter field that a title must have."""
    values = {
        "type": filters.type,
        "genre": filters.genre,
        "language": filters.language_code,
        "year": filters.year,
        "mood": filters.mood,
        "theme": filters.theme,
    }
    return [f"{kind}:{value}" for kind, value in values.items() if value]
