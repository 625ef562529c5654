"""The parts of scores, for one viewer and all titles at once.

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
(
    CONTENT,
    COLLABORATIVE,
    POPULARITY,
    NEWNESS,
    PREFERENCE,
    CURATION,
    OWN,
    HOUSEHOLD,
    DIVERSITY,
    MOOD,
    AVAILABILITY,
) = range(1, 12)

_DAY = timedelta(days=1)
#: The half-life of popularity that stands for what is watched now.
RECENT = "days"

_STEPS = 2**20
_COLUMN_BLOCK = 8
#: How many signals make up the direction of a viewer's taste.
_MAX_TASTE_SIGNALS = 500
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_NEWNESS_HALF_LIFE_DAYS = 365.0
#: The weight of similarity to what is disliked: about that of similarity to what is liked.
_DISLIKE = 2.0
#: The weights of a preferred genre and of a preferred language.
_GENRE, _LANGUAGE = 0.6, 0.4


@dataclass(frozen=True, slots=True)
class Weights:
    """Factors of the parts, beside the fitted weights. Preferences have no fitted weight."""

    content: float = 1.0
    collaborative: float = 1.0
    popularity: float = 1.0
    newness: float = 1.0
    preference: float = 1.5
    diversity: float = 1.0


class TitleVectors:
    """The vectors of the titles of a matrix.

    Args:
        version: the version of the vectors: equal versions are equal vectors.
        model_version: the model that made them.
        storage: the vectors, a row each.
        positions: for each title of the matrix the row of its vector in `storage`, -1 without one.
    """

    def __init__(self, version: int, model_version: str, storage: Vector, positions: Rows) -> None:
        self.version = version
        self.model_version = model_version
        self._storage = storage
        self._positions = positions
        #: Which titles have a vector.
        self.present: Mask = positions >= 0
        self._centered: tuple[Vector, Numbers] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether no title has a vector."""
        return not self.present.any()

    def rows(self, rows: Sequence[int] | Rows) -> Vector:
        """Returns the vectors of titles, a row each; zero for titles without one."""
        positions = self._positions[np.asarray(rows, dtype=np.int64)]
        if not len(self._storage):
            return np.zeros((len(positions), 1), dtype=np.float32)
        return np.where((positions >= 0)[:, None], self._storage[positions], np.float32(0))

    def scores(self, vector: Vector) -> Numbers:
        """Returns the cosine of each title with an exact vector; 0 for titles without a vector."""
        if self.is_empty:
            return np.zeros(len(self._positions))
        return np.where(self.present, np.asarray(self._storage @ vector, dtype=np.float64)[self._positions], 0.0)

    def project_all(self, directions: Vector) -> Vector:
        """Returns the length of each vector in each of some directions from the mean vector, a row for each direction.

        All films have something in common, which the mean vector removes from the comparison.
        Reading the vectors takes most of the time, so many directions cost little more than one.
        """
        mean, _ = self._center()
        # With the vectors as they are in memory and columns in eights, the product takes half the time.
        columns = np.zeros((directions.shape[1], -(-len(directions) // _COLUMN_BLOCK) * _COLUMN_BLOCK), np.float32)
        columns[:, : len(directions)] = directions.T
        lengths = np.ascontiguousarray((self._storage @ columns).T[: len(directions)])
        lengths -= (directions @ mean)[:, None]
        return lengths

    def cosines(self, projection: Vector) -> Numbers:
        """Returns the cosine of each title with a direction from the mean vector; 0 for titles without a vector.

        Args:
            projection: a row that `project_all` returned, or a mean of such rows.
        """
        _, distances = self._center()
        return np.divide(
            projection[self._positions],
            distances,
            out=np.zeros(len(distances)),
            where=self.present & (distances > 0),
        )

    def nearest_cosines(self, projections: Vector) -> Numbers:
        """Returns the mean cosine of each title with the two nearest directions, or with the only one."""
        first, second = projections[0].copy(), np.full(projections.shape[1], -np.inf, dtype=np.float32)
        for projection in projections[1:]:
            np.maximum(second, np.minimum(first, projection), out=second)
            np.maximum(first, projection, out=first)
        return self.cosines(first if len(projections) == 1 else (first.astype(np.float64) + second) / 2)

    def directions(self, rows: Sequence[int] | Rows) -> Vector:
        """Returns the direction of each title from the mean vector, as exact vectors."""
        mean, _ = self._center()
        present = self.present[np.asarray(rows, dtype=np.int64)]
        return np.where(present[:, None], vectors.exact(self.rows(rows) - mean), np.float32(0))

    def projections(self, rows: Sequence[int] | Rows, directions: Vector) -> Numbers:
        """Returns the cosine of each of some titles with each of some directions, a row for each title."""
        mean, distances = self._center()
        lengths = self.rows(rows) @ directions.T - mean @ directions.T
        distance = distances[np.asarray(rows, dtype=np.int64)][:, None]
        return np.divide(lengths, distance, out=np.zeros(lengths.shape), where=distance > 0)

    def _center(self) -> tuple[Vector, Numbers]:
        """Returns the mean vector of all titles, and the distance of each title from it.

        Sums of exact numbers are the same in any order, so the mean of the same titles is the same bit by bit.
        """
        if self._centered is None:
            present = self._storage[self._positions[self.present]]
            sums = present.sum(axis=0, dtype=np.float64) / max(len(present), 1)
            mean = (np.trunc(sums * vectors.STEPS) / vectors.STEPS).astype(np.float32)
            lengths = np.einsum("ij,ij->i", present, present, dtype=np.float32).astype(np.float64)
            squares = lengths - 2.0 * (present @ mean).astype(np.float64) + float(mean @ mean)
            distances = np.zeros(len(self._positions))
            distances[self.present] = np.sqrt(np.maximum(squares, 0.0))
            self._centered = (mean, distances)
        return self._centered


def no_vectors(matrix: FeatureMatrix) -> TitleVectors:
    """Returns the vectors of titles none of which has one."""
    return TitleVectors(0, "", np.zeros((0, 0), dtype=np.float32), np.full(len(matrix), -1, dtype=np.int64))


@dataclass(frozen=True, slots=True, eq=False)
class Popularity:
    """The interest in titles with each half-life, and the number of profiles. Stored under its version."""

    version: str = ""
    #: The time until which interest has decayed: the beginning of the day of the latest interaction.
    at: datetime = _NEVER
    title_ids: tuple[str, ...] = ()
    #: How many profiles took an interest in each title.
    counts: Numbers = field(default_factory=lambda: np.zeros(0))
    #: By the name of the half-life, see `popularity.HALF_LIVES`.
    interest: Mapping[str, Numbers] = field(default_factory=dict)

    def align(self, matrix: FeatureMatrix, at: datetime) -> tuple[dict[str, Numbers], Numbers]:
        """Returns the interest in each title of a matrix at a time, by the name of the half-life, and the counts."""
        rows = matrix.find_rows(self.title_ids)
        present = rows >= 0
        counts = np.zeros(len(matrix))
        counts[rows[present]] = self.counts[present]
        days = max((at - self.at) / _DAY, 0.0)
        interest = {}
        for name, values in self.interest.items():
            interest[name] = np.zeros(len(matrix))
            interest[name][rows[present]] = values[present] * math.exp2(-days / popularity.HALF_LIVES[name])
        return interest, counts


class CollaborativeModel(Protocol):
    """A model of what viewers with a similar history watched."""

    @property
    def version(self) -> str:
        """The id of the trained model."""
        ...

    def signals(self, matrix: FeatureMatrix, history: Sequence[tuple[str, float]]) -> dict[str, Numbers]:
        """Returns the collaborative signals of each title.

        Args:
            matrix: the titles.
            history: what was watched or liked, in the order of time, and how many days ago.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Taste:
    """The signals of a viewer, and the directions of the vectors of what is liked and disliked."""

    #: The signals with a weight about titles of the matrix, in their order, and the rows of the titles.
    entries: tuple[signals.TasteSignal, ...]
    rows: tuple[int, ...]
    liked: Vector | None
    disliked: Vector | None

    @property
    def likes_titles(self) -> bool:
        """Whether any title is liked."""
        return any(signal.weight > 0 for signal in self.entries)

    @property
    def history(self) -> list[tuple[signals.TasteSignal, int]]:
        """The titles that were watched or liked and their rows, each title once, in the order of time."""
        latest: dict[str, tuple[signals.TasteSignal, int]] = {}
        for signal, row in zip(self.entries, self.rows, strict=True):
            if signal.weight > 0 and signal.kind in {signals.WATCHED, signals.RATED} and signal.time is not None:
                other = latest.get(signal.title_id)
                if other is None or other[0].time is None or other[0].time < signal.time:
                    latest[signal.title_id] = (signal, row)
        return sorted(latest.values(), key=lambda entry: (entry[0].time, entry[0].title_id))


def quantize_all(values: Numbers) -> Numbers:
    """Returns values as multiples of 2⁻²⁰, which add up exactly."""
    return np.rint(np.asarray(values, dtype=np.float64) * _STEPS) / _STEPS


def quantize(value: float) -> float:
    """Returns a value as a multiple of 2⁻²⁰."""
    return round(value * _STEPS) / _STEPS


def scale(values: Numbers, among: Mask) -> Numbers:
    """Returns values scaled so that the greatest of some titles is 1, and none is negative."""
    positive = np.maximum(values, 0.0)
    greatest = float(positive[among].max()) if among.any() else 0.0
    return np.asarray(np.minimum(positive / greatest, 1.0)) if greatest > 0 else np.zeros(len(values))


def compute_taste(
    taste_signals: Sequence[signals.TasteSignal], matrix: FeatureMatrix, title_vectors: TitleVectors
) -> Taste:
    """Returns the taste of a viewer with these signals."""
    used = tuple(signal for signal in taste_signals if signal.weight and signal.title_id in matrix.rows)
    rows = tuple(matrix.rows[signal.title_id] for signal in used)
    liked = disliked = None
    if used and not title_vectors.is_empty:
        # The signals with the largest weights come first; the others hardly change the direction.
        directions = title_vectors.directions(rows[:_MAX_TASTE_SIGNALS])
        weights = np.array([signal.weight for signal in used[:_MAX_TASTE_SIGNALS]])
        liked = _mean_direction(directions, np.maximum(weights, 0.0))
        disliked = _mean_direction(directions, np.maximum(-weights, 0.0))
    return Taste(used, rows, liked, disliked)


def _mean_direction(directions: Vector, weights: Numbers) -> Vector | None:
    # Summed along the signals: a matrix product may add in another order on another machine.
    total = (directions.astype(np.float64) * weights[:, None]).sum(axis=0)
    return vectors.exact(total) if total.any() else None


def dislike(similarity: Numbers) -> Numbers:
    """Returns what similarity to disliked titles takes from a score. Dissimilarity adds nothing."""
    return np.asarray(_DISLIKE * np.maximum(similarity, 0.0))


def newness(matrix: FeatureMatrix, at: datetime) -> Numbers:
    """Returns the newness of titles: 1 on the day of release, half of it a year later, 0 before the release."""
    age = at.date().toordinal() - matrix.released
    return np.where(age >= 0, np.exp2(-np.maximum(age, 0.0) / _NEWNESS_HALF_LIFE_DAYS), 0.0)


def preferred(matrix: FeatureMatrix, genre_ids: Sequence[str], codes: Sequence[str]) -> tuple[Numbers, Numbers]:
    """Returns the scores of titles for having a preferred genre, and for having a preferred language."""
    has_genre = np.zeros(len(matrix), dtype=np.bool_)
    for genre_id in genre_ids:
        has_genre |= matrix.in_genre(genre_id)
    has_language = np.zeros(len(matrix), dtype=np.bool_)
    for code in codes:
        has_language |= matrix.in_language(code)
    return np.where(has_genre, _GENRE, 0.0), np.where(has_language, _LANGUAGE, 0.0)
