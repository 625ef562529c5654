"""Everything that a profile did with one title, and how a change of it is applied.

Changes arrive in any order. What can be undone keeps the time of that, and what was deleted keeps the time up to which
it was: an older change that arrives late never replaces a newer one.
"""

import dataclasses
import enum
import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.viewing.domain.bookmarks import Bookmark, merge

NO_THUMB = 0
MOST_LISTED = 1000
#: Views of further titles are not counted: no viewer opens so many pages, but clients may report any title.
MOST_VIEWED = 5_000
#: Events that are counted of a profile within the retention, for the same reason.
MOST_COUNTED = 10_000
#: How long it is kept that something was undone or deleted, and which events were counted.
RETENTION = timedelta(days=30)
#: How far back the household is considered.
HOUSEHOLD_SPAN = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Owner:
    """A profile, and the account whose other profiles are its household."""

    profile_id: str
    #: Empty if it is not known.
    account_id: str


class Kind(enum.Enum):
    """A kind of signal."""

    WATCHED = enum.auto()
    RATED = enum.auto()
    LISTED = enum.auto()
    VIEWED = enum.auto()
    SUPPRESSED = enum.auto()


#: What the history of a title consists of.
HISTORY = (Kind.WATCHED, Kind.VIEWED)


@dataclass(frozen=True, slots=True)
class TitleState:
    """Everything that a profile did with a title."""

    title_id: str
    #: A marquee.viewing.v1.Thumb, and when it was given or deleted.
    thumb: int = NO_THUMB
    rate_time: datetime | None = None
    #: Whether it is on the watchlist, and since when it is or is not.
    listed: bool = False
    list_time: datetime | None = None
    #: Whether it is suppressed, and since when it is or is not.
    suppressed: bool = False
    suppress_time: datetime | None = None
    #: When it was dismissed from continue watching, and when that ends by itself.
    dismiss_time: datetime | None = None
    snooze_until_time: datetime | None = None
    view_count: int = 0
    view_time: datetime | None = None
    abandon_count: int = 0
    #: What was watched, and viewed, up to then is deleted.
    watch_floor_time: datetime | None = None
    view_floor_time: datetime | None = None
    #: By episode; under an empty id for titles without episodes.
    bookmarks: Mapping[str, Bookmark] = field(default_factory=dict)

    @property
    def latest(self) -> Bookmark | None:
        """The latest bookmark."""
        key = operator.attrgetter("update_time", "episode_id")
        return max(self.bookmarks.values(), key=key, default=None)

    @property
    def has_signals(self) -> bool:
        """Whether there is any signal of the title."""
        counts = self.view_count or self.abandon_count
        return bool(self.thumb or self.listed or self.suppressed or counts or self.bookmarks or self.dismiss_time)

    @property
    def latest_time(self) -> datetime | None:
        """The time of the latest signal."""
        times = (
            self.rate_time if self.thumb else None,
            self.list_time if self.listed else None,
            self.suppress_time if self.suppressed else None,
            self.dismiss_time,
            self.view_time,
            self.latest.update_time if self.latest else None,
        )
        return _latest(*times)


def rate(state: TitleState, thumb: int, at: datetime) -> TitleState:
    """Returns the state with a thumb that was given at that time, or deleted (`NO_THUMB`)."""
    if _older((at, thumb), (state.rate_time, state.thumb)):
        return state
    return dataclasses.replace(state, thumb=thumb, rate_time=at)


def set_listed(state: TitleState, at: datetime, *, on: bool) -> TitleState:
    """Returns the state after the title was added to the watchlist at that time, or removed from it."""
    if _older((at, on), (state.list_time, state.listed)):
        return state
    return dataclasses.replace(state, listed=on, list_time=at)


def set_suppressed(state: TitleState, at: datetime, *, on: bool) -> TitleState:
    """Returns the state after the title was suppressed at that time, or unsuppressed."""
    if _older((at, on), (state.suppress_time, state.suppressed)):
        return state
    return dataclasses.replace(state, suppressed=on, suppress_time=at)


def dismiss(state: TitleState, at: datetime, until: datetime | None) -> TitleState:
    """Returns the state after the title was dismissed from continue watching at that time."""
    # The clock of a player may be ahead: what was played before the dismissal must not end it.
    played = state.latest.update_time if state.latest else at
    return dataclasses.replace(state, dismiss_time=max(at, played), snooze_until_time=until)


def restore(state: TitleState) -> TitleState:
    """Returns the state without a dismissal.

    Only requests dismiss, one after the other, so that no late dismissal needs to be refused.
    """
    return dataclasses.replace(state, dismiss_time=None, snooze_until_time=None)


def apply_bookmark(state: TitleState, bookmark: Bookmark) -> TitleState:
    """Returns the state with a bookmark; a late one does not bring back what was deleted."""
    if not _is_after(bookmark.update_time, state.watch_floor_time):
        return state
    merged = merge(bookmark, state.bookmarks.get(bookmark.episode_id))
    restores = bookmark.started and state.dismiss_time is not None and bookmark.update_time > state.dismiss_time
    return dataclasses.replace(
        restore(state) if restores else state, bookmarks={**state.bookmarks, bookmark.episode_id: merged}
    )


def count_view(state: TitleState, at: datetime) -> TitleState:
    """Returns the state after the page of the title was opened once more."""
    if not _is_after(at, state.view_floor_time):
        return state
    view_time = at if state.view_time is None else max(at, state.view_time)
    return dataclasses.replace(state, view_count=state.view_count + 1, view_time=view_time)


def count_abandon(state: TitleState, at: datetime) -> TitleState:
    """Returns the state after the title was left within its first tenth once more."""
    if not _is_after(at, state.watch_floor_time):
        return state
    return dataclasses.replace(state, abandon_count=state.abandon_count + 1)


def forget(state: TitleState, kinds: Iterable[Kind], at: datetime) -> TitleState:
    """Returns the state without the signals of some kinds."""
    for kind in kinds:
        state = _forget(state, kind, at)
    return state


def apply_clears(state: TitleState, clear_time: datetime | None, view_clear_time: datetime | None) -> TitleState:
    """Returns the state of a profile that deleted its whole history, and all its views, at those times if it did."""
    return dataclasses.replace(
        state,
        watch_floor_time=_latest(clear_time, state.watch_floor_time),
        view_floor_time=_latest(clear_time, view_clear_time, state.view_floor_time),
    )


def next_time(latest: datetime | None, now: datetime) -> datetime:
    """Returns the time of a change that is made now: later than the latest one, even if another clock was ahead."""
    return now if latest is None or now > latest else latest + timedelta(microseconds=1)


def _forget(state: TitleState, kind: Kind, at: datetime) -> TitleState:
    match kind:
        case Kind.WATCHED if state.bookmarks or state.abandon_count or state.dismiss_time:
            floor = max(at, state.latest.update_time) if state.latest else at
            return dataclasses.replace(
                state,
                bookmarks={},
                abandon_count=0,
                dismiss_time=None,
                snooze_until_time=None,
                watch_floor_time=max(floor, state.watch_floor_time or floor),
            )
        case Kind.VIEWED if state.view_count:
            floor = max(at, state.view_time or at)
            return dataclasses.replace(
                state, view_count=0, view_time=None, view_floor_time=max(floor, state.view_floor_time or floor)
            )
        case Kind.RATED if state.thumb:
            return rate(state, NO_THUMB, next_time(state.rate_time, at))
        case Kind.LISTED if state.listed:
            return set_listed(state, next_time(state.list_time, at), on=False)
        case Kind.SUPPRESSED if state.suppressed:
            return set_suppressed(state, next_time(state.suppress_time, at), on=False)
        case _:  # There is no such signal, so there is nothing to keep of its deletion either.
            return state


def _older(new: tuple[datetime, int], old: tuple[datetime | None, int]) -> bool:
    """Returns whether a change is not later than the last one; of two at the same time the larger value is kept."""
    time, value = old
    return time is not None and new <= (time, value)


def _latest(*times: datetime | None) -> datetime | None:
    return max((time for time in times if time is not None), default=None)


def _is_after(at: datetime, floor: datetime | None) -> bool:
    return floor is None or at > floor
