"""Rows and values to messages; titles, events and imports into values."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from google.protobuf import duration_pb2, timestamp_pb2
from marquee.catalog.v1 import catalog_pb2
from marquee.event.v1 import event_internal_pb2
from marquee.viewing.v1 import viewing_pb2
from sqlalchemy import Row

from services.viewing.domain import bookmarks, viewing_events, signals, episodes

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_SECONDS = 86_400

_COUNTS = {
    viewing_pb2.VIEWING_EVENT_TYPE_TITLE_VIEW: viewing_events.Count.VIEW,
    viewing_pb2.VIEWING_EVENT_TYPE_ABANDON: viewing_events.Count.ABANDON,
}
_KINDS = {
    viewing_pb2.SIGNAL_KIND_WATCHED: signals.Kind.WATCHED,
    viewing_pb2.SIGNAL_KIND_RATED: signals.Kind.RATED,
    viewing_pb2.SIGNAL_KIND_LISTED: signals.Kind.LISTED,
    viewing_pb2.SIGNAL_KIND_VIEWED: signals.Kind.VIEWED,
    viewing_pb2.SIGNAL_KIND_SUPPRESSED: signals.Kind.SUPPRESSED,
}


def bookmark_message(bookmark: bookmarks.Bookmark) -> viewing_pb2.Bookmark:
    """Answers a bookmark as the contract tells it."""
    message = viewing_pb2.Bookmark(
        title_id=bookmark.title_id,
        episode_id=bookmark.episode_id,
        position=duration(bookmark.position),
        duration=duration(bookmark.duration),
        watched=bookmark.watched,
    )
    message.update_time.FromDatetime(bookmark.update_time)
    return message


def item_message(item: bookmarks.Continuation) -> viewing_pb2.ContinueWatchingItem:
    """Answers a continuation as the contract tells it."""
    message = viewing_pb2.ContinueWatchingItem(
        title_id=item.title.title_id,
        title=item.title.title,
        episode_id=item.episode.episode_id if item.episode else "",
        episode_label=item.episode.label if item.episode else "",
        position=duration(item.position),
        duration=duration(item.duration) if item.duration is not None else None,
    )
    message.update_time.FromDatetime(item.update_time)
    return message


def history_message(row: Row[Any], name: str, watched: Sequence[bookmarks.Bookmark]) -> viewing_pb2.HistoryEntry:
    """Answers a title that was watched as the contract tells it."""
    latest_first = sorted(watched, key=lambda known: (known.update_time, known.episode_id), reverse=True)
    return viewing_pb2.HistoryEntry(
        title_id=row.title_id,
        title=name,
        completion=row.completion,
        finished=row.finished,
        watch_time=row.watch_time,
        bookmarks=[bookmark_message(bookmark) for bookmark in latest_first],
    )


def signals_message(title_id: str, row: Row[Any] | None) -> viewing_pb2.TitleSignals:
    """Answers what is known of a title; of one that nothing is known of its id alone."""
    if row is None:
        return viewing_pb2.TitleSignals(title_id=title_id)
    return viewing_pb2.TitleSignals(
        title_id=title_id,
        completion=row.completion,
        finished=row.finished,
        watch_time=_known(row.watch_time),
        thumb=row.thumb,
        rate_time=_known(row.rate_time) if row.thumb else None,
        add_time=_known(row.list_time) if row.listed else None,
        suppress_time=_known(row.suppress_time) if row.suppressed else None,
        view_count=row.view_count,
        view_time=_known(row.view_time),
        abandon_count=row.abandon_count,
        episode_id=row.episode_id,
        dismiss_time=_known(row.dismiss_time),
        snooze_until_time=_known(row.snooze_until_time),
    )


def household_message(row: Row[Any]) -> viewing_pb2.HouseholdTitle:
    """Answers a title of the household as the contract tells it."""
    return viewing_pb2.HouseholdTitle(
        title_id=row.title_id,
        profile_count=row.profile_count,
        completion=row.completion,
        watch_time=row.watch_time,
    )


def entry_message(title_id: str, add_time: datetime | None) -> viewing_pb2.WatchlistEntry:
    """Answers an entry of the watchlist as the contract tells it."""
    return viewing_pb2.WatchlistEntry(title_id=title_id, add_time=timestamp(add_time) if add_time else None)


def viewed_message(title_id: str, view_time: datetime) -> viewing_pb2.ViewedTitle:
    """Answers a title that was looked at as the contract tells it."""
    return viewing_pb2.ViewedTitle(title_id=title_id, view_time=timestamp(view_time))


def rating_message(title_id: str, thumb: int, rate_time: datetime | None) -> viewing_pb2.Rating:
    """Answers a rating as the contract tells it."""
    return viewing_pb2.Rating(
        title_id=title_id,
        thumb=viewing_pb2.Thumb.ValueType(thumb),
        rate_time=timestamp(rate_time) if thumb and rate_time else None,
    )


def saved(request: viewing_pb2.SaveBookmarkRequest, at: datetime) -> bookmarks.Bookmark:
    """Answers the bookmark that a request saves at that time."""
    return bookmarks.Bookmark(
        title_id=request.title_id.lower(),
        episode_id=request.episode_id.lower(),
        position=request.position.ToTimedelta(),
        duration=request.duration.ToTimedelta(),
        update_time=at,
    )


def imported(signal: viewing_pb2.SignalImport) -> bookmarks.Bookmark:
    """Answers the bookmark that a signal of what was watched amounts to."""
    length = signal.duration.ToTimedelta()
    return bookmarks.Bookmark(
        title_id=signal.title_id.lower(),
        episode_id=signal.episode_id.lower(),
        position=length * signal.completion,
        duration=length,
        update_time=time(signal.occur_time),
    )


def title(message: catalog_pb2.Title) -> episodes.Title:
    """Answers a title of catalog's; lists tell no episodes."""
    episodes = [
        episodes.Episode(episode.episode_id, season.season_number, episode.episode_number, episode.title)
        for season in message.seasons
        for episode in season.episodes
    ]
    return episodes.Title(
        title_id=message.title_id,
        title=message.title,
        is_series=message.type == catalog_pb2.TITLE_TYPE_SERIES,
        genres=tuple(message.genres),
        episodes=episodes.in_order(episodes),
    )


def series(document: catalog_pb2.TitleDocument) -> episodes.Series:
    """Answers how far it is to the end of a series, as its document tells it in order."""
    last = document.episodes[-1].episode_id if document.episodes else ""
    return episodes.Series(document.title_id, len(document.episodes), last, document.revision)


def progress(event: event_internal_pb2.Event) -> bookmarks.Bookmark | None:
    """Answers the bookmark that playback's progress amounts to; None if it does not tell how long the media plays."""
    told = event.playback_progressed
    length = told.duration.ToTimedelta()
    if length <= timedelta(0):
        return None
    return bookmarks.Bookmark(
        title_id=told.title_id.lower(),
        episode_id=told.episode_id.lower(),
        # A player may be a frame behind the end.
        position=min(max(told.position.ToTimedelta(), timedelta(0)), length),
        duration=length,
        update_time=time(event.occur_time),
    )


def recorded(events: Sequence[viewing_pb2.ViewingEvent], now: datetime) -> list[viewing_pb2.ViewingEvent]:
    """Answers events with the times they are taken to have happened at, without those that come too late."""
    taken = []
    for event in events:
        told = time(event.occur_time) if event.HasField("occur_time") else None
        occur_time = viewing_events.taken_time(told, now)
        if occur_time is not None:
            event.occur_time.FromDatetime(occur_time)
            taken.append(event)
    return taken


def happening(event: viewing_pb2.ViewingEvent) -> viewing_events.CountedEvent:
    """Answers an event, and what it counts for."""
    count = _COUNTS.get(event.type)
    position, length = event.position.ToTimedelta(), event.duration.ToTimedelta()
    if count is viewing_events.Count.ABANDON and not viewing_events.is_abandonment(position, length):
        count = None
    return viewing_events.CountedEvent(event.event_id.lower(), event.title_id.lower(), time(event.occur_time), count)


def kinds(values: Sequence[int]) -> list[signals.Kind]:
    """Answers the kinds of signals that a request names."""
    return [_KINDS[viewing_pb2.SignalKind.ValueType(value)] for value in values]


def time(message: timestamp_pb2.Timestamp) -> datetime:
    """Answers the time that a message tells."""
    return message.ToDatetime(UTC)


def timestamp(value: datetime) -> timestamp_pb2.Timestamp:
    """Answers the message of a time."""
    # `FromDatetime` takes several times as long, and what a profile told holds thousands of times.
    since = value - _EPOCH
    return timestamp_pb2.Timestamp(seconds=since.days * _DAY_SECONDS + since.seconds, nanos=since.microseconds * 1000)


def _known(value: datetime | None) -> timestamp_pb2.Timestamp | None:
    return None if value is None else timestamp(value)


def duration(value: timedelta) -> duration_pb2.Duration:
    """Answers the message of a length."""
    message = duration_pb2.Duration()
    message.FromTimedelta(value)
    return message
