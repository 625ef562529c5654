"""The parts that titles are ranked by, for one viewer, over the whole catalogue at once.

Every part is a multiple of 2⁻²⁰, so that a score is the exact sum of its parts in whatever order they are added.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

import numpy as np

from services.recommendation.domain import signals, vectors
from services.recommendation.domain.shelves import Mask, Numbers, Shelf
from services.recommendation.domain.vectors import Vector

#: marquee.recommendation.v1.ContributionSource
CONTENT, COLLABORATIVE, POPULARITY, NEWNESS, PREFERENCE, CURATION, OWN, HOUSEHOLD, DIVERSITY = range(1, 10)

#: Which decay tells what is watched now.
RECENT = "days"

_STEPS = 2**20
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
#: A film that is a year older is half as new.
_NEWNESS_HALF_LIFE_DAYS = 365.0
#: Of what is not liked, its closeness counts less than that of what is.
_DISLIKE = 0.5
#: How much more a genre counts than a language that was asked for.
_GENRE, _LANGUAGE = 0.6, 0.4
#: After this many weighty signals, a viewer is half known.
_HALF_KNOWN = 1.0


@dataclass(frozen=True, slots=True)
class Weights:
    """How the blend weighs its parts, each of which is scaled to 0…1 first."""

    content: float = 1.0
    collaborative: float = 1.0
    popularity: float = 1.0
    newness: float = 0.3
    preference: float = 0.6
    diversity: float = 0.3


class Meaning:
    """Where the titles of a shelf lie in the space of meaning.

    Args:
        version: of the vectors: equal versions are equal vectors.
        model_version: the model that made them.
        matrix: the vectors, a row each.
        places: for each title of the shelf the row of its vector, -1 where it has none.
    """

    def __init__(self, version: int, model_version: str, matrix: Vector, places: np.ndarray) -> None:
        self.version = version
        self.model_version = model_version
        self._matrix = matrix
        self._places = places
        self._known: Mask = places >= 0

    @property
    def empty(self) -> bool:
        """Whether no title has a vector."""
        return not self._known.any()

    @property
    def known(self) -> Mask:
        """Which titles have a vector."""
        return self._known

    def vectors(self, rows: Sequence[int] | np.ndarray) -> Vector:
        """Answers the vectors of titles, a row each; zero where there is none."""
        places = self._places[np.asarray(rows, dtype=np.int64)]
        if not len(self._matrix):
            return np.zeros((len(places), 1), dtype=np.float32)
        return np.where((places >= 0)[:, None], self._matrix[places], np.float32(0))

    def scores(self, vector: Vector) -> Numbers:
        """Answers how close each title is to an exact vector: the cosine; 0 for those without a vector."""
        if self.empty:
            return np.zeros(len(self._places))
        close = np.asarray(self._matrix @ vector, dtype=np.float64)
        return np.where(self._known, close[self._places], 0.0)


def nowhere(shelf: Shelf) -> Meaning:
    """Answers the meaning of titles of which none has a vector."""
    return Meaning(0, "", np.zeros((0, 0), dtype=np.float32), np.full(len(shelf), -1, dtype=np.int64))


@dataclass(frozen=True, slots=True, eq=False)
class Popularity:
    """What is watched: how much with each decay, and by how many ever. Kept under its version."""

    version: str = ""
    #: The time of the latest interest: what decays has decayed until then.
    at: datetime = _NEVER
    title_ids: tuple[str, ...] = ()
    #: How many profiles took an interest in each.
    counts: Numbers = field(default_factory=lambda: np.zeros(0))
    #: By the name of the decay, as in `popularity.HALF_LIVES`.
    interest: Mapping[str, Numbers] = field(default_factory=dict)

    def on(self, shelf: Shelf) -> tuple[Numbers, Numbers]:
        """Answers the interest of late and the counts for the rows of a shelf."""
        recent, counts = np.zeros(len(shelf)), np.zeros(len(shelf))
        places = np.fromiter((shelf.rows.get(each, -1) for each in self.title_ids), np.int64, len(self.title_ids))
        there = places >= 0
        counts[places[there]] = self.counts[there]
        if RECENT in self.interest:
            recent[places[there]] = self.interest[RECENT][there]
        return recent, counts


class Collaborative(Protocol):
    """What viewers with the same history watched."""

    @property
    def version(self) -> str:
        """Names the trained model."""
        ...

    def scores(self, shelf: Shelf, liked: Mapping[str, float]) -> Numbers:
        """Answers for each title how strongly the history speaks for it, any scale, higher is stronger."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Taste:
    """A viewer's signals, as they pull in the space of meaning."""

    #: Those that count, about titles of the shelf, in their order.
    counted: tuple[signals.TasteSignal, ...]
    rows: tuple[int, ...]
    liked: Vector | None
    disliked: Vector | None
    #: From 0, nothing is known, towards 1.
    certainty: float

    @property
    def positive(self) -> Mapping[str, float]:
        """What is liked, by title, and how much."""
        liked: dict[str, float] = {}
        for signal in self.counted:
            liked[signal.title_id] = liked.get(signal.title_id, 0.0) + signal.weight
        return {title_id: weight for title_id, weight in liked.items() if weight > 0}


def quantised(values: Numbers) -> Numbers:
    """Answers values as multiples of 2⁻²⁰, which add up exactly."""
    return np.rint(np.asarray(values, dtype=np.float64) * _STEPS) / _STEPS


def rounded(value: float) -> float:
    """Answers a value as a multiple of 2⁻²⁰."""
    return round(value * _STEPS) / _STEPS


def scaled(values: Numbers, among: Mask) -> Numbers:
    """Answers values scaled so that the greatest of some titles is 1, and none is negative."""
    positive = np.maximum(values, 0.0)
    most = float(positive[among].max()) if among.any() else 0.0
    return np.asarray(np.minimum(positive / most, 1.0)) if most > 0 else np.zeros(len(values))


def taste(ledger: Sequence[signals.TasteSignal], shelf: Shelf, meaning: Meaning) -> Taste:
    """Answers what a viewer's signals amount to."""
    counted = tuple(signal for signal in ledger if signal.weight and signal.title_id in shelf.rows)
    rows = tuple(shelf.rows[signal.title_id] for signal in counted)
    liked = disliked = None
    if counted and not meaning.empty:
        pull = meaning.vectors(rows).astype(np.float64)
        weights = np.array([signal.weight for signal in counted])
        liked = _direction(pull, np.maximum(weights, 0.0))
        disliked = _direction(pull, np.maximum(-weights, 0.0))
    known = sum(signal.weight for signal in counted if signal.weight > 0)
    return Taste(counted, rows, liked, disliked, known / (known + _HALF_KNOWN))


def _direction(pull: Numbers, weights: Numbers) -> Vector | None:
    # One row after the other: a product of matrices may add in another order on another day.
    total = np.zeros(pull.shape[1])
    for row, weight in zip(pull, weights, strict=True):
        total += weight * row
    return vectors.exact(total) if total.any() else None


def dislike(close: Numbers) -> Numbers:
    """Answers what closeness to what was not liked takes. What is far from it gains nothing by that."""
    return np.asarray(_DISLIKE * np.maximum(close, 0.0))


def newness(shelf: Shelf, at: datetime) -> Numbers:
    """Answers how new titles are: 1 on the day of release, half of it a year later. What is to come is not new."""
    age = at.date().toordinal() - shelf.released
    return np.where(age >= 0, np.exp2(-np.maximum(age, 0.0) / _NEWNESS_HALF_LIFE_DAYS), 0.0)


def preferred(shelf: Shelf, genres: Sequence[str], languages: Sequence[str]) -> tuple[Numbers, Numbers]:
    """Answers which titles have a genre, and which a language, that was asked for."""
    wanted = np.zeros(len(shelf), dtype=np.bool_)
    for genre in genres:
        wanted |= shelf.in_genre(genre)
    spoken = np.zeros(len(shelf), dtype=np.bool_)
    for code in languages:
        spoken |= shelf.in_language(code)
    return np.where(wanted, _GENRE, 0.0), np.where(spoken, _LANGUAGE, 0.0)
