"""Makes a valid schedule of the programmes that a source states for one channel.

`source_records.ProblemKind` states the rules.
"""

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo

from services.epg.domain import schedules
from services.epg.domain.source_records import ProblemKind, SourceProgramme

#: Gaps up to this length are closed.
SHORT_GAP = timedelta(minutes=2)
#: A gap of this length ends what a file covers: what is stored in it stays.
WINDOW_GAP = timedelta(hours=24)
#: How long a programme without a stop lasts when the next one is far away, and what far away is.
ASSUMED_DURATION, FAR_AWAY = timedelta(hours=1), timedelta(hours=6)
#: No catch-up window is longer, so that nobody can play what ended before.
MAX_AGE = timedelta(days=31)
MAX_AHEAD = timedelta(days=400)

AddProblem = Callable[[ProblemKind, int], None]


@dataclass(frozen=True, slots=True)
class RepairedProgramme:
    """A programme in a valid schedule."""

    start: datetime
    end: datetime
    source: SourceProgramme


@dataclass(frozen=True, slots=True)
class _Placed:
    """A programme at its instants; without an end if the stated one is not valid."""

    start: datetime
    end: datetime | None
    source: SourceProgramme


def repair(
    stated: Iterable[SourceProgramme],
    zone: tzinfo,
    now: datetime,
    add_problem: AddProblem,
    *,
    ignore_offsets: bool = False,
) -> list[RepairedProgramme]:
    """Returns the schedule: sorted, without overlaps, and no programme longer than `schedules.MAX_DURATION`.

    Args:
        stated: the programmes of the channel in the order of the file.
        zone: the zone of times that have no offset.
        now: the present.
        add_problem: is given the kind and the line of each problem.
        ignore_offsets: reads all times in `zone`.
    """
    placed = _place(stated, zone, add_problem, ignore_offsets=ignore_offsets)
    placed = [each for each in placed if _is_in_range(each, now, add_problem)]
    return _fit(_choose_of_each_start(placed, add_problem), add_problem)


def split_windows(programmes: Sequence[RepairedProgramme]) -> list[Sequence[RepairedProgramme]]:
    """Returns the parts of a schedule between which nothing is stated for `WINDOW_GAP` or longer."""
    begins = [
        index
        for index, each in enumerate(programmes)
        if not index or each.start - programmes[index - 1].end >= WINDOW_GAP
    ]
    return [programmes[begin:end] for begin, end in itertools.pairwise([*begins, len(programmes)])]


def _place(
    stated: Iterable[SourceProgramme], zone: tzinfo, add_problem: AddProblem, *, ignore_offsets: bool
) -> list[_Placed]:
    placed: list[_Placed] = []
    for each in stated:
        programme = each
        if ignore_offsets:
            stop = each.stop and each.stop.replace(tzinfo=None)
            programme = replace(each, start=each.start.replace(tzinfo=None), stop=stop)
        previous = placed[-1] if placed else None
        start = _place_start(programme, zone, previous, add_problem)
        end = _place_end(programme, start, zone)
        if end is None:
            add_problem(ProblemKind.STOP_MISSING, programme.line)
        elif end <= start:
            add_problem(ProblemKind.STOP_INVALID, programme.line)
            end = None
        elif end - start > schedules.MAX_DURATION:
            add_problem(ProblemKind.DURATION_TOO_LONG, programme.line)
            end = None
        placed.append(_Placed(start, end, programme))
    return placed


def _place_start(
    programme: SourceProgramme, zone: tzinfo, previous: _Placed | None, add_problem: AddProblem
) -> datetime:
    if programme.start.tzinfo is not None:
        return programme.start.astimezone(UTC)
    first, second = _occurrences(programme.start, zone)
    if first > second:
        add_problem(ProblemKind.CLOCK_GAP, programme.line)
    elif first < second:
        add_problem(ProblemKind.CLOCK_FOLD, programme.line)
        if previous is not None and _is_same(previous.source, programme):
            return previous.start
        if previous is not None and first <= previous.start < second:
            return second
    return first


def _place_end(programme: SourceProgramme, start: datetime, zone: tzinfo) -> datetime | None:
    if programme.stop is None:
        return None
    if programme.stop.tzinfo is not None:
        return programme.stop.astimezone(UTC)
    first, second = _occurrences(programme.stop, zone)
    return first if first > start or second < first else second


def _occurrences(wall_time: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """Returns the instants at which the clock shows a time, which are equal except around a change of the clock.

    Where the clock skips the time, the first is read with the offset before the change, the second with the one after
    it, and so the first one is later.
    """
    local = wall_time.replace(tzinfo=zone)
    return local.replace(fold=0).astimezone(UTC), local.replace(fold=1).astimezone(UTC)


def _is_same(one: SourceProgramme, other: SourceProgramme) -> bool:
    return (one.start, one.stop, one.details) == (other.start, other.stop, other.details)


def _is_in_range(programme: _Placed, now: datetime, add_problem: AddProblem) -> bool:
    included = (programme.end or programme.start) > now - MAX_AGE and programme.start < now + MAX_AHEAD
    if not included:
        add_problem(ProblemKind.PROGRAMME_OUT_OF_RANGE, programme.source.line)
    return included


def _choose_of_each_start(placed: list[_Placed], add_problem: AddProblem) -> list[_Placed]:
    """Returns the programmes by start, the last stated one of each start."""
    chosen: dict[datetime, _Placed] = {}
    for each in placed:
        if former := chosen.get(each.start):
            same = former.end == each.end and former.source.details == each.source.details
            kind = ProblemKind.PROGRAMME_REPEATED if same else ProblemKind.START_SHARED
            add_problem(kind, each.source.line if same else former.source.line)
        chosen[each.start] = each
    return [chosen[start] for start in sorted(chosen)]


def _fit(placed: Sequence[_Placed], add_problem: AddProblem) -> list[RepairedProgramme]:
    """Returns the programmes with ends that fit the next starts."""
    repaired = []
    for index, each in enumerate(placed):
        following = placed[index + 1].start if index + 1 < len(placed) else None
        end = each.end
        if end is None:
            near = following is not None and following - each.start <= FAR_AWAY
            end = following if near and following is not None else each.start + ASSUMED_DURATION
        elif following is not None and end > following:
            add_problem(ProblemKind.OVERLAP, each.source.line)
            end = following
        elif following is not None and end < following:
            add_problem(ProblemKind.GAP, each.source.line)
            closed = following - end <= SHORT_GAP and following - each.start <= schedules.MAX_DURATION
            end = following if closed else end
        repaired.append(RepairedProgramme(each.start, end, each.source))
    return repaired
