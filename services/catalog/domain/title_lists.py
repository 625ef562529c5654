"""The filters and the order of a list of titles, and the places where its pages begin."""

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from typing import Any, NamedTuple

from services.kit import ids, paging

DEFAULT_PAGE, LARGEST_PAGE = 20, 100
DEFAULT_EPISODES, MOST_EPISODES = 50, 200

#: marquee.catalog.v1.TitleOrder; UNSPECIFIED is NEWEST.
NEWEST, BY_NAME, BY_POPULARITY = 1, 2, 3
_LAST_RELEASE = 9999_12_31
#: The rank of titles that are not among the popular ones: behind all that are.
UNRANKED = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which titles are listed, in which order. Empty texts and zeros match any title."""

    type: int = 0
    genre: str = ""
    language_code: str = ""
    year: int = 0
    mood: str = ""
    theme: str = ""
    featured_only: bool = False
    order: int = NEWEST

    def fingerprint(self) -> list[Any]:
        """Returns everything that distinguishes one list from another, for its page tokens."""
        return list(astuple(self))


ANY = Filters()


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery:
    """What is searched for."""

    query: str
    filters: Filters
    included_only: bool = False

    def fingerprint(self) -> list[Any]:
        """Returns everything that distinguishes one search from another, for its page tokens."""
        return ["search", self.query, *self.filters.fingerprint(), self.included_only]


class EpisodePlace(NamedTuple):
    """A place in the list of episodes of a series: behind this episode."""

    season_number: int
    episode_number: int
    episode_id: str


def place(page_token: str, filters: Filters) -> Sequence[Any] | None:
    """Returns the values that the last title of the previous page is ordered by; None on the first page.

    Raises PageTokenInvalid.
    """
    kinds: dict[int, tuple[Callable[[Any], Any], ...]] = {
        NEWEST: (_release, ids.parse),
        BY_NAME: (_name, ids.parse),
        BY_POPULARITY: (_popularity, _release, ids.parse),
    }
    return paging.cursor(page_token, of=filters.fingerprint(), kinds=kinds[filters.order])


def episode_place(page_token: str, fingerprint: Sequence[Any]) -> EpisodePlace | None:
    """Returns the last episode of the previous page; None on the first page. Raises PageTokenInvalid."""
    cursor = paging.cursor(page_token, of=fingerprint, kinds=(_number, _number, ids.parse))
    return EpisodePlace(*cursor) if cursor else None


def _name(value: Any) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise ValueError(value)
    return value


def _release(value: Any) -> int:
    return _integer(value, _LAST_RELEASE)


def _popularity(value: Any) -> int:
    """Popularity is the negative rank, so that larger is more popular."""
    return -_integer(-value, UNRANKED)


def _number(value: Any) -> int:
    return _integer(value, UNRANKED)


def _integer(value: Any, most: int) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise ValueError(value)
    return value
