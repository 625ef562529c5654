"""The whole evaluation: both cuts, all models, and the blend of the home among them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from services.recommendation.domain import cold_start, linear_model
from services.recommendation.domain import weights as stated
from tests.evaluation import (
    baselines,
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

#: Called with what begins, and with how many steps of its own it has.
Begin = Callable[[str, int], Callable[[], None]]

#: Half-lives in days that served popularity alone best on the validation of each cut.
_HALF_LIVES = {"per-user": 4.0, "global": 7.0}
#: The per-user lesson counts twice as much as all moments together: what is watched next is what a home is for.
_PER_USER = 2.0 * len(data_splits.VALIDATION_MOMENTS)


@dataclass(frozen=True, slots=True)
class Section:
    """What was measured on one cut."""

    cut: str
    viewers: int
    train: int
    wanted: int
    models: Mapping[str, ranking_metrics.Measured]
    #: Recall@20 of cold films among themselves.
    rails: Mapping[str, ranking_metrics.Figure | None]


@dataclass(frozen=True, slots=True)
class Fitted:
    """Weights from validation cuts alone: of the blend, and of the rail for cold films."""

    blend: linear_model.Weights
    rail: linear_model.Weights


def evaluate(
    data: ratings_dataset.Data, vectors: Vectors | None, begin: Begin, fitted: Fitted | None = None
) -> list[Section]:
    """Measures every model on both cuts.

    Args:
        data: what was read.
        vectors: of the films; None leaves out what needs their meaning.
        begin: is told what begins.
        fitted: weights to use instead of those that the home has.
    """
    weights = fitted or Fitted(stated.HOME, stated.COLD_RAIL)
    return [_section(name, data, cut, vectors, begin, weights) for name, cut in _cuts(data).items()]


def fit(data: ratings_dataset.Data, vectors: Vectors | None, begin: Begin) -> Fitted:
    """Fits the weights of the home on the validation cuts inside the training parts of both cuts."""
    lessons, rails = [], []
    for name, much, cut in validations(data):
        told = begin(f"learning from {name}", len(cut.viewers))
        lesson, rail = weight_fitting.lessons(viewer_features.Knowledge(data, cut, vectors), told)
        lessons.append((much, lesson))
        rails.append((much, rail))
    return Fitted(weight_fitting.fit(lessons), weight_fitting.fit(rails))


def validations(data: ratings_dataset.Data) -> list[tuple[str, float, data_splits.Cut]]:
    """Returns the validation cuts by name, and how much each counts. Nothing in them is of any test part."""
    known = {name: cut.train for name, cut in _cuts(data).items()}
    per_user = data_splits.per_user(known["per-user"], inner=True)
    moments = (
        (f"validation at {day}", 1.0, data_splits.at_moment(known["global"], release_dates.moment(day)))
        for day in data_splits.VALIDATION_MOMENTS
    )
    return [("per-user validation", _PER_USER, per_user), *moments]


def by_year(data: ratings_dataset.Data) -> ratings_dataset.Data:
    """Returns the data as if only the year of each film were known: its middle stands for all of it."""
    years = np.array([int(name[-5:-1]) for name in data.names])
    middle = np.array([release_dates.moment(f"{year}-07-01") for year in years])
    return replace(data, released=middle)


def _cuts(data: ratings_dataset.Data) -> dict[str, data_splits.Cut]:
    return {
        "per-user": data_splits.per_user(data.positives),
        "global": data_splits.at_moment(data.positives, release_dates.moment(data_splits.MOMENT)),
    }


def _section(
    name: str, data: ratings_dataset.Data, cut: data_splits.Cut, vectors: Vectors | None, begin: Begin, weights: Fitted
) -> Section:
    rare = cold_start.is_cold(cut.train.counts())
    models: dict[str, ranking_metrics.Measured] = {}
    for title, make in _beside(name, data, cut, vectors).items():
        told = begin(f"{name}: {title}", len(cut.viewers))
        models[title] = ranking_metrics.measure(cut, _ranked(cut, make(), told), rare)
    rails: dict[str, ranking_metrics.Figure | None] = {}
    _blended(name, data, cut, vectors, begin, weights, models, rails)
    return Section(name, len(cut.viewers), len(cut.train), cut.wanted, models, rails)


def _beside(
    name: str, data: ratings_dataset.Data, cut: data_splits.Cut, vectors: Vectors | None
) -> dict[str, Callable[[], baselines.Scorer]]:
    half_life = _HALF_LIVES[name]
    found: dict[str, Callable[[], baselines.Scorer]] = {
        "popularity": lambda: baselines.popular(cut),
        f"recency (half-life {half_life:g} days)": lambda: baselines.trending(cut, half_life),
        "ItemKNN": lambda: baselines.neighbours(cut),
        "EASE": lambda: baselines.ease(cut),
        "iALS": lambda: baselines.factors(cut),
        "content: genres": lambda: baselines.genres(data),
        "newest first": lambda: baselines.newest(data),
    }
    if vectors is not None:
        found["content: MiniLM centroid"] = lambda: baselines.meaning(vectors)
    return found


def _blended(
    name: str,
    data: ratings_dataset.Data,
    cut: data_splits.Cut,
    vectors: Vectors | None,
    begin: Begin,
    weights: Fitted,
    models: dict[str, ranking_metrics.Measured],
    rails: dict[str, ranking_metrics.Figure | None],
) -> None:
    """Measures the home's blend, what it is without each part, and the rail for cold films."""
    knowledge = viewer_features.Knowledge(data, cut, vectors)
    told = begin(f"{name}: the home's blend", len(cut.viewers))
    rankings: dict[str, list[Rows]] = {}
    for viewer in cut.viewers:
        for model, ranking in _home(knowledge, viewer, weights).items():
            rankings.setdefault(model, []).append(ranking)
        told()
    rails["the rail for cold films"] = ranking_metrics.rail(cut, rankings.pop("rail"), knowledge.cold)
    for model, each in rankings.items():
        models[model] = ranking_metrics.measure(cut, each, knowledge.cold)


def _home(knowledge: viewer_features.Knowledge, viewer: data_splits.Viewer, weights: Fitted) -> dict[str, Rows]:
    known = knowledge.of(viewer)
    parts = linear_model.parts(known.signals, known.ages, weights.blend, known.traits)
    score, personal = linear_model.score(parts), linear_model.personal(parts)
    # A home shows what is out. Days are estimates, so what somebody watched is out whatever its day says.
    out = (known.ages >= 0) | (known.signals["ever"] > 0)
    found = {
        "**the home's blend**": _with_guests(score, personal, viewer),
        "the same, films that are out only": _with_guests(
            np.where(out, score, -np.inf), np.where(out, personal, -np.inf), viewer
        ),
        "the same without room for guests": ranking_metrics.best(score, viewer.history),
        "rail": _rail(knowledge, viewer, known, weights.rail),
    }
    for part in parts:
        found[f"the same without {part}"] = ranking_metrics.best(score - parts[part], viewer.history)
    return found


def _with_guests(score: Numbers, personal: Numbers, viewer: data_splits.Viewer) -> Rows:
    ranked, guests = (ranking_metrics.best(each, viewer.history) for each in (score, personal))
    return cold_start.with_room(ranked, guests, stated.SHOWN, stated.ROOM)


def _rail(
    knowledge: viewer_features.Knowledge,
    viewer: data_splits.Viewer,
    known: viewer_features.Known,
    weights: linear_model.Weights,
) -> Rows:
    score = linear_model.score(linear_model.parts(known.signals, known.ages, weights, known.traits))
    return ranking_metrics.best(np.where(knowledge.cold, score, -np.inf), viewer.history, ranking_metrics.SHOWN)


def _ranked(cut: data_splits.Cut, scorer: baselines.Scorer, told: Callable[[], None]) -> list[Rows]:
    found = []
    for viewer in cut.viewers:
        found.append(ranking_metrics.best(scorer(viewer), viewer.history))
        told()
    return found
