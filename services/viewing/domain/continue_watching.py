"""What a profile can continue, and where."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.viewing.domain.bookmarks import Bookmark
from services.viewing.domain.episodes import Episode, Title


@dataclass(frozen=True, slots=True)
class Candidate:
    """A title that can be continued if the catalog has something to continue it with."""

    title_id: str
    #: The latest bookmark that counts.
    latest: Bookmark
    #: If `latest` is watched: the bookmarks of other episodes that count and are not watched.
    others: tuple[Bookmark, ...] = ()

    @property
    def time(self) -> datetime:
        """What candidates are ordered by."""
        return self.latest.update_time


@dataclass(frozen=True, slots=True)
class Continuation:
    """What to play next of a title, and from where."""

    title: Title
    episode: Episode | None
    position: timedelta
    #: None if it is not known.
    duration: timedelta | None
    #: When the title was last watched.
    update_time: datetime


def candidate(bookmarks: Sequence[Bookmark]) -> Candidate | None:
    """Returns the candidate of the title whose bookmarks these are; None if it cannot be continued.

    Bookmarks that are watched, other than the latest one that counts, make no difference and may be left out.
    """
    started = [bookmark for bookmark in bookmarks if bookmark.started]
    latest = max(started, key=lambda bookmark: (bookmark.update_time, bookmark.episode_id), default=None)
    if latest is None or (latest.watched and not latest.episode_id):
        return None
    if not latest.watched:
        return Candidate(latest.title_id, latest)
    return Candidate(latest.title_id, latest, tuple(bookmark for bookmark in started if not bookmark.watched))


def continuation(title: Title, candidate_: Candidate, episodes: Sequence[Episode]) -> Continuation | None:
    """Returns how a title continues; None if it does not.

    Args:
        title: the title of the candidate.
        candidate_: what was watched of it.
        episodes: its episodes in their order; empty for titles without episodes.
    """
    latest = candidate_.latest
    if not latest.episode_id:
        return (
            None if title.is_series else Continuation(title, None, latest.position, latest.duration, latest.update_time)
        )
    order = [episode.episode_id for episode in episodes]
    if latest.episode_id not in order:  # The catalog does not have the episode any more.
        return None
    index = order.index(latest.episode_id) + latest.watched
    if index == len(episodes):
        return None
    episode = episodes[index]
    resumed = next((each for each in (latest, *candidate_.others) if each.episode_id == episode.episode_id), None)
    position, duration = (resumed.position, resumed.duration) if resumed else (timedelta(0), episode.duration)
    return Continuation(title, episode, position, duration, latest.update_time)
