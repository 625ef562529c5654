"""The published models that the ranking is compared with."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from services.recommendation.domain import popularity
from tests.evaluation import content_signals, data_splits, ratings_dataset

Numbers = npt.NDArray[np.float64]
Scorer = Callable[[data_splits.Viewer], Numbers]
_Matrix = npt.NDArray[np.float32]

_SHRINK, _RIDGE = 50.0, 1000.0
_FACTORS, _PENALTY, _CONFIDENCE, _ROUNDS, _SEED = 128, 100.0, 20.0, 15, 1


def popularity_scorer(split: data_splits.Split) -> Scorer:
    """Scores titles by all plays of the training part."""
    counts = split.train.counts()
    return lambda _: counts


def trending_scorer(split: data_splits.Split, half_life: float) -> Scorer:
    """Scores titles by plays that decay with their age at the moment of the viewer."""
    return lambda viewer: popularity.decayed_interest(split.train, viewer.moment, half_life)


def newest_first(data: ratings_dataset.Dataset) -> Scorer:
    """Scores titles by their release before the moment of the viewer, the newest first."""
    return lambda viewer: -np.where(data.released <= viewer.moment, viewer.moment - data.released, np.inf)


def watch_matrix(split: data_splits.Split) -> _Matrix:
    """Returns a matrix with a row for each viewer of the training part and a column for each film."""
    _, rows = np.unique(split.train.viewers, return_inverse=True)
    found = np.zeros((int(rows.max(initial=-1)) + 1, split.train.size), dtype=np.float32)
    found[rows, split.train.titles] = 1
    return found


def item_knn(split: data_splits.Split) -> Scorer:
    """ItemKNN: the cosine of the audiences of two films, with shrinkage."""
    seen = watch_matrix(split)
    shared = seen.T @ seen
    size = np.sqrt(np.diag(shared))
    alike = shared / (np.outer(size, size) + _SHRINK)
    np.fill_diagonal(alike, 0)
    return lambda viewer: np.asarray(alike[viewer.history].sum(axis=0), dtype=np.float64)


def ease(split: data_splits.Split) -> Scorer:
    """EASE over all films, without pruning."""
    seen = watch_matrix(split)
    gram = seen.T @ seen
    gram[np.diag_indices(len(gram))] += _RIDGE
    inverse = np.linalg.inv(gram)
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return lambda viewer: np.asarray(weights[viewer.history].sum(axis=0), dtype=np.float64)


def ials(split: data_splits.Split) -> Scorer:
    """iALS: factors of viewers and films by alternating least squares with confidence weights."""
    seen = watch_matrix(split)
    chance = np.random.default_rng(_SEED)
    films = chance.normal(0, 0.01, (seen.shape[1], _FACTORS))
    by_viewer = [np.flatnonzero(row) for row in seen]
    by_film = [np.flatnonzero(column) for column in seen.T]
    for _ in range(_ROUNDS):
        viewers = _solve_factors(films, by_viewer)
        films = _solve_factors(viewers, by_film)
    return lambda viewer: films @ _solve_factors(films, [viewer.history])[0]


def _solve_factors(fixed: Numbers, seen: list[npt.NDArray[np.int64]]) -> Numbers:
    base = fixed.T @ fixed + _PENALTY * np.eye(fixed.shape[1])
    found = np.zeros((len(seen), fixed.shape[1]))
    for row, some in enumerate(seen):
        if len(some):
            chosen = fixed[some]
            found[row] = np.linalg.solve(base + (_CONFIDENCE - 1) * chosen.T @ chosen, _CONFIDENCE * chosen.sum(axis=0))
    return found


def vector_content(vectors: _Matrix) -> Scorer:
    """Content by vectors: the similarity to the centroid of the history."""
    return lambda viewer: content_signals.centroid(vectors, viewer.history, np.ones(len(viewer.history)))


def genre_content(data: ratings_dataset.Dataset) -> Scorer:
    """Content by genres: the cosine with the history."""
    length = np.linalg.norm(data.genre_of, axis=1, keepdims=True)
    rows = np.divide(data.genre_of, length, out=np.zeros_like(data.genre_of), where=length > 0)
    return lambda viewer: np.asarray(rows @ rows[viewer.history].sum(axis=0))
