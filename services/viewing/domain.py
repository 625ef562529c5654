"""The decisions of viewing: which bookmark holds, what counts as watched, and what to go on with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

#: Most people stop when the credits roll.
_WATCHED_SHARE = 0.95


@dataclass(frozen=True, slots=True)
class Bookmark:
    """How far a profile is with a film, an event or an episode."""

    profile_id: str
    title_id: str
    #: Empty for what has no episodes.
    episode_id: str
    position: timedelta
    duration: timedelta
    update_time: datetime

    @property
    def watched(self) -> bool:
        """Whether it counts as watched."""
        return self.position >= self.duration * _WATCHED_SHARE


@dataclass(frozen=True, slots=True)
class Episode:
    """An episode, as far as going on needs it."""

    episode_id: str
    season_number: int
    episode_number: int
    title: str

    @property
    def label(self) -> str:
        """The episode in words, such as `S2 E3 · The Long Tide`."""
        number = f"S{self.season_number} E{self.episode_number}"
        return f"{number} · {self.title}" if self.title else number


@dataclass(frozen=True, slots=True)
class Title:
    """A title that the viewer may know of; a series has episodes, in their order."""

    title_id: str
    title: str
    is_series: bool
    episodes: tuple[Episode, ...] = ()


@dataclass(frozen=True, slots=True)
class Continuation:
    """What to go on with, and where."""

    title: Title
    episode: Episode | None
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


def holds_episode(title: Title, episode_id: str) -> bool:
    """Whether a bookmark may name this episode of a title; what has no episodes may name none."""
    if not title.is_series:
        return not episode_id
    return any(episode.episode_id == episode_id for episode in title.episodes)


def continuation(title: Title, latest: Bookmark, others: Mapping[str, Bookmark]) -> Continuation | None:
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


def in_order(episodes: Sequence[Episode]) -> tuple[Episode, ...]:
    """Answers episodes in the order in which they are watched."""
    return tuple(sorted(episodes, key=lambda episode: (episode.season_number, episode.episode_number)))
