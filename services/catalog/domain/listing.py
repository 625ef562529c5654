"""What a list of titles is asked for, and where its pages begin."""

import uuid
from dataclasses import dataclass
from typing import Any

from services.kit import errors

DEFAULT_PAGE, LARGEST_PAGE = 20, 100

_LAST_RELEASE = 9999_12_31


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which titles, in which order. Empty values and zeros stand for any."""

    type: int = 0
    genre: str = ""
    language_code: str = ""
    year: int = 0
    mood: str = ""
    theme: str = ""
    featured_only: bool = False
    by_name: bool = False

    def fingerprint(self) -> list[Any]:
        """Everything that tells one list from another, for its page tokens."""
        return [
            self.type,
            self.genre,
            self.language_code,
            self.year,
            self.mood,
            self.theme,
            self.featured_only,
            self.by_name,
        ]


ANY = Filters()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is searched for."""

    query: str
    filters: Filters
    included_only: bool = False

    def fingerprint(self) -> list[Any]:
        """Everything that tells one search from another, for its page tokens."""
        return ["search", self.query, *self.filters.fingerprint(), self.included_only]


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a list: behind the title with this id, which has this name or release."""

    value: str | int
    title_id: str


def place(cursor: list[Any] | None, filters: Filters) -> Place | None:
    """Answers the place that a page token tells; None for the beginning. Raises PageTokenInvalid."""
    if cursor is None:
        return None
    try:
        value, title_id = cursor
        uuid.UUID(title_id)
    except (ValueError, TypeError, AttributeError):
        value, title_id = None, ""
    fits = isinstance(value, str) and "\0" not in value if filters.by_name else _is_release(value)
    if not fits:
        raise errors.PageTokenInvalid("The page token is broken.")
    return Place(value, title_id)


def _is_release(value: Any) -> bool:
    return type(value) is int and 0 <= value <= _LAST_RELEASE
