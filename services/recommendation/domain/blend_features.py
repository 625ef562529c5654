"""The parts of the fitted blend for one viewer: gathers its signals, and sums them with the fitted weights.

The weights are fitted on open ratings by `tests/evaluation`; the signals have the same names and meanings there.
"""

from collections.abc import Mapping
from datetime import timedelta

import numpy as np

from services.recommendation.domain import (
    cold_titles,
    genre_and_age_taste,
    home_values,
    linear_model,
    popularity,
    score_parts,
)
from services.recommendation.domain.feature_matrix import FeatureMatrix, Numbers, Rows

_DAY = timedelta(days=1)
#: The nearest titles are searched among so many of a long history, the last ones.
_MAX_NEAREST = 20
_MAX_SAMPLE = 20_000
_CONTENT = ("centroid", "nearest")
_LEANING = ("genre", "age")
_COLLABORATIVE = ("together", "overdue", "after")
_POPULARITY = tuple(popularity.HALF_LIVES)
#: The signals of popularity that count recent interest.
_RECENT = ("day", "days")


class BlendFeatures:
    """The signals of the blend for one viewer.

    Args:
        inputs: the inputs of the home.
        taste: the taste of the viewer.
    """

    def __init__(self, inputs: home_values.Inputs, taste: score_parts.Taste) -> None:
        matrix = inputs.matrix
        self._inputs = inputs
        self.interest, self.counts = inputs.popularity.align(matrix, inputs.at)
        self.ages = inputs.at.date().toordinal() - matrix.released
        self.signals: dict[str, Numbers] = popularity.scale_by_evidence(self.interest)
        history = taste.history
        rows = np.array([row for _, row in history], dtype=np.int64)
        ages = [(inputs.at - signal.time) / _DAY for signal, _ in history if signal.time is not None]
        if len(rows):
            self._add_history_signals(rows, np.array(ages))
        if inputs.model is not None and len(rows):
            watched = [(signal.title_id, age) for (signal, _), age in zip(history, ages, strict=True)]
            self.signals |= inputs.model.signals(matrix, watched)
        self.disliked = self._add_vector_signals(taste, rows)
        counts = self.counts[self.counts > 0]
        usual_mainstream = float((counts * np.log(counts)).sum() / counts.sum()) if len(counts) else 0.0
        mainstream = popularity.mainstream(self.counts, rows)
        self.traits = linear_model.traits(len(rows), mainstream, usual_mainstream)

    def parts(self, weights: linear_model.Weights) -> dict[str, Numbers]:
        """Returns what each part adds to the score of each title; content in two parts, by its cause.

        `recent` is no part of its own: it is the recent share of popularity.
        """
        factors = self._inputs.weights
        newness = cold_titles.newness(weights.newness, self.ages)
        # A title that is not released yet is not new.
        parts = {"newness": factors.newness * np.where(self.ages >= 0, newness, 0.0)}
        for name, signal_names, factor in (
            ("popularity", _POPULARITY, factors.popularity),
            ("recent", _RECENT, factors.popularity),
            ("collaborative", _COLLABORATIVE, factors.collaborative),
            ("liked", _CONTENT, factors.content),
            ("leaning", _LEANING, factors.content),
        ):
            values = self._weighted_sum(signal_names, weights)
            if values is not None:
                parts[name] = factor * values
        return parts

    def _weighted_sum(self, names: tuple[str, ...], weights: linear_model.Weights) -> Numbers | None:
        total: Numbers | None = None
        for name in names:
            weight = weights.of(name, self.traits)
            if weight and name in self.signals:
                values = weight * self.signals[name]
                total = values if total is None else total + values
        return total

    def _add_history_signals(self, rows: Rows, days: Numbers) -> None:
        matrix = self._inputs.matrix
        by_genre_set = genre_and_age_taste.genre_taste(
            matrix.genre_sets, _usual_genres(matrix, self.counts), matrix.genre_set_of[rows]
        )
        self.signals["genre"] = by_genre_set[matrix.genre_set_of]
        # A sample shows the shares of ages as well as all interactions do.
        sample = np.ceil(self.counts * min(1.0, _MAX_SAMPLE / max(float(self.counts.sum()), 1.0))).astype(np.int64)
        usual_ages = genre_and_age_taste.age_shares(np.repeat(self.ages, sample))
        self.signals["age"] = genre_and_age_taste.age_taste(self.ages, usual_ages, self.ages[rows] - days)

    def _add_vector_signals(self, taste: score_parts.Taste, rows: Rows) -> Numbers | None:
        """Adds the similarity of titles to what is liked; returns their similarity to what is disliked."""
        vectors = self._inputs.vectors
        nearest = vectors.directions(rows[vectors.present[rows]][-_MAX_NEAREST:])
        centers = [center for center in (taste.liked, taste.disliked) if center is not None]
        if not centers and not len(nearest):
            return None
        projections = vectors.project_all(np.vstack([*centers, nearest]))
        if taste.liked is not None:
            self.signals["centroid"] = vectors.cosines(projections[0])
        if len(nearest):
            self.signals["nearest"] = vectors.nearest_cosines(projections[len(centers) :])
        return None if taste.disliked is None else vectors.cosines(projections[len(centers) - 1])


def preference_parts(inputs: home_values.Inputs, genre_ids: list[str], codes: list[str]) -> Mapping[str, Numbers]:
    """Returns what preferred genres and languages add to the score of each title, by the name of the part."""
    genre, language = score_parts.preferred(inputs.matrix, genre_ids, codes)
    factor = inputs.weights.preference
    return {**({"genre": factor * genre} if genre_ids else {}), **({"language": factor * language} if codes else {})}


def _usual_genres(matrix: FeatureMatrix, counts: Numbers) -> Numbers:
    """Returns how often each genre is watched; while nobody watches, how many titles have it."""
    weights = counts if counts.any() else np.ones(len(matrix))
    by_genre_set = np.bincount(matrix.genre_set_of, weights=weights, minlength=len(matrix.genre_sets))
    return np.asarray((by_genre_set @ matrix.genre_sets) / weights.sum() + 1e-3)
