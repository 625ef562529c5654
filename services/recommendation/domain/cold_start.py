"""What is done for titles that hardly anybody has watched yet: their newness, a rail of their own, and room for them.

Without it they stay unseen: whatever learns from watching has nothing to say for them.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

#: A title with at most so many events is cold.
MOST_EVENTS = 2

#: The days since release between which newness is told apart; what is not out yet has a negative age.
AGES = (-90.0, -60.0, -40.0, -20.0, -10.0, 0.0, 10.0, 20.0, 35.0, 60.0, 90.0, 130.0, 200.0, 365.0, 800.0)
#: How many spans lie between the ages.
SPANS = len(AGES) - 1


def span(ages: Numbers) -> Rows:
    """Returns for ages in days the number of the span each lies in; -1 for what is older or further off than all."""
    found = np.searchsorted(AGES, ages, side="right") - 1
    return np.where((found >= 0) & (found < SPANS), found, -1).astype(np.int64)


def newness(curve: Sequence[float], ages: Numbers) -> Numbers:
    """Returns what newness adds at each age, by a curve with a value for each span; 0 outside of it."""
    return np.append(np.asarray(curve, dtype=np.float64), 0.0)[span(ages)]


def is_cold(counts: Numbers) -> Mask:
    """Returns which titles have so few events that nothing can be learnt from them."""
    return counts <= MOST_EVENTS


def with_room(ranked: Rows, guests: Rows, among: int, places: int) -> Rows:
    """Returns a ranking in which the best guests have the last places among the first so many.

    Args:
        ranked: titles, the best first.
        guests: titles to make room for, the best first.
        among: how many are shown.
        places: how many of these are kept for guests; guests that stand there anyway count.
    """
    shown, chosen = ranked[:among], guests[: min(places, among)]
    missing = chosen[~np.isin(chosen, shown)]
    if not len(missing):
        return ranked
    # Guests that made it by themselves stay where they are; others make room from the end.
    leaving = np.flatnonzero(~np.isin(shown, chosen))[-len(missing) :]
    kept = np.delete(shown, leaving)
    rest = np.concatenate([shown[leaving], ranked[among:]])
    return np.concatenate([kept, missing, rest[~np.isin(rest, missing)]])
