"""Popularity: interest in titles, each interaction of which counts for less with every day that passes.

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

#: The days after which interest counts half, by the name of the signal. The last one hardly decays.
HALF_LIVES: Mapping[str, float] = {"day": 1.0, "days": 4.0, "fortnight": 14.0, "ever": 10_000.0}

#: The interest below which the logarithmic scale is flat, so that one event is not infinitely more than none.
_PRIOR = 0.1
#: After so many half-lives an event counts for less than a thousandth and is left out.
_MAX_HALF_LIVES = 10.0
#: With so many plays in all, popularity counts half; with a tenth of them 1 %, with ten times as many fully.
_HALF_EVIDENCE_PLAYS = 60.0
_STEPS = 2.0**20
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """Interactions of viewers with titles, in the order of time. Made by `events`."""

    viewers: Rows
    titles: Rows
    times: Numbers
    #: The number of titles; each title is a number below it.
    size: int

    def __len__(self) -> int:
        return len(self.times)

    def counts(self) -> Numbers:
        """Returns the number of events of each title."""
        return np.bincount(self.titles, minlength=self.size).astype(np.float64)

    def before(self, moment: float) -> int:
        """Returns how many events happened until a moment: they come first."""
        return int(np.searchsorted(self.times, moment, side="right"))


@dataclass(frozen=True, slots=True)
class Change:
    """What is added to the popularity of a title."""

    #: The interest has decayed until the beginning of this day, in UTC.
    day: date
    count: int
    #: By each of `HALF_LIVES`.
    interest: tuple[float, ...]


def change(weight: float, at: datetime, count: int = 1) -> Change:
    """Returns what an interaction adds to the popularity of its title, or takes away with a count of -1.

    The interest is stated as of the beginning of the day of the interaction. Decay is exponential, so the sum of
    interest decays as each interaction does, and no interaction has to be read to know the sum at a later time.
    """
    day = at.astimezone(UTC).date()
    age = (at - datetime.combine(day, time(), UTC)) / _DAY
    return Change(day, count, tuple(count * weight * 2.0 ** (age / half_life) for half_life in HALF_LIVES.values()))


def combine(changes: Iterable[Change]) -> Change:
    """Returns the sum of several changes of one title, as of the latest of their days."""
    every = list(changes)
    day = max(each.day for each in every)
    interest = (
        sum(each.interest[column] * 2.0 ** ((each.day - day).days / half_life) for each in every)
        for column, half_life in enumerate(HALF_LIVES.values())
    )
    return Change(day, sum(each.count for each in every), tuple(interest))


def events(viewers: npt.ArrayLike, titles: npt.ArrayLike, times: npt.ArrayLike, size: int) -> Events:
    """Returns events in the order of time; events of one time in the order of viewers, then of titles."""
    by_viewer, by_title, by_time = np.asarray(viewers, np.int64), np.asarray(titles, np.int64), np.asarray(times, float)
    order = np.lexsort((by_title, by_viewer, by_time))
    return Events(by_viewer[order], by_title[order], by_time[order], size)


def decayed_interest(events: Events, moment: float, half_life: float) -> Numbers:
    """Returns the interest in each title at a moment. Events after it do not count."""
    end = events.before(moment)
    begin = int(np.searchsorted(events.times[:end], moment - _MAX_HALF_LIVES * half_life))
    weights = np.exp2((events.times[begin:end] - moment) / half_life)
    return np.bincount(events.titles[begin:end], weights, minlength=events.size).astype(np.float64)


def heat(interest: Numbers) -> Numbers:
    """Returns interest on a logarithmic scale, 0 where there is none."""
    return np.log1p(interest / _PRIOR)


def evidence(interest: Numbers) -> float:
    """Returns how reliable interest is, from 0 to 1, by the sum of the interest in all titles.

    It grows with the square of the sum: a handful of plays is chance, and thousands are reliable.
    """
    # A sum of whole steps is the same in whatever order it is added.
    plays = float(np.rint(interest * _STEPS).sum()) / _STEPS
    if plays <= 0:
        return 0.0
    ratio = _HALF_EVIDENCE_PLAYS / plays
    # Each operation is monotonic, its rounding included: with more plays the evidence never falls.
    return 1.0 / (1.0 + ratio * ratio)


def scale_by_evidence(interest: Mapping[str, Numbers]) -> dict[str, Numbers]:
    """Returns the signals of popularity by the names of the half-lives, each scaled by its evidence.

    Each half-life has evidence of its own, so what was watched years ago does not make three recent plays a trend.
    """
    return {name: evidence(each) * heat(each) for name, each in interest.items()}


def signals(events: Events, moment: float) -> dict[str, Numbers]:
    """Returns the signals of popularity at a moment, by name. They are the same for every viewer."""
    return scale_by_evidence(
        {name: decayed_interest(events, moment, half_life) for name, half_life in HALF_LIVES.items()}
    )


def most_popular(interest: Mapping[str, float], limit: int) -> list[str]:
    """Returns the titles with the strongest interest, the strongest first, without those that have none."""
    title_ids = (title_id for title_id, strength in interest.items() if strength > 0)
    return heapq.nsmallest(limit, title_ids, key=lambda title_id: (-interest[title_id], title_id))


def mainstream(counts: Numbers, history: Rows) -> float:
    """Returns how mainstream a history is: the mean logarithm of the number of events of its titles."""
    known = counts[history]
    known = known[known > 0]
    return float(np.log(known).mean()) if len(known) else 0.0
