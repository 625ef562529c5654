"""Cold start of titles: the newness of titles, and places for titles that hardly anybody has watched yet.

What is learned from interactions cannot rank such titles, so without this they would stay unseen.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

#: A title with at most so many events is cold.
MAX_COLD_EVENTS = 2

#: The bounds of the spans of newness, in days since the release, which are negative before it.
AGES = (-90.0, -60.0, -40.0, -20.0, -10.0, 0.0, 10.0, 20.0, 35.0, 60.0, 90.0, 130.0, 200.0, 365.0, 800.0)
#: The number of spans between the ages.
SPANS = len(AGES) - 1


def find_spans(ages: Numbers) -> Rows:
    """Returns the number of the span of each age; -1 outside of all spans."""
    spans = np.searchsorted(AGES, ages, side="right") - 1
    return np.where((spans >= 0) & (spans < SPANS), spans, -1).astype(np.int64)


def newness(curve: Sequence[float], ages: Numbers) -> Numbers:
    """Returns the newness at each age, by a curve with a value for each span; 0 outside of all spans."""
    return np.append(np.asarray(curve, dtype=np.float64), 0.0)[find_spans(ages)]


def is_cold(counts: Numbers) -> Mask:
    """Returns which titles have so few events that nothing can be learned from them."""
    return counts <= MAX_COLD_EVENTS
