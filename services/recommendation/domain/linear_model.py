"""The blend of the home: the score of a title for a viewer is the sum of five named parts.

Each part is a weighted sum of signals, and some weights depend on two traits of the viewer: the length of its history
(`known`), and how mainstream the history is (`mainstream`). Signals are on logarithmic scales and 0 without evidence,
so a sum of them multiplies chances, and no part dominates the others by its units.
The weights that the home uses are in `weights`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from services.recommendation.domain import cold_titles

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
    newness: tuple[float, ...] = (0.0,) * cold_titles.SPANS

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
