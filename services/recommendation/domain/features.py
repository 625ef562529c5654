"""What the fitted blend says of every title, for one viewer: its signals gathered, its parts added up.

The weights were fitted on open ratings; the parts have the same names and the same meaning there and here.
"""

from collections.abc import Mapping
from datetime import timedelta

import numpy as np

from services.recommendation.domain import cold_start, content_features, homes, linear_model, popularity, scoring
from services.recommendation.domain.feature_matrix import FeatureMatrix, Numbers, Rows

_DAY = timedelta(days=1)
#: Of a long history, what is nearest is looked for among so many, the last.
_LOOKED_AT = 20
_SAMPLE = 20_000
_CONTENT = ("centroid", "nearest")
_LEANING = ("genre", "age")
_POPULARITY = tuple(popularity.HALF_LIVES)
#: What of popularity is of the last days; the rest was so before.
_OF_LATE = ("day", "days")


class BlendFeatures:
    """The signals of the blend for one viewer.

    Args:
        inputs: what is decided from.
        taste: what the viewer's signals amount to.
    """

    def __init__(self, inputs: homes.Inputs, taste: scoring.Taste) -> None:
        shelf = inputs.shelf
        self._inputs = inputs
        self.interest, self.counts = inputs.popularity.on(shelf, inputs.at)
        self.ages = inputs.at.date().toordinal() - shelf.released
        self.signals: dict[str, Numbers] = popularity.weighed(self.interest)
        history = taste.history
        rows = np.array([row for _, row in history], dtype=np.int64)
        ages = [(inputs.at - signal.time) / _DAY for signal, _ in history if signal.time is not None]
        if len(rows):
            self._of_history(inputs, rows, np.array(ages))
        if inputs.model is not None and len(rows):
            named = [(signal.title_id, age) for (signal, _), age in zip(history, ages, strict=True)]
            self.signals |= inputs.model.signals(shelf, named)
        self.disliked = self._of_meaning(inputs.meaning, taste, rows)
        crowd = self.counts[self.counts > 0]
        usual = float((crowd * np.log(crowd)).sum() / crowd.sum()) if len(crowd) else 0.0
        self.traits = linear_model.traits(len(rows), popularity.mainstream(self.counts, rows), usual)

    def parts(self, weights: linear_model.Weights) -> dict[str, Numbers]:
        """Returns what each part adds to the score of each title; content is told apart by what it comes from.

        `recent` is no part of its own: it says how much of popularity is of late.
        """
        much = self._inputs.weights
        found = {"newness": much.newness * _out(cold_start.newness(weights.newness, self.ages), self.ages)}
        for name, names, times in (
            ("popularity", _POPULARITY, much.popularity),
            ("recent", _OF_LATE, much.popularity),
            ("collaborative", ("together", "overdue", "after"), much.collaborative),
            ("liked", _CONTENT, much.content),
            ("leaning", _LEANING, much.content),
        ):
            values = self._weighed(names, weights)
            if values is not None:
                found[name] = times * values
        return found

    def _weighed(self, names: tuple[str, ...], weights: linear_model.Weights) -> Numbers | None:
        found: Numbers | None = None
        for name in names:
            weight = weights.of(name, self.traits)
            if weight and name in self.signals:
                values = weight * self.signals[name]
                found = values if found is None else found + values
        return found

    def _of_history(self, inputs: homes.Inputs, rows: Rows, days: Numbers) -> None:
        shelf = inputs.shelf
        of_kinds = content_features.genre_taste(shelf.kinds, _usual_genres(shelf, self.counts), shelf.kind_of[rows])
        self.signals["genre"] = of_kinds[shelf.kind_of]
        # A sample tells shares as well as everything that was ever watched.
        sample = np.ceil(self.counts * min(1.0, _SAMPLE / max(float(self.counts.sum()), 1.0))).astype(np.int64)
        usual = content_features.age_shares(np.repeat(self.ages, sample))
        self.signals["age"] = content_features.age_taste(self.ages, usual, self.ages[rows] - days)

    def _of_meaning(self, meaning: scoring.Meaning, taste: scoring.Taste, rows: Rows) -> Numbers | None:
        """Notes how near titles are to what is liked; returns how near they are to what is not."""
        near = meaning.directions(rows[meaning.known[rows]][-_LOOKED_AT:])
        centres = [each for each in (taste.liked, taste.disliked) if each is not None]
        if not centres and not len(near):
            return None
        reaches = meaning.reach(np.vstack([*centres, near]))
        if taste.liked is not None:
            self.signals["centroid"] = meaning.toward(reaches[0])
        if len(near):
            self.signals["nearest"] = meaning.toward_nearest(reaches[len(centres) :])
        return None if taste.disliked is None else meaning.toward(reaches[len(centres) - 1])


def explicit(inputs: homes.Inputs, genres: list[str], languages: list[str]) -> Mapping[str, Numbers]:
    """Returns what the genres and the languages that were asked for add, the parts by name."""
    genre, language = scoring.preferred(inputs.shelf, genres, languages)
    much = inputs.weights.preference
    return {**({"genre": much * genre} if genres else {}), **({"language": much * language} if languages else {})}


def _usual_genres(shelf: FeatureMatrix, counts: Numbers) -> Numbers:
    """Returns how often each genre is watched; where nobody watches, how often it is there."""
    much = counts if counts.any() else np.ones(len(shelf))
    of_kinds = np.bincount(shelf.kind_of, weights=much, minlength=len(shelf.kinds))
    return np.asarray((of_kinds @ shelf.kinds) / much.sum() + 1e-3)


def _out(newness: Numbers, ages: Numbers) -> Numbers:
    """Returns newness of what is out: what is to come is not new yet."""
    return np.where(ages >= 0, newness, 0.0)
