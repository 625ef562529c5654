"""What becomes of what a profile told of a title, whatever order it comes in.

What can be taken back keeps the time when that was, and what was forgotten the time until when it was: so an older word
that comes late never undoes a newer one.
"""

import dataclasses
import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.viewing.domain import bookmarks

NO_THUMB = 0
MOST_LISTED = 1000
#: Views of further titles are not counted: nobody looks at so many, but clients may make titles up.
MOST_VIEWED = 20_000
#: How long it is remembered that something was taken back or forgotten, and which events were counted.
REMEMBERED = timedelta(days=30)
#: How far back the household is looked at.
HOUSEHOLD_SPAN = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Owner:
    """A profile, and the account whose other profiles are its household."""

    profile_id: str
    #: Empty where it is not known.
    account_id: str


class Kind(enum.Enum):
    """A kind of thing that a profile tells of a title."""

    WATCHED = enum.auto()
    RATED = enum.auto()
    LISTED = enum.auto()
    VIEWED = enum.auto()
    SUPPRESSED = enum.auto()


#: What the history of a title consists of.
HISTORY = (Kind.WATCHED, Kind.VIEWED)


@dataclass(frozen=True, slots=True)
class State:
    """Everything that a profile told of a title."""

    title_id: str
    #: A marquee.viewing.v1.Thumb, and when it was given or taken back.
    thumb: int = NO_THUMB
    rate_time: datetime | None = None
    #: Whether it is on the watchlist, and since when it is or is not.
    listed: bool = False
    list_time: datetime | None = None
    #: Whether it is hidden, and since when it is or is not.
    suppressed: bool = False
    suppress_time: datetime | None = None
    #: When it was taken out of what to go on with, and when it comes back by itself.
    dismiss_time: datetime | None = None
    snooze_until_time: datetime | None = None
    view_count: int = 0
    view_time: datetime | None = None
    abandon_count: int = 0
    #: What was watched, and looked at, until then is forgotten.
    watch_floor_time: datetime | None = None
    view_floor_time: datetime | None = None
    #: By episode; under an empty id for what has no episodes.
    marks: Mapping[str, bookmarks.Bookmark] = field(default_factory=dict)

    @property
    def latest(self) -> bookmarks.Bookmark | None:
        """The bookmark that was written last."""
        return max(self.marks.values(), key=lambda known: (known.update_time, known.episode_id), default=None)

    @property
    def told(self) -> bool:
        """Whether anything is known of the title."""
        counts = self.view_count or self.abandon_count
        return bool(self.thumb or self.listed or self.suppressed or counts or self.marks or self.dismiss_time)

    @property
    def latest_time(self) -> datetime | None:
        """When the profile last told anything that is still known."""
        times = (
            self.rate_time if self.thumb else None,
            self.list_time if self.listed else None,
            self.suppress_time if self.suppressed else None,
            self.dismiss_time,
            self.view_time,
            self.latest.update_time if self.latest else None,
        )
        return _latest(*times)


def rated(state: State, thumb: int, at: datetime) -> State:
    """Answers a title that was given a thumb at that time, or lost it."""
    if _older((at, thumb), (state.rate_time, state.thumb)):
        return state
    return dataclasses.replace(state, thumb=thumb, rate_time=at)


def listed(state: State, at: datetime, *, on: bool) -> State:
    """Answers a title that was put on the watchlist at that time, or taken off it."""
    if _older((at, on), (state.list_time, state.listed)):
        return state
    return dataclasses.replace(state, listed=on, list_time=at)


def suppressed(state: State, at: datetime, *, on: bool) -> State:
    """Answers a title that was hidden at that time, or let back."""
    if _older((at, on), (state.suppress_time, state.suppressed)):
        return state
    return dataclasses.replace(state, suppressed=on, suppress_time=at)


def dismissed(state: State, at: datetime, until: datetime | None) -> State:
    """Answers a title that was taken out of what to go on with at that time."""
    # A player's clock may be ahead of ours: what was played before is not what brings the title back.
    played = state.latest.update_time if state.latest else at
    return dataclasses.replace(state, dismiss_time=max(at, played), snooze_until_time=until)


def restored(state: State) -> State:
    """Answers a title that is not taken out of what to go on with any more, or never was.

    Only viewers take it out, one word after the other, so there is no late word that this would have to outlast.
    """
    return dataclasses.replace(state, dismiss_time=None, snooze_until_time=None)


def played(state: State, bookmark: bookmarks.Bookmark) -> State:
    """Answers a title that was watched so far; what was forgotten is not watched again by a late word."""
    if not _above(bookmark.update_time, state.watch_floor_time):
        return state
    known = state.marks.get(bookmark.episode_id)
    kept = {**state.marks, bookmark.episode_id: bookmarks.merged(bookmark, known)}
    lifted = state.dismiss_time is not None and bookmark.update_time > state.dismiss_time
    return dataclasses.replace(restored(state) if lifted else state, marks=kept)


def viewed(state: State, at: datetime) -> State:
    """Answers a title whose page was looked at once more."""
    if not _above(at, state.view_floor_time):
        return state
    view_time = at if state.view_time is None else max(at, state.view_time)
    return dataclasses.replace(state, view_count=state.view_count + 1, view_time=view_time)


def abandoned(state: State, at: datetime) -> State:
    """Answers a title that was left within its first tenth once more."""
    if not _above(at, state.watch_floor_time):
        return state
    return dataclasses.replace(state, abandon_count=state.abandon_count + 1)


def forgotten(state: State, kinds: Iterable[Kind], at: datetime) -> State:
    """Answers a title of which some of what was told until now is forgotten."""
    for kind in kinds:
        state = _forgotten(state, kind, at)
    return state


def cleared(state: State, clear_time: datetime | None, view_clear_time: datetime | None) -> State:
    """Answers a title whose profile deleted its whole history, and all that it looked at, at those times if it did."""
    return dataclasses.replace(
        state,
        watch_floor_time=_latest(clear_time, state.watch_floor_time),
        view_floor_time=_latest(clear_time, view_clear_time, state.view_floor_time),
    )


def now_after(known: datetime | None, now: datetime) -> datetime:
    """Answers the time of a word that is said now: whatever a clock elsewhere said, it is the latest."""
    return now if known is None or now > known else known + timedelta(microseconds=1)


def _forgotten(state: State, kind: Kind, at: datetime) -> State:
    match kind:
        case Kind.WATCHED if state.marks or state.abandon_count or state.dismiss_time:
            floor = max(at, state.latest.update_time) if state.latest else at
            return dataclasses.replace(
                state,
                marks={},
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
            return rated(state, NO_THUMB, now_after(state.rate_time, at))
        case Kind.LISTED if state.listed:
            return listed(state, now_after(state.list_time, at), on=False)
        case Kind.SUPPRESSED if state.suppressed:
            return suppressed(state, now_after(state.suppress_time, at), on=False)
        case _:  # Nothing of the kind was told, so there is nothing to remember either.
            return state


def _older(new: tuple[datetime, int], old: tuple[datetime | None, int]) -> bool:
    """Whether a word is not later than the one that holds; of two at the same time the larger one holds."""
    time, value = old
    return time is not None and new <= (time, value)


def _latest(*times: datetime | None) -> datetime | None:
    return max((time for time in times if time is not None), default=None)


def _above(at: datetime, floor: datetime | None) -> bool:
    return floor is None or at > floor
