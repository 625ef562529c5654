"""The parts that titles are ranked by, for one viewer, over the whole catalogue at once.

Every part is a multiple of 2⁻²⁰, so that a score is the exact sum of its parts in whatever order they are added.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

import numpy as np

from services.recommendation.domain import popularity, signals, vectors
from services.recommendation.domain.feature_matrix import FeatureMatrix, Mask, Numbers, Rows
from services.recommendation.domain.vectors import Vector

#: marquee.recommendation.v1.ContributionSource
CONTENT, COLLABORATIVE, POPULARITY, NEWNESS, PREFERENCE, CURATION, OWN, HOUSEHOLD, DIVERSITY, MOOD = range(1, 11)

_DAY = timedelta(days=1)
#: Which decay tells what is watched now.
RECENT = "days"

_STEPS = 2**20
_COLUMNS = 8
#: So many of a viewer's signals make up the direction of its taste.
_PULLING = 500
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
#: A film that is a year older is half as new.
_NEWNESS_HALF_LIFE_DAYS = 365.0
#: What closeness to what is not liked takes: about what closeness to what is liked gives.
_DISLIKE = 2.0
#: How much more a genre counts than a language that was asked for.
_GENRE, _LANGUAGE = 0.6, 0.4


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each part of the blend counts, beside what it was fitted to; what somebody asked for has no fit."""

    content: float = 1.0
    collaborative: float = 1.0
    popularity: float = 1.0
    newness: float = 1.0
    preference: float = 1.5
    diversity: float = 1.0


class Meaning:
    """Where the titles of a shelf lie in the space of meaning.

    Args:
        version: of the vectors: equal versions are equal vectors.
        model_version: the model that made them.
        matrix: the vectors, a row each.
        places: for each title of the shelf the row of its vector, -1 where it has none.
    """

    def __init__(self, version: int, model_version: str, matrix: Vector, places: Rows) -> None:
        self.version = version
        self.model_version = model_version
        self._matrix = matrix
        self._places = places
        self._known: Mask = places >= 0
        self._apart: tuple[Vector, Numbers] | None = None

    @property
    def empty(self) -> bool:
        """Whether no title has a vector."""
        return not self._known.any()

    @property
    def known(self) -> Mask:
        """Which titles have a vector."""
        return self._known

    def vectors(self, rows: Sequence[int] | Rows) -> Vector:
        """Returns the vectors of titles, a row each; zero where there is none."""
        places = self._places[np.asarray(rows, dtype=np.int64)]
        if not len(self._matrix):
            return np.zeros((len(places), 1), dtype=np.float32)
        return np.where((places >= 0)[:, None], self._matrix[places], np.float32(0))

    def scores(self, vector: Vector) -> Numbers:
        """Returns how close each title is to an exact vector: the cosine; 0 for those without a vector."""
        if self.empty:
            return np.zeros(len(self._places))
        return np.where(self._known, np.asarray(self._matrix @ vector, dtype=np.float64)[self._places], 0.0)

    def reach(self, directions: Vector) -> Vector:
        """Returns how far each vector reaches in each of some directions from the middle of all, a row a direction.

        All films are about films: told from the middle, what two of them share is what others do not have.
        Reading the vectors is what takes the time, so many directions cost little more than one.
        """
        middle, _ = self._middle()
        # With the vectors as they lie and columns in eights, the product takes little more than half of the time.
        columns = np.zeros((directions.shape[1], -(-len(directions) // _COLUMNS) * _COLUMNS), dtype=np.float32)
        columns[:, : len(directions)] = directions.T
        gone = np.ascontiguousarray((self._matrix @ columns).T[: len(directions)])
        gone -= (directions @ middle)[:, None]
        return gone

    def toward(self, reach: Vector) -> Numbers:
        """Returns how far each title lies in a direction from the middle: the cosine; 0 without a vector.

        Args:
            reach: for each vector, as `reach` answered it, or a mean of such.
        """
        _, apart = self._middle()
        return np.divide(reach[self._places], apart, out=np.zeros(len(apart)), where=self._known & (apart > 0))

    def toward_nearest(self, reaches: Vector) -> Numbers:
        """Returns the mean cosine of each title with the two directions that it lies furthest in, or with the one."""
        first, second = reaches[0].copy(), np.full(reaches.shape[1], -np.inf, dtype=np.float32)
        for reach in reaches[1:]:
            np.maximum(second, np.minimum(first, reach), out=second)
            np.maximum(first, reach, out=first)
        return self.toward(first if len(reaches) == 1 else (first.astype(np.float64) + second) / 2)

    def directions(self, rows: Sequence[int] | Rows) -> Vector:
        """Returns in which direction from the middle of all each title lies, as exact vectors."""
        middle, _ = self._middle()
        known = self._known[np.asarray(rows, dtype=np.int64)]
        return np.where(known[:, None], vectors.exact(self.vectors(rows) - middle), np.float32(0))

    def pulls(self, rows: Sequence[int] | Rows, directions: Vector) -> Numbers:
        """Returns how far each of some titles lies in each of some directions, a row a title."""
        middle, apart = self._middle()
        gone = self.vectors(rows) @ directions.T - middle @ directions.T
        length = apart[np.asarray(rows, dtype=np.int64)][:, None]
        return np.divide(gone, length, out=np.zeros(gone.shape), where=length > 0)

    def _middle(self) -> tuple[Vector, Numbers]:
        """Returns the middle of all titles, and how far each lies from it.

        Sums of exact numbers are the same in any order, so the middle of the same titles is the same to the bit.
        """
        if self._apart is None:
            known = self._matrix[self._places[self._known]]
            mean = known.sum(axis=0, dtype=np.float64) / max(len(known), 1)
            middle = (np.trunc(mean * vectors.STEPS) / vectors.STEPS).astype(np.float32)
            lengths = np.einsum("ij,ij->i", known, known, dtype=np.float32).astype(np.float64)
            squares = lengths - 2.0 * (known @ middle).astype(np.float64) + float(middle @ middle)
            apart = np.zeros(len(self._places))
            apart[self._known] = np.sqrt(np.maximum(squares, 0.0))
            self._apart = (middle, apart)
        return self._apart


def nowhere(shelf: FeatureMatrix) -> Meaning:
    """Returns the meaning of titles of which none has a vector."""
    return Meaning(0, "", np.zeros((0, 0), dtype=np.float32), np.full(len(shelf), -1, dtype=np.int64))


@dataclass(frozen=True, slots=True, eq=False)
class Popularity:
    """What is watched: how much with each decay, and by how many ever. Kept under its version."""

    version: str = ""
    #: The time until which interest has decayed: the beginning of the day of the latest.
    at: datetime = _NEVER
    title_ids: tuple[str, ...] = ()
    #: How many profiles took an interest in each.
    counts: Numbers = field(default_factory=lambda: np.zeros(0))
    #: By the name of the decay, as in `popularity.HALF_LIVES`.
    interest: Mapping[str, Numbers] = field(default_factory=dict)

    def on(self, shelf: FeatureMatrix, at: datetime) -> tuple[dict[str, Numbers], Numbers]:
        """Returns the interest in each title at a time, by the name of its decay, and the counts."""
        places = shelf.places(self.title_ids)
        there = places >= 0
        counts = np.zeros(len(shelf))
        counts[places[there]] = self.counts[there]
        days = max((at - self.at) / _DAY, 0.0)
        found = {}
        for name, values in self.interest.items():
            found[name] = np.zeros(len(shelf))
            found[name][places[there]] = values[there] * math.exp2(-days / popularity.HALF_LIVES[name])
        return found, counts


class Collaborative(Protocol):
    """What viewers with the same history watched."""

    @property
    def version(self) -> str:
        """Names the trained model."""
        ...

    def signals(self, shelf: FeatureMatrix, history: Sequence[tuple[str, float]]) -> dict[str, Numbers]:
        """Returns the signals of the blend for each title.

        Args:
            shelf: the titles.
            history: what was watched or liked, in the order of time, and how many days ago.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Taste:
    """A viewer's signals, as they pull in the space of meaning."""

    #: Those that count, about titles of the shelf, in their order, and the rows of these.
    counted: tuple[signals.TasteSignal, ...]
    rows: tuple[int, ...]
    liked: Vector | None
    disliked: Vector | None

    @property
    def known(self) -> bool:
        """Whether any title is liked."""
        return any(signal.weight > 0 for signal in self.counted)

    @property
    def history(self) -> list[tuple[signals.TasteSignal, int]]:
        """What was watched or liked with its rows, each title once, in the order of time."""
        found: dict[str, tuple[signals.TasteSignal, int]] = {}
        for signal, row in zip(self.counted, self.rows, strict=True):
            if signal.weight > 0 and signal.kind in {signals.WATCHED, signals.RATED} and signal.time is not None:
                known = found.get(signal.title_id)
                if known is None or known[0].time is None or known[0].time < signal.time:
                    found[signal.title_id] = (signal, row)
        return sorted(found.values(), key=lambda each: (each[0].time, each[0].title_id))


def quantised(values: Numbers) -> Numbers:
    """Returns values as multiples of 2⁻²⁰, which add up exactly."""
    return np.rint(np.asarray(values, dtype=np.float64) * _STEPS) / _STEPS


def rounded(value: float) -> float:
    """Returns a value as a multiple of 2⁻²⁰."""
    return round(value * _STEPS) / _STEPS


def scaled(values: Numbers, among: Mask) -> Numbers:
    """Returns values scaled so that the greatest of some titles is 1, and none is negative."""
    positive = np.maximum(values, 0.0)
    most = float(positive[among].max()) if among.any() else 0.0
    return np.asarray(np.minimum(positive / most, 1.0)) if most > 0 else np.zeros(len(values))


def taste(ledger: Sequence[signals.TasteSignal], shelf: FeatureMatrix, meaning: Meaning) -> Taste:
    """Returns what a viewer's signals amount to."""
    counted = tuple(signal for signal in ledger if signal.weight and signal.title_id in shelf.rows)
    rows = tuple(shelf.rows[signal.title_id] for signal in counted)
    liked = disliked = None
    if counted and not meaning.empty:
        # The weightiest come first; what so many leave over pulls nowhere any more.
        pull = meaning.directions(rows[:_PULLING])
        weights = np.array([signal.weight for signal in counted[:_PULLING]])
        liked = _direction(pull, np.maximum(weights, 0.0))
        disliked = _direction(pull, np.maximum(-weights, 0.0))
    return Taste(counted, rows, liked, disliked)


def _direction(pull: Vector, weights: Numbers) -> Vector | None:
    # One after the other along the signals: a product of matrices may add in another order on another day.
    total = (pull.astype(np.float64) * weights[:, None]).sum(axis=0)
    return vectors.exact(total) if total.any() else None


def dislike(close: Numbers) -> Numbers:
    """Returns what closeness to what was not liked takes. What is far from it gains nothing by that."""
    return np.asarray(_DISLIKE * np.maximum(close, 0.0))


def newness(shelf: FeatureMatrix, at: datetime) -> Numbers:
    """Returns how new titles are: 1 on the day of release, half of it a year later. What is to come is not new."""
    age = at.date().toordinal() - shelf.released
    return np.where(age >= 0, np.exp2(-np.maximum(age, 0.0) / _NEWNESS_HALF_LIFE_DAYS), 0.0)


def preferred(shelf: FeatureMatrix, genres: Sequence[str], languages: Sequence[str]) -> tuple[Numbers, Numbers]:
    """Returns which titles have a genre, and which a language, that was asked for."""
    wanted = np.zeros(len(shelf), dtype=np.bool_)
    for genre in genres:
        wanted |= shelf.in_genre(genre)
    spoken = np.zeros(len(shelf), dtype=np.bool_)
    for code in languages:
        spoken |= shelf.in_language(code)
    return np.where(wanted, _GENRE, 0.0), np.where(spoken, _LANGUAGE, 0.0)
