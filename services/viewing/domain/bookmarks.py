"""Which bookmark holds, what counts as watched, and what to go on with."""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from services.viewing.domain import episodes

#: Most people stop when the credits roll.
_WATCHED_SHARE = 0.95
#: Whoever listens for taste is told in such steps, not with every heartbeat.
_STEPS = 10

#: What has a `title_id` and an `episode_id`.
_Watched = TypeVar("_Watched", bound=Any)


@dataclass(frozen=True, slots=True)
class Bookmark:
    """How far a profile is with a film, an event or an episode."""

    title_id: str
    #: Empty for what has no episodes.
    episode_id: str
    position: timedelta
    duration: timedelta
    update_time: datetime
    #: The largest share that was ever reached; what counts as watched is 1.
    reached: float = 0.0

    @property
    def watched(self) -> bool:
        """Whether it counts as watched."""
        return self.position >= self.duration * _WATCHED_SHARE

    @property
    def share(self) -> float:
        """How much of it lies behind the position; all of what counts as watched."""
        return 1.0 if self.watched else self.position / self.duration


@dataclass(frozen=True, slots=True)
class Continuation:
    """What to go on with, and where."""

    title: episodes.Title
    episode: episodes.Episode | None
    position: timedelta
    #: None where nothing has told it yet.
    duration: timedelta | None
    #: When the title was last watched.
    update_time: datetime


def prevails(new: Bookmark, old: Bookmark) -> bool:
    """Whether `new` takes the place of `old`: the later one does, whatever order they come in.

    Of two at the same time the one that is further on holds, so that the order in which they come never matters.
    """
    return (new.update_time, new.position, new.duration) > (old.update_time, old.position, old.duration)


def merged(new: Bookmark, old: Bookmark | None) -> Bookmark:
    """Answers the one of two bookmarks that holds, with the most that either has reached."""
    holds = new if old is None or prevails(new, old) else old
    reached = max(new.reached, new.share, old.reached if old else 0.0)
    return dataclasses.replace(holds, reached=reached)


def steps_on(new: Bookmark, old: Bookmark | None) -> bool:
    """Whether the way from `old` to `new` is worth telling: it begins, or comes into another tenth."""
    return old is None or int(new.share * _STEPS) != int(old.share * _STEPS)


def continuation(title: episodes.Title, latest: Bookmark, others: Mapping[str, Bookmark]) -> Continuation | None:
    """Answers how a title goes on, None if it does not.

    Args:
        title: what was watched.
        latest: the bookmark in it that was written last.
        others: all bookmarks in it by episode.
    """
    if not title.is_series:
        if latest.watched or latest.episode_id:
            return None
        return Continuation(title, None, latest.position, latest.duration, latest.update_time)
    order = [episode.episode_id for episode in title.episodes]
    if latest.episode_id not in order:  # The episode has been taken out of the catalogue.
        return None
    index = order.index(latest.episode_id) + latest.watched
    if index == len(order):
        return None
    episode = title.episodes[index]
    begun = others.get(episode.episode_id)
    # An episode that was watched to its end before is watched again from its start.
    position = begun.position if begun and not begun.watched else timedelta(0)
    return Continuation(title, episode, position, begun.duration if begun else None, latest.update_time)


def going(
    watched: Iterable[_Watched], titles_: Mapping[str, episodes.Title], marks: Mapping[str, Mapping[str, Bookmark]]
) -> list[tuple[_Watched, Continuation]]:
    """Answers how titles go on behind the episodes that were watched last in them.

    Args:
        watched: what was watched, with the episode that was last.
        titles_: those of them that the viewer may know of.
        marks: all bookmarks in them, by title and episode.
    """
    found = (
        # What was deleted meanwhile has no bookmark any more.
        (each, continuation(titles_[each.title_id], marks[each.title_id][each.episode_id], marks[each.title_id]))
        for each in watched
        if each.title_id in titles_ and each.episode_id in marks.get(each.title_id, ())
    )
    return [(each, item) for each, item in found if item is not None]
