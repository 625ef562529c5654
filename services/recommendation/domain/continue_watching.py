"""Where a viewer continues each title, as `ViewingService.ListContinueWatching` lists it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.recommendation.domain import signals
from services.recommendation.domain.feature_matrix import FeatureMatrix
from services.recommendation.domain.titles import SERIES, Title


@dataclass(frozen=True, slots=True)
class Continuation:
    """What to play next of a title, and from where."""

    title_id: str
    #: When any of the title was last watched.
    update_time: datetime
    #: Empty for what has no episodes.
    episode_id: str = ""
    #: Zero for an episode that is not started.
    position: timedelta = timedelta()
    duration: timedelta | None = None
    #: Whether the episode follows one that was watched to its end, and is not started.
    next_episode: bool = False


def continuations(bookmarks: Sequence[signals.Bookmark], shelf: FeatureMatrix) -> dict[str, Continuation]:
    """Returns where each title continues, by title id, the one watched last first.

    Viewing leaves out the bookmarks of titles that the viewer hid or dismissed. Whether the viewer may see a title is
    not considered.

    Args:
        bookmarks: the latest first: the first one of a title says how the title continues.
        shelf: the titles.
    """
    of_titles: dict[str, list[signals.Bookmark]] = {}
    for bookmark in bookmarks:
        of_titles.setdefault(bookmark.title_id, []).append(bookmark)
    found = (
        _continuation(shelf.titles[shelf.rows[title_id]], of_title)
        for title_id, of_title in of_titles.items()
        if title_id in shelf.rows
    )
    return {each.title_id: each for each in found if each is not None}


def _continuation(title: Title, bookmarks: Sequence[signals.Bookmark]) -> Continuation | None:
    """Returns where a title continues; None if it was watched to its end."""
    latest = bookmarks[0]
    if title.type != SERIES:
        if latest.watched or latest.episode_id:
            return None
        return Continuation(title.title_id, latest.update_time, "", latest.position, latest.duration)
    order = [each.episode_id for each in title.episodes]
    if latest.episode_id not in order:  # The episode was removed from the catalog.
        return None
    index = order.index(latest.episode_id) + latest.watched
    if index == len(order):
        return None
    episode = title.episodes[index]
    started = next((each for each in bookmarks if each.episode_id == episode.episode_id), None)
    # An episode that was watched to its end before is played from its start again.
    position = started.position if started and not started.watched else timedelta()
    return Continuation(
        title.title_id,
        latest.update_time,
        episode.episode_id,
        position,
        started.duration if started else episode.duration,
        next_episode=not position and latest.watched,
    )
