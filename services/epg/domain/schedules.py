"""Schedules: the rules that they obey, and the merge of a new schedule into the stored one."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

#: The longest programme. It bounds how far before a window its first programme may begin.
MAX_DURATION = timedelta(hours=48)
#: A programme that begins further away from its former time is another airing.
MAX_MOVE = timedelta(hours=36)


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
    """
    stated = [_cut(each, following_start) for each in stated]
    matches = _match(existing, stated)
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


def _match(existing: Sequence[Programme], stated: Sequence[Scheduled]) -> dict[int, Programme]:
    """Returns the existing programme of each stated one that is recognized, by index."""
    matches: dict[int, Programme] = {}
    taken: set[str] = set()

    def take(index: int, programme: Programme) -> None:
        matches[index] = programme
        taken.add(programme.programme_id)

    by_key = {each.scheduled.source_key: each for each in existing if each.scheduled.source_key}
    for index, each in enumerate(stated):
        if each.source_key and (former := by_key.pop(each.source_key, None)):
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


def _by_identity(programmes: Iterable[Programme]) -> Mapping[Hashable, list[Programme]]:
    found: defaultdict[Hashable, list[Programme]] = defaultdict(list)
    for each in programmes:
        found[each.scheduled.identity].append(each)
    return found


def _cut(programme: Scheduled, at: datetime | None) -> Scheduled:
    return replace(programme, end_time=at) if at is not None and programme.end_time > at else programme
