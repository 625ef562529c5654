"""A title as it is kept."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.kit import visibility

#: The language of texts that are not localized, and what stands in where a language is missing.
DEFAULT_LANGUAGE = "en"

FILM, SERIES, SPORTS = 1, 2, 3

#: The words that files use, and the contract's numbers for them.
TYPES = {"film": FILM, "series": SERIES, "sports": SPORTS}
STATES = {"DRAFT": 1, "PENDING_REVIEW": 2, "APPROVED": 3, "PUBLISHED": visibility.PUBLISHED, "ARCHIVED": 5}
MATURITY_RATINGS = {"G": 1, "PG": 2, "PG_13": 3, "R": 4, "NC_17": 5}
CREDIT_ROLES = {"actor": 1, "director": 2, "writer": 3, "presenter": 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """What a title is found, filtered and judged by, and beside it everything that is only shown."""

    #: The id that the file gives; None if the title is known by its key.
    title_id: str | None
    #: What the source calls the title, where it gives no id.
    source_key: str | None
    type: int
    facts: visibility.Facts
    language_code: str
    #: The first showing as a number that sorts: 20240500 is May 2024, of which the day is unknown.
    released: int
    genres: tuple[str, ...] = ()
    moods: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    featured: bool = False
    #: Texts by language, credits, seasons, artwork; `tables.documents` tells its form.
    document: dict[str, Any]


def languages(wanted: str, known: Iterable[str]) -> Iterator[str]:
    """Answers the languages that may stand in for a wanted one: itself, its parent, the default one, any."""
    known = list(known)
    for language in dict.fromkeys([wanted, wanted.partition("-")[0], DEFAULT_LANGUAGE, *known]):
        if language in known:
            yield language


def text_in(texts: Mapping[str, Mapping[str, str]], language_code: str, name: str) -> str:
    """Answers a text in the language that was asked for, or in one that may stand in; empty if there is none."""
    return next((text for language in languages(language_code, texts) if (text := texts[language].get(name))), "")


def usual_seconds(document: Mapping[str, Any]) -> int:
    """Answers how long a title runs; of a series, how long an episode usually does. Zero if nothing tells."""
    told = [episode.get("seconds") for season in document.get("seasons", ()) for episode in season["episodes"]]
    known = sorted(filter(None, told))
    return document.get("seconds") or (known[len(known) // 2] if known else 0)
