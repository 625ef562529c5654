"""The blend of the home: what a title scores for a viewer is the sum of five named parts.

Each part is a sum of signals with weights, and some weights depend on two things that are known of the viewer: how much
it has watched (`known`), and how much of that is what everybody watches (`mainstream`). Signals lie on logarithmic
scales and are 0 where nothing speaks, so a sum of them multiplies chances, and no part drowns the others by its units.
The weights that the home uses are stated in `weights`.
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

#: Every signal but newness, and the part that it belongs to.
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
#: The signals whose weight depends on how much is known of the viewer, and on how it follows the crowd.
BY_KNOWN = ("days", "together")
BY_MAINSTREAM = ("days", "ever")

#: What is in the air is the same for everybody; these parts are the viewer's own.
_PERSONAL = (COLLABORATIVE, CONTENT, PREFERENCE)

#: So many titles in a history are neither few nor many.
_USUAL_HISTORY = 8.0
#: Weights were fitted on histories of such lengths, and are not stretched beyond.
_LEAST_KNOWN, _MOST_KNOWN = -2.0, 2.5


@dataclass(frozen=True, slots=True)
class Traits:
    """What is known of a viewer that decides how signals are weighed; both are 0 in the middle."""

    known: float = 0.0
    mainstream: float = 0.0


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each signal counts. A signal that is not named counts nothing."""

    base: Mapping[str, float] = field(default_factory=dict)
    by_known: Mapping[str, float] = field(default_factory=dict)
    by_mainstream: Mapping[str, float] = field(default_factory=dict)
    #: What newness adds, a value for each span of `cold_start.AGES`.
    newness: tuple[float, ...] = (0.0,) * cold_start.SPANS

    def of(self, signal: str, traits: Traits) -> float:
        """Returns what one signal counts for a viewer."""
        return (
            self.base.get(signal, 0.0)
            + self.by_known.get(signal, 0.0) * traits.known
            + self.by_mainstream.get(signal, 0.0) * traits.mainstream
        )


def traits(history_length: int, mainstream: float, usual_mainstream: float) -> Traits:
    """Returns the traits of a viewer.

    Args:
        history_length: how many titles it took to.
        mainstream: what `popularity.mainstream` answers for its history.
        usual_mainstream: the same over all events.
    """
    known = math.log(max(history_length, 1) / _USUAL_HISTORY)
    return Traits(min(max(known, _LEAST_KNOWN), _MOST_KNOWN), mainstream - usual_mainstream if history_length else 0.0)


def parts(signals: Mapping[str, Numbers], ages: Numbers, weights: Weights, viewer: Traits) -> dict[str, Numbers]:
    """Returns what each part adds to the score of each title.

    Args:
        signals: by name, those of `PART_OF` that there are; each has a value for each title, 0 where nothing speaks.
        ages: the days since the release of each title, negative before it.
        weights: how much each signal counts.
        viewer: whom the titles are ranked for.
    """
    found = {NEWNESS: cold_start.newness(weights.newness, ages)}
    for name, values in signals.items():
        weight = weights.of(name, viewer)
        if weight:
            part = PART_OF[name]
            found[part] = found[part] + weight * values if part in found else weight * values
    return found


def score(contributions: Mapping[str, Numbers]) -> Numbers:
    """Returns the scores that contributions add up to."""
    return np.asarray(sum(contributions.values()), dtype=np.float64)


def personal(contributions: Mapping[str, Numbers]) -> Numbers:
    """Returns by what guests are chosen: a score without popularity and newness, so that hardly two viewers' agree."""
    return score({part: contributions[part] for part in _PERSONAL if part in contributions})


#: What the columns of `columns` are, in their order.
COLUMNS: tuple[str, ...] = (
    *PART_OF,
    *(f"{name}*known" for name in BY_KNOWN),
    *(f"{name}*mainstream" for name in BY_MAINSTREAM),
    *(f"newness{place}" for place in range(cold_start.SPANS)),
)


def columns(signals: Mapping[str, Numbers], ages: Numbers, viewer: Traits) -> npt.NDArray[np.float32]:
    """Returns signals as a matrix, a row a title, whose product with `vector` of weights is the score: for fitting."""
    size = len(ages)
    none = np.zeros(size)
    found = np.zeros((size, len(COLUMNS)), dtype=np.float32)
    for place, name in enumerate(PART_OF):
        found[:, place] = signals.get(name, none)
    place = len(PART_OF)
    for name in BY_KNOWN:
        found[:, place] = signals.get(name, none) * viewer.known
        place += 1
    for name in BY_MAINSTREAM:
        found[:, place] = signals.get(name, none) * viewer.mainstream
        place += 1
    spans = cold_start.span(ages)
    inside = np.flatnonzero(spans >= 0)
    found[inside, place + spans[inside]] = 1
    return found


def from_vector(vector: Numbers) -> Weights:
    """Returns the weights that a fitted vector tells, one number for each of `COLUMNS`."""
    told = dict(zip(COLUMNS, (round(float(value), 4) for value in vector), strict=True))
    return Weights(
        base={name: told[name] for name in PART_OF},
        by_known={name: told[f"{name}*known"] for name in BY_KNOWN},
        by_mainstream={name: told[f"{name}*mainstream"] for name in BY_MAINSTREAM},
        newness=tuple(told[f"newness{place}"] for place in range(cold_start.SPANS)),
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
