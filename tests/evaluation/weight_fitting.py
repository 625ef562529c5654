"""Fits the weights of the ranking on validation splits.

The loss is a softmax over the best candidates of each viewer, and all viewers weigh the same. It is convex, and
minimized by Newton's method. The limit on candidates fits the weights to the first screen.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.recommendation.domain import linear_model
from tests.evaluation import blend, data_splits, ranking_metrics, viewer_features

Numbers = npt.NDArray[np.float64]
_Matrix = npt.NDArray[np.float32]

_HEAD = 120
#: The age in days around which new titles are candidates, including titles of the next two months.
_NEW = -30.0
_PENALTY = 1e-3
_STEPS = 30
_ENOUGH = 1e-7


@dataclass(frozen=True, slots=True, eq=False)
class TrainingSet:
    """The matrices of one validation split: a row for each candidate of each viewer."""

    columns: _Matrix
    #: The first row of each viewer.
    begins: npt.NDArray[np.int64]
    #: The target of each candidate; those of a viewer add up to the share of its test events among the candidates.
    relevant: Numbers


def build_training_sets(
    builder: viewer_features.FeatureBuilder, advance: Callable[[], None]
) -> tuple[TrainingSet, TrainingSet]:
    """Builds the training sets of a validation split: among all films, and among cold films for their rail.

    Args:
        builder: of the split.
        advance: called after each viewer.
    """
    every, cold = _TrainingSetBuilder(), _TrainingSetBuilder()
    for viewer in builder.split.viewers:
        features = builder.build(viewer)
        columns = blend.columns(features.signals, features.ages, features.traits)
        nearly = -np.abs(features.ages - _NEW)
        every.add(columns, viewer, (features.signals["days"], features.signals["together"], nearly))
        close = features.signals.get("centroid", features.signals["age"])
        usual = (features.signals["ever"], nearly, features.signals["genre"], close)
        cold.add(columns, viewer, tuple(np.where(builder.cold, stage, -np.inf) for stage in usual))
        advance()
    return every.build(), cold.build()


class _TrainingSetBuilder:
    """Collects the candidates of viewers."""

    def __init__(self) -> None:
        self._columns: list[_Matrix] = []
        self._wanted: list[Numbers] = []
        self._begins: list[int] = []
        self._length = 0

    def add(self, columns: _Matrix, viewer: data_splits.Viewer, stages: Sequence[Numbers]) -> None:
        """Adds a viewer; the candidates are the best titles by each of the stages."""
        head = np.unique(np.concatenate([ranking_metrics.top_titles(stage, viewer.history, _HEAD) for stage in stages]))
        hits = np.isin(head, viewer.relevant)
        if not hits.any():
            return
        self._columns.append(columns[head])
        self._wanted.append(hits / len(viewer.relevant))
        self._begins.append(self._length)
        self._length += len(head)

    def build(self) -> TrainingSet:
        """Returns the training set."""
        if not self._columns:
            return TrainingSet(np.zeros((0, len(blend.COLUMNS)), np.float32), np.zeros(0, np.int64), np.zeros(0))
        return TrainingSet(np.concatenate(self._columns), np.array(self._begins), np.concatenate(self._wanted))


def fit(given: Sequence[tuple[float, TrainingSet]]) -> linear_model.Weights:
    """Returns the weights with the least loss over all training sets, each with the weight beside it."""
    whole = sum(much for much, each in given if len(each.begins))
    known = [(much / whole, each) for much, each in given if len(each.begins)]
    size = len(blend.COLUMNS)
    if not known:
        return linear_model.Weights()
    scale = np.sqrt(np.mean([each.columns.var(axis=0, dtype=np.float64) for _, each in known], axis=0)) + 1e-3
    weights = np.zeros(size)
    loss, slope, bend = _total(known, weights, scale)
    for _ in range(_STEPS):
        step = np.linalg.solve(bend, slope)
        length = 1.0
        while (found := _total(known, weights - length * step, scale))[0] > loss and length > _ENOUGH:
            length /= 2
        weights = weights - length * step
        gained, (loss, slope, bend) = loss - found[0], found
        if gained < _ENOUGH:
            break
    return blend.from_vector(weights / scale)


def _total(
    known: Sequence[tuple[float, TrainingSet]], weights: Numbers, scale: Numbers
) -> tuple[float, Numbers, Numbers]:
    """Returns the loss at some weights, its slope and its second derivative."""
    loss = _PENALTY * float(weights @ weights)
    slope = 2 * _PENALTY * weights
    bend = 2 * _PENALTY * np.eye(len(weights))
    for much, each in known:
        one, steep, bent = _loss(each, weights / scale)
        loss += much * one
        slope = slope + much * steep / scale
        bend = bend + much * bent / np.outer(scale, scale)
    return loss, slope, bend


def _loss(given: TrainingSet, weights: Numbers) -> tuple[float, Numbers, Numbers]:
    columns, begins = given.columns, given.begins
    lengths = np.diff(np.append(begins, len(columns)))
    scores = (columns @ weights.astype(np.float32)).astype(np.float64)
    scores -= np.repeat(np.maximum.reduceat(scores, begins), lengths)
    chances = np.exp(scores)
    sums = np.add.reduceat(chances, begins)
    chances /= np.repeat(sums, lengths)
    much = np.add.reduceat(given.relevant, begins)
    total = much.sum()
    loss = -float((given.relevant * (scores - np.repeat(np.log(sums), lengths))).sum()) / total
    pull = np.repeat(much, lengths) * chances
    slope = columns.T @ (pull - given.relevant).astype(np.float32)
    means = np.add.reduceat(columns * chances[:, None].astype(np.float32), begins, axis=0)
    bend = columns.T @ (columns * pull[:, None].astype(np.float32)) - means.T @ (means * much[:, None])
    return loss, slope.astype(np.float64) / total, bend.astype(np.float64) / total
