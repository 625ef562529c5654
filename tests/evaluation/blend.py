"""The blend of the home as the evaluation fits and measures it: parts, columns for fitting, and reserved places.

Production sums the same signals with the same weights in `domain/blend_features.py`, for titles of a catalogue.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from services.recommendation.domain import cold_titles, linear_model

Numbers = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]

POPULARITY, COLLABORATIVE, CONTENT, NEWNESS, PREFERENCE = (
    "popularity",
    "collaborative",
    "content",
    "newness",
    "preference",
)


#: The part that each signal belongs to; newness is a part without signals.
PART_OF: Mapping[str, str] = {
    "day": POPULARITY,
    "days": POPULARITY,
    "fortnight": POPULARITY,
    "ever": POPULARITY,
    "together": COLLABORATIVE,
    "overdue": COLLABORATIVE,
    "after": COLLABORATIVE,
    "centroid": CONTENT,
    "nearest": CONTENT,
    "genre": PREFERENCE,
    "age": PREFERENCE,
}
#: The signals whose weight depends on the length of the history, and on how mainstream it is.
BY_KNOWN = ("days", "together")
BY_MAINSTREAM = ("days", "ever")
#: The parts that differ between viewers.
_PERSONAL = (COLLABORATIVE, CONTENT, PREFERENCE)


def parts(
    signals: Mapping[str, Numbers], ages: Numbers, weights: linear_model.Weights, viewer: linear_model.Traits
) -> dict[str, Numbers]:
    """Returns what each part adds to the score of each title.

    Args:
        signals: the available signals of `PART_OF` by name, with a value for each title.
        ages: the days since the release of each title, negative before it.
        weights: the weight of each signal.
        viewer: the traits of the viewer.
    """
    sums = {NEWNESS: cold_titles.newness(weights.newness, ages)}
    for name, values in signals.items():
        weight = weights.of(name, viewer)
        if weight:
            part = PART_OF[name]
            sums[part] = sums[part] + weight * values if part in sums else weight * values
    return sums


def score(contributions: Mapping[str, Numbers]) -> Numbers:
    """Returns the sum of the parts."""
    return np.asarray(sum(contributions.values()), dtype=np.float64)


def personal_score(contributions: Mapping[str, Numbers]) -> Numbers:
    """Returns the sum of the parts that differ between viewers, by which reserved places are filled."""
    return score({part: contributions[part] for part in _PERSONAL if part in contributions})


#: The columns of the matrix that `columns` returns, in their order.
COLUMNS: tuple[str, ...] = (
    *PART_OF,
    *(f"{name}*known" for name in BY_KNOWN),
    *(f"{name}*mainstream" for name in BY_MAINSTREAM),
    *(f"newness{number}" for number in range(cold_titles.SPANS)),
)


def columns(signals: Mapping[str, Numbers], ages: Numbers, viewer: linear_model.Traits) -> npt.NDArray[np.float32]:
    """Returns signals as a matrix, a row for each title: its product with `vector(weights)` is the score."""
    size = len(ages)
    zeros = np.zeros(size)
    spans = cold_titles.find_spans(ages)
    by_name = [
        *(signals.get(name, zeros) for name in PART_OF),
        *(signals.get(name, zeros) * viewer.known for name in BY_KNOWN),
        *(signals.get(name, zeros) * viewer.mainstream for name in BY_MAINSTREAM),
        *(spans == number for number in range(cold_titles.SPANS)),
    ]
    return np.stack(by_name, axis=1).astype(np.float32)


def from_vector(vector: Numbers) -> linear_model.Weights:
    """Returns the weights in a fitted vector, which has a number for each of `COLUMNS`."""
    values = dict(zip(COLUMNS, (round(float(value), 4) for value in vector), strict=True))
    return linear_model.Weights(
        base={name: values[name] for name in PART_OF},
        by_known={name: values[f"{name}*known"] for name in BY_KNOWN},
        by_mainstream={name: values[f"{name}*mainstream"] for name in BY_MAINSTREAM},
        newness=tuple(values[f"newness{number}"] for number in range(cold_titles.SPANS)),
    )


def vector(weights: linear_model.Weights) -> Numbers:
    """Returns weights as a vector: the reverse of `from_vector`."""
    return np.array(
        [
            *(weights.base.get(name, 0.0) for name in PART_OF),
            *(weights.by_known.get(name, 0.0) for name in BY_KNOWN),
            *(weights.by_mainstream.get(name, 0.0) for name in BY_MAINSTREAM),
            *weights.newness,
        ]
    )


def reserve_places(ranked: Rows, candidates: Rows, shown: int, places: int) -> Rows:
    """Returns a ranking in which the best candidates have the last places of those that are shown.

    Args:
        ranked: titles, the best first.
        candidates: titles to reserve places for, the best first.
        shown: how many titles are shown.
        places: how many of these places are reserved; candidates that are shown anyway count.
    """
    first, chosen = ranked[:shown], candidates[: min(places, shown)]
    missing = chosen[~np.isin(chosen, first)]
    if not len(missing):
        return ranked
    # Candidates that are shown anyway stay where they are; others are removed from the end.
    removed = np.flatnonzero(~np.isin(first, chosen))[-len(missing) :]
    remaining = np.delete(first, removed)
    rest = np.concatenate([first[removed], ranked[shown:]])
    return np.concatenate([remaining, missing, rest[~np.isin(rest, missing)]])
