"""A home for everybody, chosen while nobody recommends: what is popular, what editors put forward, what is new.

Titles go by their numbers on this replica; where two weigh the same, their ids decide, so that every replica chooses
the same home.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt

from services.catalog.domain import saying

Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]
Days = npt.NDArray[np.int64]

#: marquee.recommendation.v1.RailKind
TRENDING, NEW_RELEASES, GENRE, CURATED = 5, 6, 8, 9
#: marquee.recommendation.v1.ContributionSource
POPULARITY, NEWNESS, CURATION = 3, 4, 6

#: How many titles have a place among the popular ones. A power of two, so that what places weigh adds up exactly.
PLACES = 256
_PUT_FORWARD = 2.0
#: After how many days a title is half as new, and the steps in which that is told: sums of steps are exact.
_HALF_LIFE, _STEPS = 4 * 365.0, 2**20
_MONTH_DAYS, _YEAR_DAYS = 31, 365
_NEW_RELEASE_DAYS = 3 * 365
#: Of a small catalogue, one rail must not take all that the others need.
_LARGEST, _SMALLEST, _SHARE = 20, 6, 8
#: Fewer titles than this are no rail.
_FEWEST = 3
_GENRE_RAILS = 6


@dataclass(frozen=True, slots=True)
class Contribution:
    """A part of a score."""

    source: int
    value: float


@dataclass(frozen=True, slots=True)
class Item:
    """One chosen title, and why."""

    title_id: str
    sentence: str
    #: The largest first.
    contributions: tuple[Contribution, ...]

    @property
    def score(self) -> float:
        """The sum of the contributions, which is exact."""
        return sum(each.value for each in self.contributions)


@dataclass(frozen=True, slots=True)
class Rail:
    """A row of titles."""

    rail_id: str
    kind: int
    title: str
    items: tuple[Item, ...]
    genre: str = ""


@dataclass(frozen=True, slots=True)
class Home:
    """Everything that was chosen."""

    hero: Item | None = None
    rails: tuple[Rail, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """What is known of titles, by their numbers. Nothing of it ever changes."""

    title_id: Callable[[int], str]
    #: The day of the first showing, as `date.toordinal` counts; 0 where it is not known.
    released: Days
    featured: Mask
    #: What each title weighs for being popular; 0 for most.
    popularity: Numbers
    #: A row a title, a column a genre.
    genre_of: Mask
    #: The columns of the genres.
    genres: Mapping[str, int] = field(default_factory=dict)


def weights_of(places: Sequence[int], size: int) -> Numbers:
    """Answers what titles weigh for being popular.

    Args:
        places: the numbers of titles, the most watched first; those behind `PLACES` weigh nothing.
        size: how many titles there are.
    """
    found = np.zeros(size)
    for place, number in enumerate(places[:PLACES]):
        found[number] = (PLACES - place) / PLACES
    return found


def day(released: int) -> int:
    """Answers the day of a release that is told as a number, such as 20240500, whose day is unknown; 0 for none."""
    year, month, of_month = released // 10_000, released // 100 % 100, released % 100
    try:
        return date(year, month or 1, of_month or 1).toordinal()
    except ValueError:  # A day that no calendar has says nothing; its year does.
        return date(year, 1, 1).toordinal() if 1 <= year <= date.max.year else 0


def decide(shelf: Shelf, shown: Mask, today: date, language: str) -> Home:
    """Answers a home in which no title stands twice.

    Args:
        shelf: the titles.
        shown: which of them may stand on it.
        today: the day.
        language: the spoken language.
    """
    floor = _Floor(shelf, shown, today, language)
    hero = floor.hero()
    rails = [floor.curated(), floor.trending(), floor.new_releases(), *floor.of_genres()]
    found = tuple(rail for rail in rails if rail is not None)
    if not found and (rest := floor.anything()) is not None:
        found = (rest,)
    return Home(hero, found)


class _Floor:
    """What is left to choose from."""

    def __init__(self, shelf: Shelf, shown: Mask, today: date, language: str) -> None:
        self._shelf = shelf
        self._today = today.toordinal()
        self._language = language
        self._shown = shown
        self._free = shown.copy()
        self._size = max(_SMALLEST, min(_LARGEST, int(shown.sum()) // _SHARE))
        self._parts: Mapping[int, Numbers] = {
            POPULARITY: shelf.popularity,
            NEWNESS: newness(shelf.released, self._today),
            CURATION: np.where(shelf.featured, _PUT_FORWARD, 0.0),
        }

    def hero(self) -> Item | None:
        """What leads: the best of what editors put forward and what is popular, else the newest."""
        forward = self._free & (self._shelf.featured | (self._shelf.popularity > 0))
        best = self._take(forward, 1, CURATION, POPULARITY) or self._take(self._free, 1, NEWNESS)
        return next(iter(best), None)

    def curated(self) -> Rail | None:
        """What editors put forward."""
        return self._rail("curated", CURATED, self._shelf.featured, CURATION, POPULARITY)

    def trending(self) -> Rail | None:
        """What many watch now."""
        return self._rail("trending", TRENDING, self._shelf.popularity > 0, POPULARITY)

    def new_releases(self) -> Rail | None:
        """What came out of late."""
        released = self._shelf.released
        new = (released <= self._today) & (released > self._today - _NEW_RELEASE_DAYS)
        return self._rail("new-releases", NEW_RELEASES, new, NEWNESS)

    def of_genres(self) -> list[Rail]:
        """What is popular and new in the genres with most to show."""
        columns = self._shelf.genres
        counts = self._shelf.genre_of[self._shown].sum(axis=0)
        leading = sorted(columns, key=lambda genre: (-int(counts[columns[genre]]), genre))
        found: list[Rail] = []
        for genre in leading:
            if len(found) == _GENRE_RAILS:
                break
            rail_id = f"genre.{genre.casefold().replace(' ', '-')}"
            among = self._shelf.genre_of[:, columns[genre]]
            if rail := self._rail(rail_id, GENRE, among, POPULARITY, NEWNESS, genre=genre):
                found.append(rail)
        return found

    def anything(self) -> Rail | None:
        """Whatever there is, so that a home is not empty while there is something to watch."""
        return self._rail("curated", CURATED, self._free, POPULARITY, NEWNESS, fewest=1)

    def _rail(
        self, rail_id: str, kind: int, among: Mask, *sources: int, genre: str = "", fewest: int = _FEWEST
    ) -> Rail | None:
        if np.count_nonzero(among & self._free) < fewest:
            return None
        title = genre or saying.say(rail_id, self._language)
        return Rail(rail_id, kind, title, self._take(among, self._size, *sources), genre)

    def _take(self, among: Mask, size: int, *sources: int) -> tuple[Item, ...]:
        """Answers the best of some titles, which stand nowhere else from then on."""
        found = np.flatnonzero(among & self._free)
        scores = np.sum([self._parts[source][found] for source in sources], axis=0)
        if len(found) > size:
            # Whatever weighs as much as the last one stays in, until the ids have decided.
            best = scores >= np.partition(scores, -size)[-size]
            found, scores = found[best], scores[best]
        ids = map(self._shelf.title_id, found.tolist())
        ranked = sorted(zip(scores.tolist(), ids, found.tolist(), strict=True), key=lambda each: (-each[0], each[1]))
        chosen = ranked[:size]
        self._free[[number for _, _, number in chosen]] = False
        return tuple(self._item(number, title_id, sources) for _, title_id, number in chosen)

    def _item(self, number: int, title_id: str, sources: Sequence[int]) -> Item:
        parts = [Contribution(source, float(self._parts[source][number])) for source in sources]
        told = sorted((part for part in parts if part.value), key=lambda part: (-part.value, part.source))
        return Item(title_id, self._sentence(told[0].source, number), tuple(told))

    def _sentence(self, source: int, number: int) -> str:
        what = {POPULARITY: "popular", CURATION: "picked"}.get(source) or self._age(number)
        return saying.say(what, self._language)

    def _age(self, number: int) -> str:
        released = int(self._shelf.released[number])
        days = self._today - released
        if not released or days > _NEW_RELEASE_DAYS:
            return "anything"
        return "month" if days <= _MONTH_DAYS else "year" if days <= _YEAR_DAYS else "new"


def newness(released: Days, today: int) -> Numbers:
    """Answers what titles weigh for being new: half as much four years later, and never nothing."""
    ages = np.maximum(today - released, 0)
    found: Numbers = np.maximum(np.rint(np.exp2(-ages / _HALF_LIFE) * _STEPS), 1.0) / _STEPS
    return found
