"""Computes the features of viewers at their moments, from the training part of a split only."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.recommendation.domain import cold_titles, collaborative, genre_and_age_taste, linear_model, popularity
from tests.evaluation import content_signals, data_splits, ratings_dataset

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class ViewerFeatures:
    """The features of one viewer."""

    signals: dict[str, Numbers]
    ages: Numbers
    traits: linear_model.Traits


class FeatureBuilder:
    """Trains the models of a split once, and builds the features of its viewers.

    Args:
        data: the films.
        split: its training part is used.
        vectors: one row for each film; without them, features of content are left out.
    """

    def __init__(
        self, data: ratings_dataset.Dataset, split: data_splits.Split, vectors: npt.NDArray[np.float32] | None
    ) -> None:
        self.data, self.split = data, split
        self.counts = split.train.counts()
        self.cold = cold_titles.is_cold(self.counts)
        self._vectors = None if vectors is None else content_signals.center(vectors)
        self.model = collaborative.train(split.train, tuple(str(title) for title in range(len(data))))
        self._place = np.full(len(data), -1, dtype=np.int64)
        self._titles = np.array([int(title) for title in self.model.title_ids], dtype=np.int64)
        self._place[self._titles] = np.arange(len(self._titles))
        self._genres = content_signals.genre_shares(data.genre_of, split.train.titles)
        self._ages = genre_and_age_taste.age_shares(split.train.times - data.released[split.train.titles])
        self._usual = popularity.mainstream(self.counts, split.train.titles)
        #: The moment and its popularity features, which all viewers of a global split share.
        self._popularity: tuple[float, dict[str, Numbers]] = (float("nan"), {})

    def build(self, viewer: data_splits.Viewer) -> ViewerFeatures:
        """Returns the features of a viewer at its moment."""
        history, ages = viewer.history, viewer.moment - self.data.released
        if self._popularity[0] != viewer.moment:
            self._popularity = (viewer.moment, popularity.signals(self.split.train, viewer.moment))
        signals = dict(self._popularity[1])
        signals |= self._collaborative(viewer)
        signals["genre"] = genre_and_age_taste.genre_taste(self.data.genre_of, self._genres, history)
        signals["age"] = genre_and_age_taste.age_taste(ages, self._ages, viewer.times - self.data.released[history])
        if self._vectors is not None:
            signals["centroid"] = content_signals.centroid(self._vectors, history, np.ones(len(history)))
            signals["nearest"] = content_signals.nearest(self._vectors, history)
        crowd = popularity.mainstream(self.counts, history)
        return ViewerFeatures(signals, ages, linear_model.traits(len(history), crowd, self._usual))

    def together(self, viewer: data_splits.Viewer) -> Numbers:
        """Returns the score of `collaborative.together` for each title."""
        places = self._place[viewer.history]
        places = places[places >= 0]
        return self._spread(collaborative.together(self.model, places, np.ones(len(places))))

    def _collaborative(self, viewer: data_splits.Viewer) -> dict[str, Numbers]:
        places = self._place[viewer.history]
        there = places >= 0
        following = collaborative.after(self.model, places[there], viewer.moment - viewer.times[there])
        return collaborative.signals(self.together(viewer), self._spread(following))

    def _spread(self, of_model: Numbers) -> Numbers:
        found = np.zeros(len(self.data))
        found[self._titles] = of_model
        return found
