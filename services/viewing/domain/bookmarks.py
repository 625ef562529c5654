"""Which of two bookmarks is kept, and what counts as started and as watched."""

import dataclasses
from dataclasses import dataclass
from datetime import datetime, timedelta

#: Most people stop when the credits roll.
_WATCHED_SHARE = 0.95
#: What was left before either of these was opened by mistake, or only tried.
_STARTED_POSITION, _STARTED_SHARE = timedelta(seconds=60), 0.02
#: `SignalsChanged` reports progress in such steps, not with every heartbeat.
_STEPS = 10


@dataclass(frozen=True, slots=True)
class Bookmark:
    """How far a profile has watched a film, an event or an episode."""

    title_id: str
    #: Empty for titles without episodes.
    episode_id: str
    position: timedelta
    duration: timedelta
    update_time: datetime
    #: The largest share that was ever watched; 1 if it ever counted as watched.
    reached: float = 0.0

    @property
    def watched(self) -> bool:
        """Whether it counts as watched."""
        return self.position >= self.duration * _WATCHED_SHARE

    @property
    def started(self) -> bool:
        """Whether it counts for continue watching."""
        return self.position >= min(_STARTED_POSITION, self.duration * _STARTED_SHARE)

    @property
    def share(self) -> float:
        """The share before the position; 1 if it counts as watched."""
        return 1.0 if self.watched else self.position / self.duration


#: For how long a bookmark in a programme is kept: a month of catch-up, and the programme itself.
PROGRAMME_RETENTION = timedelta(days=34)


@dataclass(frozen=True, slots=True)
class ProgrammeBookmark:
    """How far a profile has watched a programme."""

    programme_id: str
    channel_id: str
    position: timedelta
    duration: timedelta
    update_time: datetime

    @property
    def watched(self) -> bool:
        """Whether it counts as watched."""
        return self.position >= self.duration * _WATCHED_SHARE


def prevails(new: Bookmark, old: Bookmark) -> bool:
    """Returns whether `new` replaces `old`: the later one does, in whatever order they arrive.

    Of two with the same time the one with the larger position is kept, so that the order never matters.
    """
    return (new.update_time, new.position, new.duration) > (old.update_time, old.position, old.duration)


def merge(new: Bookmark, old: Bookmark | None) -> Bookmark:
    """Returns the bookmark that is kept, with the largest share that either has reached."""
    merged = new if old is None or prevails(new, old) else old
    reached = max(new.reached, new.share, old.reached if old else 0.0)
    return dataclasses.replace(merged, reached=reached)


def enters_step(new: Bookmark, old: Bookmark | None) -> bool:
    """Returns whether `new` is the first bookmark or is in another tenth than `old`."""
    return old is None or int(new.share * _STEPS) != int(old.share * _STEPS)
