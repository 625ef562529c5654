"""Bookmarks and continuations to messages, titles and events into values."""

from datetime import UTC, datetime, timedelta

from google.protobuf import duration_pb2
from marquee.catalog.v1 import catalog_pb2
from marquee.event.v1 import event_pb2
from marquee.viewing.v1 import viewing_pb2

from services.viewing import domain


def bookmark_message(bookmark: domain.Bookmark) -> viewing_pb2.Bookmark:
    """Answers a bookmark as the contract tells it."""
    message = viewing_pb2.Bookmark(
        title_id=bookmark.title_id,
        episode_id=bookmark.episode_id,
        position=_duration(bookmark.position),
        duration=_duration(bookmark.duration),
        watched=bookmark.watched,
    )
    message.update_time.FromDatetime(bookmark.update_time)
    return message


def item_message(item: domain.Continuation) -> viewing_pb2.ContinueWatchingItem:
    """Answers a continuation as the contract tells it."""
    message = viewing_pb2.ContinueWatchingItem(
        title_id=item.title.title_id,
        title=item.title.title,
        episode_id=item.episode.episode_id if item.episode else "",
        episode_label=item.episode.label if item.episode else "",
        position=_duration(item.position),
        duration=_duration(item.duration) if item.duration is not None else None,
    )
    message.update_time.FromDatetime(item.update_time)
    return message


def saved(request: viewing_pb2.SaveBookmarkRequest, profile_id: str, at: datetime) -> domain.Bookmark:
    """Answers the bookmark that a request saves at that time."""
    return domain.Bookmark(
        profile_id=profile_id,
        title_id=request.title_id,
        episode_id=request.episode_id,
        position=request.position.ToTimedelta(),
        duration=request.duration.ToTimedelta(),
        update_time=at,
    )


def title(message: catalog_pb2.Title) -> domain.Title:
    """Answers a title of catalog's; lists tell no episodes."""
    episodes = [
        domain.Episode(episode.episode_id, season.season_number, episode.episode_number, episode.title)
        for season in message.seasons
        for episode in season.episodes
    ]
    return domain.Title(
        title_id=message.title_id,
        title=message.title,
        is_series=message.type == catalog_pb2.TITLE_TYPE_SERIES,
        episodes=domain.in_order(episodes),
    )


def progress(event: event_pb2.Event) -> domain.Bookmark | None:
    """Answers the bookmark that playback's progress amounts to; None if it does not tell how long the media plays."""
    told = event.playback_progressed
    duration = told.duration.ToTimedelta()
    if duration <= timedelta(0):
        return None
    return domain.Bookmark(
        profile_id=told.profile_id,
        title_id=told.title_id,
        episode_id=told.episode_id,
        # A player may be a frame behind the end.
        position=min(max(told.position.ToTimedelta(), timedelta(0)), duration),
        duration=duration,
        update_time=event.occur_time.ToDatetime(UTC),
    )


def _duration(value: timedelta) -> duration_pb2.Duration:
    message = duration_pb2.Duration()
    message.FromTimedelta(value)
    return message
