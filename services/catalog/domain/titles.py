"""Titles and episodes as they are imported and stored."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.kit import localization, tokenizer, visibility

FILM, SERIES, SPORTS = 1, 2, 3

#: The words of import files, and the contract's numbers for them.
TYPES = {"film": FILM, "series": SERIES, "sports": SPORTS}
STATES = {"DRAFT": 1, "PENDING_REVIEW": 2, "APPROVED": 3, "PUBLISHED": visibility.PUBLISHED, "ARCHIVED": 5}
CREDIT_ROLES = {"actor": 1, "director": 2, "writer": 3, "presenter": 4}
IMAGE_KINDS = {"poster": 1, "backdrop": 2, "logo": 3, "still": 4}

#: The namespace of the ids of people, which are made from their names.
_PEOPLE = uuid.UUID("6f5c2f0e-6a57-5b0e-9d3c-9c1f5f1d7a42")


@dataclass(frozen=True, slots=True)
class Rating:
    """The youngest viewer that a title is suitable for, in years, and the label that says so."""

    age: int
    system: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """An episode of an import."""

    episode_id: str
    season_number: int
    episode_number: int
    #: Texts by language, duration, images; `tables.episodes` describes its form.
    document: dict[str, Any]
    #: None if the file does not say when it was added to the platform.
    publish_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """A title of an import."""

    #: The id in the file; None if the title is identified by its key.
    title_id: str | None
    #: The key in the source, if the file has no id.
    source_key: str | None
    type: int
    facts: visibility.Facts
    #: None if the title is not rated.
    rating: Rating | None
    language_code: str
    #: The release date as a number that sorts: 20240500 is May 2024, day unknown.
    released: int
    #: The names of genres, moods and themes.
    genres: tuple[str, ...] = ()
    moods: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    featured: bool = False
    #: Texts by language, credits, seasons, artwork; `tables.documents` describes its form.
    document: dict[str, Any]
    episodes: tuple[Episode, ...] = ()


def text_in(texts: Mapping[str, Mapping[str, str]], language_code: str, name: str) -> str:
    """Returns a text in the preferred language or in one that replaces it; empty if there is none."""
    return next(
        (text for language in localization.languages(language_code, texts) if (text := texts[language].get(name))), ""
    )


def usual_seconds(episodes: Sequence[Episode]) -> int:
    """Returns the median duration of episodes; zero if no duration is known."""
    seconds = sorted(filter(None, (episode.document.get("seconds") for episode in episodes)))
    return seconds[len(seconds) // 2] if seconds else 0


def person_id(name: str) -> str:
    """Returns the id of the person with a name. People of one name share it."""
    return str(uuid.uuid5(_PEOPLE, " ".join(tokenizer.split(name)) or name.casefold()))


def season_number(title_id: str, document: Mapping[str, Any], wanted: str) -> int:
    """Returns the number of the season of a title with an id; zero, which no season has, if there is none."""
    numbers = (season["number"] for season in document.get("seasons", ()))
    return next((number for number in numbers if season_id(title_id, number) == wanted), 0)


def season_id(title_id: str, season_number: int) -> str:
    """Returns the id of a season."""
    return str(uuid.uuid5(uuid.UUID(title_id), f"season {season_number}"))
