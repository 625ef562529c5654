"""Compares all models, among them the ranking of the home, on both splits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from services.recommendation.domain import cold_titles, linear_model
from services.recommendation.domain import weights as stated
from tests.evaluation import (
    baselines,
    blend,
    data_splits,
    ranking_metrics,
    ratings_dataset,
    release_dates,
    viewer_features,
    weight_fitting,
)

Rows = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]
Vectors = npt.NDArray[np.float32]

#: Called with the name of a step and the number of its parts; returns the function to call after each part.
Begin = Callable[[str, int], Callable[[], None]]

#: The half-lives in days with the best results for popularity alone on the validation of each split.
_HALF_LIVES = {"per-user": 4.0, "global": 7.0}
#: The per-user split weighs twice as much as all moments together, because a home predicts what is watched next.
_PER_USER = 2.0 * len(data_splits.VALIDATION_DAYS)


@dataclass(frozen=True, slots=True)
class Section:
    """The results of all models on one split."""

    split: str
    viewers: int
    train: int
    relevant: int
    models: Mapping[str, ranking_metrics.Metrics]
    #: Recall@20 of cold films among themselves.
    rails: Mapping[str, ranking_metrics.Interval | None]


@dataclass(frozen=True, slots=True)
class Fitted:
    """Weights that were fitted on the validation splits: of the home, and of the rail for cold films."""

    blend: linear_model.Weights
    rail: linear_model.Weights


def evaluate(
    data: ratings_dataset.Dataset, vectors: Vectors | None, begin: Begin, fitted: Fitted | None = None
) -> list[Section]:
    """Measures every model on both splits.

    Args:
        data: what was read.
        vectors: of the films; None leaves out what needs their meaning.
        begin: is advance what begins.
        fitted: weights to use instead of those that the home has.
    """
    weights = fitted or Fitted(stated.HOME, stated.COLD_RAIL)
    return [_section(name, data, split, vectors, begin, weights) for name, split in _splits(data).items()]


def fit(data: ratings_dataset.Dataset, vectors: Vectors | None, begin: Begin) -> Fitted:
    """Fits the weights of the home on the validation splits inside the training parts of both splits."""
    lessons, rails = [], []
    for name, weight, split in validation_splits(data):
        advance = begin(f"learning from {name}", len(split.viewers))
        lesson, rail = weight_fitting.build_training_sets(viewer_features.FeatureBuilder(data, split, vectors), advance)
        lessons.append((weight, lesson))
        rails.append((weight, rail))
    return Fitted(weight_fitting.fit(lessons), weight_fitting.fit(rails))


def validation_splits(data: ratings_dataset.Dataset) -> list[tuple[str, float, data_splits.Split]]:
    """Returns the validation splits with their names and weights. They contain no test event."""
    train = {name: split.train for name, split in _splits(data).items()}
    per_user = data_splits.split_per_user(train["per-user"], inner=True)
    moments = (
        (f"validation at {day}", 1.0, data_splits.split_at(train["global"], release_dates.parse_day(day)))
        for day in data_splits.VALIDATION_DAYS
    )
    return [("per-user validation", _PER_USER, per_user), *moments]


def use_release_years(data: ratings_dataset.Dataset) -> ratings_dataset.Dataset:
    """Returns the dataset with the middle of its release year as the release day of each film."""
    years = np.array([int(name[-5:-1]) for name in data.names])
    middle = np.array([release_dates.parse_day(f"{year}-07-01") for year in years])
    return replace(data, released=middle)


def _splits(data: ratings_dataset.Dataset) -> dict[str, data_splits.Split]:
    return {
        "per-user": data_splits.split_per_user(data.positives),
        "global": data_splits.split_at(data.positives, release_dates.parse_day(data_splits.SPLIT_DAY)),
    }


def _section(
    name: str,
    data: ratings_dataset.Dataset,
    split: data_splits.Split,
    vectors: Vectors | None,
    begin: Begin,
    weights: Fitted,
) -> Section:
    cold = cold_titles.is_cold(split.train.counts())
    models: dict[str, ranking_metrics.Metrics] = {}
    for title, make in _baseline_scorers(name, data, split, vectors).items():
        advance = begin(f"{name}: {title}", len(split.viewers))
        models[title] = ranking_metrics.measure(split, _rank_all(split, make(), advance), cold)
    rails: dict[str, ranking_metrics.Interval | None] = {}
    _measure_blend(name, data, split, vectors, begin, weights, models, rails)
    return Section(name, len(split.viewers), len(split.train), split.relevant, models, rails)


def _baseline_scorers(
    name: str, data: ratings_dataset.Dataset, split: data_splits.Split, vectors: Vectors | None
) -> dict[str, Callable[[], baselines.Scorer]]:
    half_life = _HALF_LIVES[name]
    found: dict[str, Callable[[], baselines.Scorer]] = {
        "popularity": lambda: baselines.popularity_scorer(split),
        f"recency (half-life {half_life:g} days)": lambda: baselines.trending_scorer(split, half_life),
        "ItemKNN": lambda: baselines.item_knn(split),
        "EASE": lambda: baselines.ease(split),
        "iALS": lambda: baselines.ials(split),
        "content: genres": lambda: baselines.genre_content(data),
        "newest first": lambda: baselines.newest_first(data),
    }
    if vectors is not None:
        found["content: MiniLM centroid"] = lambda: baselines.vector_content(vectors)
    return found


def _measure_blend(
    name: str,
    data: ratings_dataset.Dataset,
    split: data_splits.Split,
    vectors: Vectors | None,
    begin: Begin,
    weights: Fitted,
    models: dict[str, ranking_metrics.Metrics],
    rails: dict[str, ranking_metrics.Interval | None],
) -> None:
    """Measures the ranking of the home, with and without each of its parts, and the rail for cold films."""
    builder = viewer_features.FeatureBuilder(data, split, vectors)
    advance = begin(f"{name}: the home's blend", len(split.viewers))
    rankings: dict[str, list[Rows]] = {}
    for viewer in split.viewers:
        for model, ranking in _rank_home(builder, viewer, weights).items():
            rankings.setdefault(model, []).append(ranking)
        advance()
    rails["the rail for cold films"] = ranking_metrics.measure_rail(split, rankings.pop("rail"), builder.cold)
    for model, each in rankings.items():
        models[model] = ranking_metrics.measure(split, each, builder.cold)


def _rank_home(builder: viewer_features.FeatureBuilder, viewer: data_splits.Viewer, weights: Fitted) -> dict[str, Rows]:
    features = builder.build(viewer)
    parts = blend.parts(features.signals, features.ages, weights.blend, features.traits)
    score, personal = blend.score(parts), blend.personal_score(parts)
    # A home shows released titles only. Days are estimates, so every title that was watched counts as released.
    out = (features.ages >= 0) | (features.signals["ever"] > 0)
    found = {
        "**the home's blend**": _with_guests(score, personal, viewer),
        "the same, films that are out only": _with_guests(
            np.where(out, score, -np.inf), np.where(out, personal, -np.inf), viewer
        ),
        "the same without reserved places": ranking_metrics.top_titles(score, viewer.history),
        "rail": _rank_rail(builder, viewer, features, weights.rail),
    }
    for part in parts:
        found[f"the same without {part}"] = ranking_metrics.top_titles(score - parts[part], viewer.history)
    return found


def _with_guests(score: Numbers, personal: Numbers, viewer: data_splits.Viewer) -> Rows:
    ranked, guests = (ranking_metrics.top_titles(each, viewer.history) for each in (score, personal))
    return blend.reserve_places(ranked, guests, stated.SHOWN, stated.RESERVED)


def _rank_rail(
    builder: viewer_features.FeatureBuilder,
    viewer: data_splits.Viewer,
    features: viewer_features.ViewerFeatures,
    weights: linear_model.Weights,
) -> Rows:
    score = blend.score(blend.parts(features.signals, features.ages, weights, features.traits))
    return ranking_metrics.top_titles(np.where(builder.cold, score, -np.inf), viewer.history, ranking_metrics.SHOWN)


def _rank_all(split: data_splits.Split, scorer: baselines.Scorer, advance: Callable[[], None]) -> list[Rows]:
    found = []
    for viewer in split.viewers:
        found.append(ranking_metrics.top_titles(scorer(viewer), viewer.history))
        advance()
    return found
