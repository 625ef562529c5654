"""The blend of the home: the score of a title for a viewer is the sum of five named parts.

Each part is a weighted sum of signals, and some weights depend on two traits of the viewer: the length of its history
(`known`), and how mainstream the history is (`mainstream`). Signals are on logarithmic scales and 0 without evidence,
so a sum of them multiplies chances, and no part dominates the others by its units.
The weights that the home uses are in `weights`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from services.recommendation.domain import cold_start

Numbers = npt.NDArray[np.float64]

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

#: A history of so many titles is neither short nor long.
_USUAL_HISTORY = 8.0
#: The weights were fitted on histories within these bounds.
_MIN_KNOWN, _MAX_KNOWN = -2.0, 2.5


@dataclass(frozen=True, slots=True)
class Traits:
    """The traits of a viewer that change the weights of signals; 0 for the usual viewer."""

    known: float = 0.0
    mainstream: float = 0.0


@dataclass(frozen=True, slots=True)
class Weights:
    """The weight of each signal; 0 for a signal that is not named."""

    base: Mapping[str, float] = field(default_factory=dict)
    by_known: Mapping[str, float] = field(default_factory=dict)
    by_mainstream: Mapping[str, float] = field(default_factory=dict)
    #: The newness, a value for each span of `cold_start.AGES`.
    newness: tuple[float, ...] = (0.0,) * cold_start.SPANS

    def of(self, signal: str, traits: Traits) -> float:
        """Returns the weight of a signal for a viewer."""
        return (
            self.base.get(signal, 0.0)
            + self.by_known.get(signal, 0.0) * traits.known
            + self.by_mainstream.get(signal, 0.0) * traits.mainstream
        )


def traits(history_length: int, mainstream: float, usual_mainstream: float) -> Traits:
    """Returns the traits of a viewer.

    Args:
        history_length: the number of titles in the history.
        mainstream: the result of `popularity.mainstream` for the history.
        usual_mainstream: the same over all events.
    """
    known = math.log(max(history_length, 1) / _USUAL_HISTORY)
    return Traits(min(max(known, _MIN_KNOWN), _MAX_KNOWN), mainstream - usual_mainstream if history_length else 0.0)


def parts(signals: Mapping[str, Numbers], ages: Numbers, weights: Weights, viewer: Traits) -> dict[str, Numbers]:
    """Returns what each part adds to the score of each title.

    Args:
        signals: the available signals of `PART_OF` by name, with a value for each title.
        ages: the days since the release of each title, negative before it.
        weights: the weight of each signal.
        viewer: the traits of the viewer.
    """
    sums = {NEWNESS: cold_start.newness(weights.newness, ages)}
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
    *(f"newness{number}" for number in range(cold_start.SPANS)),
)


def columns(signals: Mapping[str, Numbers], ages: Numbers, viewer: Traits) -> npt.NDArray[np.float32]:
    """Returns signals as a matrix, a row for each title: its product with `vector(weights)` is the score."""
    size = len(ages)
    zeros = np.zeros(size)
    spans = cold_start.find_spans(ages)
    by_name = [
        *(signals.get(name, zeros) for name in PART_OF),
        *(signals.get(name, zeros) * viewer.known for name in BY_KNOWN),
        *(signals.get(name, zeros) * viewer.mainstream for name in BY_MAINSTREAM),
        *(spans == number for number in range(cold_start.SPANS)),
    ]
    return np.stack(by_name, axis=1).astype(np.float32)


def from_vector(vector: Numbers) -> Weights:
    """Returns the weights in a fitted vector, which has a number for each of `COLUMNS`."""
    values = dict(zip(COLUMNS, (round(float(value), 4) for value in vector), strict=True))
    return Weights(
        base={name: values[name] for name in PART_OF},
        by_known={name: values[f"{name}*known"] for name in BY_KNOWN},
        by_mainstream={name: values[f"{name}*mainstream"] for name in BY_MAINSTREAM},
        newness=tuple(values[f"newness{number}"] for number in range(cold_start.SPANS)),
    )


def vector(weights: Weights) -> Numbers:
    """Returns weights as a vector: the reverse of `from_vector`."""
    return np.array(
        [
            *(weights.base.get(name, 0.0) for name in PART_OF),
            *(weights.by_known.get(name, 0.0) for name in BY_KNOWN),
            *(weights.by_mainstream.get(name, 0.0) for name in BY_MAINSTREAM),
            *weights.newness,
        ]
    )
