"""Metrics of rankings, with confidence intervals over viewers."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tests.evaluation import data_splits

Rows = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]

SHOWN, DEPTH = 20, 100
_DISCOUNT = 1.0 / np.log2(np.arange(2, DEPTH + 2))
_IDEAL = np.cumsum(_DISCOUNT)
_SAMPLES = 1000
_SEED = 20130701
#: The longest short history, and the shortest long one.
FEW, MANY = 6, 15


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over viewers with its 95 % bootstrap interval."""

    mean: float
    low: float
    high: float
    viewers: int


@dataclass(frozen=True, slots=True)
class Metrics:
    """The metrics of one model on one split; None without a viewer to measure."""

    recall_20: Interval | None
    ndcg_20: Interval | None
    ndcg_100: Interval | None
    #: The share of all films that at least one viewer is shown.
    coverage_20: float
    #: Cold films among the first twenty, for the viewers who watched one next.
    cold_recall_20: Interval | None
    recall_20_few: Interval | None
    recall_20_many: Interval | None


def top_titles(scores: Numbers, without: Rows, depth: int = DEPTH) -> Rows:
    """Returns the titles with the highest scores, except `without`; of equal scores, the first."""
    left = scores.copy()
    left[without] = -np.inf
    depth = min(depth, len(left))
    floor = np.partition(left, len(left) - depth)[len(left) - depth]
    rows = np.flatnonzero(left >= floor)
    found = rows[np.argsort(-left[rows], kind="stable")][:depth]
    return np.asarray(found[left[found] > -np.inf], dtype=np.int64)


def measure(split: data_splits.Split, rankings: list[Rows], cold: npt.NDArray[np.bool_]) -> Metrics:
    """Measures rankings, one for each viewer of a split."""
    values: Mapping[str, list[float]] = {name: [] for name in ("recall", "ndcg20", "ndcg100", "cold")}
    for viewer, ranking in zip(split.viewers, rankings, strict=True):
        hits = np.isin(ranking[:DEPTH], viewer.relevant)
        count = len(viewer.relevant)
        values["recall"].append(hits[:SHOWN].sum() / min(SHOWN, count))
        values["ndcg20"].append(_gain(hits[:SHOWN]) / _IDEAL[min(SHOWN, count) - 1])
        values["ndcg100"].append(_gain(hits) / _IDEAL[min(DEPTH, count) - 1])
        values["cold"].append(_among(cold, ranking[:SHOWN], viewer.relevant))
    recall, lengths = np.array(values["recall"]), np.array([len(viewer.history) for viewer in split.viewers])
    shown = {title for ranking in rankings for title in ranking[:SHOWN].tolist()}
    return Metrics(
        recall_20=interval(recall),
        ndcg_20=interval(np.array(values["ndcg20"])),
        ndcg_100=interval(np.array(values["ndcg100"])),
        coverage_20=len(shown) / len(cold),
        cold_recall_20=interval(np.array(values["cold"])),
        recall_20_few=interval(recall[lengths <= FEW]),
        recall_20_many=interval(recall[lengths >= MANY]),
    )


def measure_rail(split: data_splits.Split, rankings: list[Rows], cold: npt.NDArray[np.bool_]) -> Interval | None:
    """Measures rankings of cold films alone by their Recall@20, for the viewers who watched one next."""
    pairs = zip(split.viewers, rankings, strict=True)
    return interval(np.array([_among(cold, ranking[:SHOWN], viewer.relevant) for viewer, ranking in pairs]))


def interval(values: Numbers) -> Interval | None:
    """Returns the mean of all values that are not NaN with its interval; None without such a value."""
    values = values[~np.isnan(values)]
    if not len(values):
        return None
    chance = np.random.default_rng(_SEED)
    means = values[chance.integers(0, len(values), (_SAMPLES, len(values)))].mean(axis=1)
    low, high = np.percentile(means, (2.5, 97.5))
    return Interval(float(values.mean()), float(low), float(high), len(values))


def _gain(hits: npt.NDArray[np.bool_]) -> float:
    return float(_DISCOUNT[: len(hits)][hits].sum())


def _among(some: npt.NDArray[np.bool_], shown: Rows, relevant: Rows) -> float:
    count = int(some[relevant].sum())
    if not count:
        return float("nan")
    hits = np.isin(shown, relevant) & some[shown]
    return float(hits.sum()) / min(SHOWN, count)
