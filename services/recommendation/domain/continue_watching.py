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
    #: Empty for titles without episodes.
    episode_id: str = ""
    #: Zero for an episode that is not started.
    position: timedelta = timedelta()
    duration: timedelta | None = None
    #: Whether the episode is not started and follows one that was watched to its end.
    next_episode: bool = False


def continuations(bookmarks: Sequence[signals.Bookmark], matrix: FeatureMatrix) -> dict[str, Continuation]:
    """Returns where each title continues, by title id, the one watched last first.

    Viewing leaves out the bookmarks of titles that the viewer hid or dismissed. Whether the viewer may see a title is
    not considered.

    Args:
        bookmarks: the latest first: the first one of a title says how the title continues.
        matrix: the titles.
    """
    by_title: dict[str, list[signals.Bookmark]] = {}
    for bookmark in bookmarks:
        by_title.setdefault(bookmark.title_id, []).append(bookmark)
    all_continuations = (
        _continuation(matrix.titles[matrix.rows[title_id]], of_title)
        for title_id, of_title in by_title.items()
        if title_id in matrix.rows
    )
    return {each.title_id: each for each in all_continuations if each is not None}


def _continuation(title: Title, bookmarks: Sequence[signals.Bookmark]) -> Continuation | None:
    """Returns where a title continues; None if it was watched to its end."""
    latest = bookmarks[0]
    if title.type != SERIES:
        if latest.watched or latest.episode_id:
            return None
        return Continuation(title.title_id, latest.update_time, "", latest.position, latest.duration)
    episode_ids = [each.episode_id for each in title.episodes]
    if latest.episode_id not in episode_ids:  # The episode was removed from the catalog.
        return None
    index = episode_ids.index(latest.episode_id) + latest.watched
    if index == len(episode_ids):
        return None
    episode = title.episodes[index]
    bookmark = next((each for each in bookmarks if each.episode_id == episode.episode_id), None)
    # An episode that was watched to its end before is played from its start again.
    position = bookmark.position if bookmark and not bookmark.watched else timedelta()
    return Continuation(
        title.title_id,
        latest.update_time,
        episode.episode_id,
        position,
        bookmark.duration if bookmark else episode.duration,
        next_episode=not position and latest.watched,
    )
