"""What is in the air: interest in titles, each event of which counts for less with every day that passes.

Times are days from any origin, as long as it is the same one everywhere.
"""

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]

#: How long it takes until interest counts half, by the name of the signal. The last one hardly forgets.
HALF_LIVES: Mapping[str, float] = {"day": 1.0, "days": 4.0, "fortnight": 14.0, "ever": 10_000.0}

#: Interest that is taken to be there before anything was seen, so that one event is not infinitely more than none.
_PRIOR = 0.1
#: After so many half-lives, an event counts for less than a thousandth and is left out.
_FORGOTTEN = 10.0
#: Of so many plays in all, popularity counts half; of a tenth of them next to nothing, of ten times as many in full.
_ENOUGH_PLAYS = 60.0
_STEPS = 2.0**20
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """Who took an interest in what, and when; in the order of time. `of` makes it."""

    viewers: Rows
    titles: Rows
    times: Numbers
    #: How many titles there are; a title is a number below it.
    size: int

    def __len__(self) -> int:
        return len(self.times)

    def counts(self) -> Numbers:
        """Returns how many events each title has."""
        return np.bincount(self.titles, minlength=self.size).astype(np.float64)

    def before(self, moment: float) -> int:
        """Returns how many of the events lie at or before a moment: they come first."""
        return int(np.searchsorted(self.times, moment, side="right"))


@dataclass(frozen=True, slots=True)
class Change:
    """How much is added to the popularity of a title."""

    #: Until the beginning of which day, by UTC, the interest has decayed.
    day: date
    count: int
    #: By each of `HALF_LIVES`.
    interest: tuple[float, ...]


def change(weight: float, at: datetime, count: int = 1) -> Change:
    """Returns what an interaction adds to the popularity of its title; with a count of -1 what its removal does.

    The interest is stated as of the beginning of the day of the interaction. Decay is exponential, so the sum of
    interest decays as each interaction does, and no interaction has to be kept to know the sum at a later time.
    """
    day = at.astimezone(UTC).date()
    age = (at - datetime.combine(day, time(), UTC)) / _DAY
    return Change(day, count, tuple(count * weight * 2.0 ** (age / half_life) for half_life in HALF_LIVES.values()))


def combined(changes: Iterable[Change]) -> Change:
    """Returns several changes of one title as one, as of the latest of their days."""
    some = list(changes)
    day = max(each.day for each in some)
    interest = (
        sum(each.interest[place] * 2.0 ** ((each.day - day).days / half_life) for each in some)
        for place, half_life in enumerate(HALF_LIVES.values())
    )
    return Change(day, sum(each.count for each in some), tuple(interest))


def of(viewers: npt.ArrayLike, titles: npt.ArrayLike, times: npt.ArrayLike, size: int) -> Events:
    """Returns events in the order of time; of those at one time, in the order of viewers, then of titles."""
    who, what, when = np.asarray(viewers, np.int64), np.asarray(titles, np.int64), np.asarray(times, np.float64)
    order = np.lexsort((what, who, when))
    return Events(who[order], what[order], when[order], size)


def decayed(events: Events, moment: float, half_life: float) -> Numbers:
    """Returns the interest in each title at a moment. What comes after the moment is not known yet and never counts."""
    end = events.before(moment)
    begin = int(np.searchsorted(events.times[:end], moment - _FORGOTTEN * half_life))
    weights = np.exp2((events.times[begin:end] - moment) / half_life)
    return np.bincount(events.titles[begin:end], weights, minlength=events.size).astype(np.float64)


def heat(interest: Numbers) -> Numbers:
    """Returns interest on the scale that is blended: its logarithm, 0 where there is none."""
    return np.log1p(interest / _PRIOR)


def evidence(interest: Numbers) -> float:
    """Returns how far interest is to be believed, from 0 to 1, by how much of it there is in all titles together.

    It grows with the square: a handful of plays is chance, and thousands are left as they are.
    """
    # A sum of whole steps is the same in whatever order it is added.
    plays = float(np.rint(interest * _STEPS).sum()) / _STEPS
    if plays <= 0:
        return 0.0
    lacking = _ENOUGH_PLAYS / plays
    # Each step of this rises or falls in one direction, rounding included: more plays are never believed less.
    return 1.0 / (1.0 + lacking * lacking)


def weighed(interest: Mapping[str, Numbers]) -> dict[str, Numbers]:
    """Returns the signals of popularity, by the names of the decays: each counts as far as it is to be believed.

    Each decay speaks of its own time, so what was watched years ago does not make last night's three plays a trend.
    """
    return {name: evidence(each) * heat(each) for name, each in interest.items()}


def signals(events: Events, moment: float) -> dict[str, Numbers]:
    """Returns the signals of popularity at a moment, by name. They are the same for every viewer."""
    return weighed({name: decayed(events, moment, half_life) for name, half_life in HALF_LIVES.items()})


def first(interest: Mapping[str, float], most: int) -> list[str]:
    """Returns the titles in which interest is strongest, the strongest first; those in which there is none never."""
    some = (title_id for title_id, strength in interest.items() if strength > 0)
    return heapq.nsmallest(most, some, key=lambda title_id: (-interest[title_id], title_id))


def mainstream(counts: Numbers, history: Rows) -> float:
    """Returns how much a viewer follows the crowd: the mean logarithm of the events of what it watched."""
    known = counts[history]
    known = known[known > 0]
    return float(np.log(known).mean()) if len(known) else 0.0
