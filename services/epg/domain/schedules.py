"""Schedules: the rules that they obey, and the merge of a new schedule into the stored one."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from services.epg.domain import guide_search

#: The longest programme. It bounds how far before a window its first programme may begin.
MAX_DURATION = timedelta(hours=48)
#: A programme that begins further away from its former time is another airing.
MAX_MOVE = timedelta(hours=36)
#: How far outside the time that a source covers a programme is recognized: no time zone is further from another one's.
EDGE = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A programme as an editor or a source states it."""

    start_time: datetime
    end_time: datetime
    #: What is shown, in the form in which it is stored.
    details: Mapping[str, Any]
    #: The key of the programme in its source; empty if it has none.
    source_key: str = ""

    @property
    def maturity_age(self) -> int | None:
        """The minimum age of viewers in years, None if it is not known."""
        rating = self.details.get("maturity_rating")
        return rating["age"] if rating else None

    def is_above(self, maturity_ceiling: int) -> bool:
        """Returns whether it is rated for viewers older than the ceiling of a profile, in years."""
        return self.maturity_age is not None and self.maturity_age > maturity_ceiling

    @property
    def search_words(self) -> str:
        """What the programme is found by, as a `tsvector`."""
        names, episodes = self.details["display_names"], self.details.get("episode_display_names", {})
        return guide_search.encode_words(tuple(names.values()), tuple(episodes.values()))

    @property
    def identity(self) -> Hashable:
        """What stays the same when the programme moves: its names, its season and its episode."""
        names, episodes = self.details["display_names"], self.details.get("episode_display_names", {})
        numbers = (self.details.get("season_number", 0), self.details.get("episode_number", 0))
        return tuple(sorted(names.items())), tuple(sorted(episodes.items())), numbers


@dataclass(frozen=True, slots=True)
class Programme:
    """A stored programme."""

    programme_id: str
    scheduled: Scheduled


@dataclass(frozen=True, slots=True)
class InvalidProgramme:
    """Why a schedule is refused."""

    index: int
    message: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What a merge writes."""

    created: list[Programme] = field(default_factory=list)
    updated: list[Programme] = field(default_factory=list)
    deleted_ids: list[str] = field(default_factory=list)
    unchanged_count: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing is written."""
        return not (self.created or self.updated or self.deleted_ids)


def find_invalid(programmes: Sequence[Scheduled], start: datetime, end: datetime) -> InvalidProgramme | None:
    """Returns the first programme that breaks a rule of schedules, None if none does.

    Programmes are sorted by start, begin in the window, last up to `MAX_DURATION` and do not overlap.
    """
    before = start
    for index, each in enumerate(programmes):
        if not start <= each.start_time < end:
            return InvalidProgramme(index, "does not begin in the window")
        if each.end_time <= each.start_time:
            return InvalidProgramme(index, "does not end after it begins")
        if each.end_time - each.start_time > MAX_DURATION:
            return InvalidProgramme(index, "lasts longer than 48 hours")
        if each.start_time < before:
            return InvalidProgramme(index, "begins before the one before it ends")
        before = each.end_time
    return None


def merge(
    existing: Sequence[Programme],
    stated: Sequence[Scheduled],
    new_id: Callable[[], str],
    following_start: datetime | None = None,
    nearby: Sequence[Programme] = (),
) -> Changes:
    """Merges a stated schedule into the existing one, so that programmes keep their ids when they move or change.

    A programme is recognized by its source's key, else by its identity: first at the same start, then at the nearest
    start that is less than `MAX_MOVE` away. What is recognized is updated, never kept beside its new form; what is not
    is deleted.

    Args:
        existing: the stored programmes of the window.
        stated: the programmes that replace them, valid by `find_invalid`.
        new_id: returns the id of a new programme.
        following_start: when the first programme behind the window begins; what runs into it is cut there.
        nearby: stored programmes outside the window, which stay unless they are recognized.
    """
    stated = [_cut(each, following_start) for each in stated]
    matches = _match([*existing, *nearby], stated)
    changes = Changes()
    unchanged = 0
    for index, each in enumerate(stated):
        former = matches.get(index)
        if former is None:
            changes.created.append(Programme(new_id(), each))
        elif former.scheduled == each:
            unchanged += 1
        else:
            changes.updated.append(Programme(former.programme_id, each))
    kept = {programme.programme_id for programme in matches.values()}
    changes.deleted_ids.extend(each.programme_id for each in existing if each.programme_id not in kept)
    return replace(changes, unchanged_count=unchanged)


@dataclass(frozen=True, slots=True)
class MergedSchedule:
    """What the merge of the windows of one channel writes."""

    changes: Changes
    start_time: datetime
    end_time: datetime
    #: The programmes of the windows that begin in the future, before and after the merge.
    stored_upcoming_count: int
    stated_upcoming_count: int


def merge_windows(
    stored: Sequence[Programme], windows: Sequence[Sequence[Scheduled]], new_id: Callable[[], str], now: datetime
) -> MergedSchedule:
    """Merges the parts of a schedule that a source covers: each from its first start to its last end.

    What is stored outside the windows stays, except that a programme of the future is recognized up to `EDGE` outside a
    window, so that a source whose times are corrected leaves none beside its new form. A programme that is on when a
    window begins ends there.

    Args:
        stored: the stored programmes of the channel, from `EDGE` before the first window to `EDGE` after the last.
        windows: the programmes of each window, in the order of time; each valid by `find_invalid`.
        new_id: returns the id of a new programme.
        now: the present.
    """
    spans = [(window[0].start_time, window[-1].end_time) for window in windows]
    outside = [each for each in stored if not any(_begins_in(each, *span) for span in spans)]
    changes, unchanged, stored_upcoming = Changes(), 0, 0
    for window, (start, end) in zip(windows, spans, strict=True):
        starting = [each for each in stored if _begins_in(each, start, end)]
        nearby = [
            each for each in outside if each.scheduled.start_time > now and _begins_in(each, start - EDGE, end + EDGE)
        ]
        merged = merge(starting, window, new_id, nearby=nearby)
        moved_ids = {each.programme_id for each in merged.updated}
        outside = [each for each in outside if each.programme_id not in moved_ids]
        changes.created.extend(merged.created)
        changes.updated.extend(merged.updated)
        changes.deleted_ids.extend(merged.deleted_ids)
        unchanged += merged.unchanged_count
        stored_upcoming += sum(each.scheduled.start_time >= now for each in starting)
    for each in outside:
        cut_at = min((at for at, _ in spans if each.scheduled.start_time < at < each.scheduled.end_time), default=None)
        if cut_at:
            changes.updated.append(replace(each, scheduled=_cut(each.scheduled, cut_at)))
    return MergedSchedule(
        replace(changes, unchanged_count=unchanged),
        spans[0][0],
        spans[-1][1],
        stored_upcoming,
        sum(each.start_time >= now for window in windows for each in window),
    )


def _begins_in(programme: Programme, start: datetime, end: datetime) -> bool:
    return start <= programme.scheduled.start_time < end


def _match(existing: Sequence[Programme], stated: Sequence[Scheduled]) -> dict[int, Programme]:
    """Returns the existing programme of each stated one that is recognized, by index."""
    matches = _match_unchanged(existing, stated)
    taken = {programme.programme_id for programme in matches.values()}
    if len(matches) == len(stated):
        return matches

    def take(index: int, programme: Programme) -> None:
        matches[index] = programme
        taken.add(programme.programme_id)

    existing = [each for each in existing if each.programme_id not in taken]
    by_key = {each.scheduled.source_key: each for each in existing if each.scheduled.source_key}
    for index, each in enumerate(stated):
        if index not in matches and each.source_key and (former := by_key.pop(each.source_key, None)):
            take(index, former)
    remaining = [(index, each) for index, each in enumerate(stated) if index not in matches and not each.source_key]
    unkeyed = [each for each in existing if not each.scheduled.source_key]
    in_place = {(each.scheduled.identity, each.scheduled.start_time): each for each in unkeyed}
    for index, each in remaining:
        if former := in_place.get((each.identity, each.start_time)):
            take(index, former)
    candidates = _by_identity(each for each in unkeyed if each.programme_id not in taken)
    pairs = sorted(
        (abs(former.scheduled.start_time - each.start_time), index, position)
        for index, each in remaining
        if index not in matches
        for position, former in enumerate(candidates.get(each.identity, ()))
        if abs(former.scheduled.start_time - each.start_time) < MAX_MOVE
    )
    for _, index, position in pairs:
        former = candidates[stated[index].identity][position]
        if index not in matches and former.programme_id not in taken:
            take(index, former)
    return matches


def _match_unchanged(existing: Sequence[Programme], stated: Sequence[Scheduled]) -> dict[int, Programme]:
    """Returns the existing programmes that are as stated, which most are: they are found without their identities."""
    by_start = {each.scheduled.start_time: each for each in existing}
    found = ((index, by_start.get(each.start_time)) for index, each in enumerate(stated))
    return {index: former for index, former in found if former and former.scheduled == stated[index]}


def _by_identity(programmes: Iterable[Programme]) -> Mapping[Hashable, list[Programme]]:
    found: defaultdict[Hashable, list[Programme]] = defaultdict(list)
    for each in programmes:
        found[each.scheduled.identity].append(each)
    return found


def _cut(programme: Scheduled, at: datetime | None) -> Scheduled:
    return replace(programme, end_time=at) if at is not None and programme.end_time > at else programme
