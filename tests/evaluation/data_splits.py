"""Splits of the ratings into training and test events: per user, and at one moment."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.recommendation.domain import popularity

Rows = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]

#: The moment of the global split.
SPLIT_DAY = "2013-07-01"
#: The moments of the validation splits inside the training part of the global split.
VALIDATION_DAYS = ("2013-05-01", "2013-05-11", "2013-05-20", "2013-06-01")

_LEAST_HISTORY = 5
_FOLDS = 5
#: Inside the training part, one event of viewers with few is held out too; otherwise no weight would fit them.
_LEAST_INNER_HISTORY = 3


@dataclass(frozen=True, slots=True, eq=False)
class Viewer:
    """A viewer to rank for, at a moment."""

    moment: float
    #: The titles of the training events in the order of time, and their times.
    history: Rows
    times: Numbers
    #: The titles of the test events.
    relevant: Rows


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """The training events, and the viewers to rank for."""

    train: popularity.Events
    viewers: tuple[Viewer, ...]

    @property
    def relevant(self) -> int:
        """The number of test events."""
        return sum(len(viewer.relevant) for viewer in self.viewers)


def split_per_user(events: popularity.Events, *, inner: bool = False) -> Split:
    """Holds out the last fifth of the events of each viewer; the moment is that of the first of them.

    Args:
        events: all, or for tuning those of another split's training part.
        inner: whether viewers with fewer than five events have one of them held back.
    """
    train: list[Rows] = []
    viewers = []
    for mine in _by_viewer(events):
        held = len(mine) // _FOLDS
        if inner and not held and len(mine) >= _LEAST_INNER_HISTORY:
            held = 1
        known, later = mine[: len(mine) - held], mine[len(mine) - held :]
        train.append(known)
        if held:
            viewers.append(_viewer(events, known, later, float(events.times[later[0]])))
    return Split(_some(events, train), tuple(viewers))


def split_at(events: popularity.Events, moment: float) -> Split:
    """Holds out all events from a moment on; the viewers are those with five events before and one after it."""
    train: list[Rows] = []
    viewers = []
    for mine in _by_viewer(events):
        before = events.times[mine] < moment
        known, later = mine[before], mine[~before]
        if len(known) < _LEAST_HISTORY:
            continue
        train.append(known)
        if len(later):
            viewers.append(_viewer(events, known, later, moment))
    return Split(_some(events, train), tuple(viewers))


def _by_viewer(events: popularity.Events) -> list[Rows]:
    order = np.argsort(events.viewers, kind="stable")
    _, first = np.unique(events.viewers[order], return_index=True)
    return np.split(order, first[1:]) if len(order) else []


def _viewer(events: popularity.Events, known: Rows, later: Rows, moment: float) -> Viewer:
    return Viewer(moment, events.titles[known], events.times[known], events.titles[later])


def _some(events: popularity.Events, chosen: Sequence[Rows]) -> popularity.Events:
    rows = np.sort(np.concatenate(chosen)) if chosen else np.zeros(0, dtype=np.int64)
    return popularity.Events(events.viewers[rows], events.titles[rows], events.times[rows], events.size)
