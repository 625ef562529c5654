"""Converts rows and values to messages, and messages of requests, events and catalog to values."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from google.protobuf import timestamp_pb2
from marquee.catalog.v1 import catalog_internal_pb2, catalog_pb2
from marquee.event.v1 import event_internal_pb2
from marquee.type.v1 import type_pb2
from marquee.viewing.v1 import viewing_admin_service_pb2, viewing_internal_pb2, viewing_pb2, viewing_service_pb2
from sqlalchemy import Row

from services.kit import timestamps, watchable_subjects
from services.viewing.domain import continue_watching, title_state, viewing_events
from services.viewing.domain.bookmarks import Bookmark, ProgrammeBookmark
from services.viewing.domain.episodes import Episode, Series, Title

_COUNTS = {
    viewing_pb2.VIEWING_EVENT_TYPE_SUBJECT_VIEW: viewing_events.Count.VIEW,
    viewing_pb2.VIEWING_EVENT_TYPE_ABANDON: viewing_events.Count.ABANDON,
}
_KINDS = {
    viewing_internal_pb2.SIGNAL_KIND_WATCHED: title_state.Kind.WATCHED,
    viewing_internal_pb2.SIGNAL_KIND_RATED: title_state.Kind.RATED,
    viewing_internal_pb2.SIGNAL_KIND_LISTED: title_state.Kind.LISTED,
    viewing_internal_pb2.SIGNAL_KIND_VIEWED: title_state.Kind.VIEWED,
    viewing_internal_pb2.SIGNAL_KIND_SUPPRESSED: title_state.Kind.SUPPRESSED,
}


def title_id(subject: type_pb2.Subject) -> str:
    """Returns the id of a title. Raises SubjectNotSupported for subjects of other kinds."""
    return watchable_subjects.require(subject, "title_id")


def series_title_id(subject: type_pb2.Subject, parent: type_pb2.Subject) -> str:
    """Returns the title of a subject, which for an episode is its parent."""
    return parent.title_id or subject.title_id


def bookmark_message(bookmark: Bookmark) -> viewing_pb2.Bookmark:
    """Returns the message of a bookmark."""
    title = watchable_subjects.title(bookmark.title_id)
    return viewing_pb2.Bookmark(
        subject=watchable_subjects.episode(bookmark.episode_id) if bookmark.episode_id else title,
        parent=title if bookmark.episode_id else None,
        position=timestamps.from_timedelta(bookmark.position),
        duration=timestamps.from_timedelta(bookmark.duration),
        watched=bookmark.watched,
        update_time=timestamps.from_datetime(bookmark.update_time),
    )


def programme_bookmark_message(bookmark: ProgrammeBookmark) -> viewing_pb2.Bookmark:
    """Returns the message of a bookmark in a programme."""
    return viewing_pb2.Bookmark(
        subject=watchable_subjects.programme(bookmark.programme_id),
        parent=watchable_subjects.channel(bookmark.channel_id),
        position=timestamps.from_timedelta(bookmark.position),
        duration=timestamps.from_timedelta(bookmark.duration),
        watched=bookmark.watched,
        update_time=timestamps.from_datetime(bookmark.update_time),
    )


def item_message(item: continue_watching.Continuation) -> viewing_pb2.ContinueWatchingItem:
    """Returns the message of a continuation."""
    return viewing_pb2.ContinueWatchingItem(
        subject=watchable_subjects.title(item.title.title_id),
        play=watchable_subjects.episode(item.episode.episode_id) if item.episode else None,
        position=timestamps.from_timedelta(item.position),
        duration=None if item.duration is None else timestamps.from_timedelta(item.duration),
        update_time=timestamps.from_datetime(item.update_time),
        display_name=item.title.display_name,
        episode_label=item.episode.label if item.episode else "",
    )


def continue_bookmarks(candidates: Iterable[continue_watching.Candidate]) -> list[viewing_pb2.Bookmark]:
    """Returns the bookmarks of candidates, the latest first."""
    bookmarks = [bookmark for candidate in candidates for bookmark in (candidate.latest, *candidate.others)]
    bookmarks.sort(key=lambda each: (each.update_time, each.title_id, each.episode_id), reverse=True)
    return [bookmark_message(bookmark) for bookmark in bookmarks]


def history_message(row: Row[Any], display_name: str, watched: Sequence[Bookmark]) -> viewing_pb2.HistoryEntry:
    """Returns the message of a title that was watched."""
    latest_first = sorted(watched, key=lambda each: (each.update_time, each.episode_id), reverse=True)
    return viewing_pb2.HistoryEntry(
        subject=watchable_subjects.title(row.title_id),
        display_name=display_name,
        completion=row.completion,
        finished=row.finished,
        watch_time=timestamps.from_datetime(row.watch_time),
        bookmarks=[bookmark_message(bookmark) for bookmark in latest_first],
    )


def signals_message(title_id: str, row: Row[Any] | None) -> viewing_internal_pb2.SubjectSignals:
    """Returns the signals of a title; nothing but its subject if there are none."""
    subject = watchable_subjects.title(title_id)
    if row is None:
        return viewing_internal_pb2.SubjectSignals(subject=subject)
    return viewing_internal_pb2.SubjectSignals(
        subject=subject,
        completion=row.completion,
        finished=row.finished,
        watch_time=_timestamp(row.watch_time),
        thumb=row.thumb,
        rate_time=_timestamp(row.rate_time) if row.thumb else None,
        add_time=_timestamp(row.list_time) if row.listed else None,
        suppress_time=_timestamp(row.suppress_time) if row.suppressed else None,
        view_count=row.view_count,
        view_time=_timestamp(row.view_time),
        abandon_count=row.abandon_count,
        last_episode=watchable_subjects.episode(row.episode_id) if row.episode_id else None,
        dismiss_time=_timestamp(row.dismiss_time),
        snooze_until_time=_timestamp(row.snooze_until_time),
    )


def household_message(row: Row[Any]) -> viewing_internal_pb2.HouseholdSubject:
    """Returns the message of a title that the household watched."""
    return viewing_internal_pb2.HouseholdSubject(
        subject=watchable_subjects.title(row.title_id),
        profile_count=row.profile_count,
        completion=row.completion,
        watch_time=_timestamp(row.watch_time),
    )


def entry_message(title_id: str, add_time: datetime | None) -> viewing_pb2.WatchlistEntry:
    """Returns the message of an entry of the watchlist."""
    return viewing_pb2.WatchlistEntry(subject=watchable_subjects.title(title_id), add_time=_timestamp(add_time))


def viewed_message(row: Row[Any]) -> viewing_pb2.ViewedSubject:
    """Returns the message of a title that was viewed."""
    return viewing_pb2.ViewedSubject(
        subject=watchable_subjects.title(row.title_id), view_time=timestamps.from_datetime(row.time)
    )


def rating_message(title_id: str, thumb: int, rate_time: datetime | None) -> viewing_pb2.Rating:
    """Returns the message of a rating."""
    return viewing_pb2.Rating(
        subject=watchable_subjects.title(title_id),
        thumb=viewing_pb2.Thumb.ValueType(thumb),
        rate_time=_timestamp(rate_time),
    )


def suppression_message(row: Row[Any], display_name: str) -> viewing_pb2.Suppression:
    """Returns the message of a suppressed title."""
    return viewing_pb2.Suppression(
        subject=watchable_subjects.title(row.title_id),
        display_name=display_name,
        suppress_time=timestamps.from_datetime(row.time),
    )


def state_message(
    subject: type_pb2.Subject, row: Row[Any] | None, bookmark: Bookmark | None
) -> viewing_pb2.SubjectState:
    """Returns the state of a subject; `row` holds the marks of a title."""
    return viewing_pb2.SubjectState(
        subject=subject,
        bookmark=bookmark_message(bookmark) if bookmark else None,
        thumb=viewing_pb2.Thumb.ValueType(row.thumb if row else title_state.NO_THUMB),
        on_watchlist=bool(row and row.listed),
        suppressed=bool(row and row.suppressed),
    )


def saved_bookmark(
    request: viewing_service_pb2.SaveBookmarkRequest, title_id: str, episode_id: str, at: datetime
) -> Bookmark:
    """Returns the bookmark that a request saves."""
    return Bookmark(
        title_id=title_id,
        episode_id=episode_id,
        position=timestamps.to_timedelta(request.position),
        duration=timestamps.to_timedelta(request.duration),
        update_time=at,
    )


def imported_bookmark(signal: viewing_admin_service_pb2.SignalImport) -> Bookmark:
    """Returns the bookmark for an imported completion."""
    duration = timestamps.to_timedelta(signal.duration)
    return Bookmark(
        title_id=series_title_id(signal.subject, signal.parent),
        episode_id=signal.subject.episode_id,
        position=duration * signal.completion,
        duration=duration,
        update_time=timestamps.to_datetime(signal.occur_time),
    )


def progress_bookmark(event: event_internal_pb2.Event) -> Bookmark | None:
    """Returns the bookmark of the progress of a player; None if it is live or its duration is not known."""
    progress = event.playback_progressed
    title_id, duration = series_title_id(progress.subject, progress.parent), timestamps.to_timedelta(progress.duration)
    if progress.WhichOneof("place") != "position" or duration <= timedelta(0) or not title_id:
        return None
    return Bookmark(
        title_id=title_id,
        episode_id=progress.subject.episode_id,
        # A player may be a frame beyond the end.
        position=min(max(timestamps.to_timedelta(progress.position), timedelta(0)), duration),
        duration=duration,
        update_time=timestamps.to_datetime(event.occur_time),
    )


def programme_bookmark(event: event_internal_pb2.Event) -> ProgrammeBookmark | None:
    """Returns the bookmark of the progress of a player on a channel; None if no programme is known there."""
    progress = event.playback_progressed
    duration = timestamps.to_timedelta(progress.duration)
    if not progress.subject.programme_id or not progress.parent.channel_id or duration <= timedelta(0):
        return None
    return ProgrammeBookmark(
        programme_id=progress.subject.programme_id,
        channel_id=progress.parent.channel_id,
        position=min(max(timestamps.to_timedelta(progress.position), timedelta(0)), duration),
        duration=duration,
        update_time=timestamps.to_datetime(event.occur_time),
    )


def title(message: catalog_pb2.Title) -> Title:
    """Returns a title of catalog."""
    return Title(
        title_id=message.title_id,
        display_name=message.display_name,
        is_series=message.type == catalog_pb2.TITLE_TYPE_SERIES,
        genres=tuple((genre.genre_id, genre.display_name) for genre in message.genres),
    )


def episode(message: catalog_internal_pb2.EpisodeRef) -> Episode:
    """Returns an episode of catalog."""
    number, name = f"S{message.season_number} E{message.episode_number}", message.display_name
    return Episode(
        episode_id=message.episode_id,
        label=f"{number} · {name}" if name else number,
        duration=timestamps.optional_timedelta(message, "duration"),
    )


def series(title_id: str, episode_ids: Sequence[str]) -> Series:
    """Returns a series with these episodes."""
    return Series(title_id, len(episode_ids), episode_ids[-1] if episode_ids else "")


def accepted_events(
    events: Sequence[viewing_pb2.ViewingEvent], now: datetime, series_ids: dict[str, str]
) -> list[viewing_pb2.ViewingEvent]:
    """Returns the events that are accepted, each with its time and, for an episode, with its series as parent.

    Args:
        events: the events of a request.
        now: the time.
        series_ids: the series of the episodes that exist.
    """
    accepted = []
    for event in events:
        occur_time = viewing_events.accept_time(timestamps.optional_datetime(event, "occur_time"), now)
        episode_id = event.subject.episode_id
        event.ClearField("parent")
        if occur_time is None or (episode_id and episode_id not in series_ids):
            continue
        timestamps.put_datetime(event.occur_time, occur_time)
        if episode_id:
            event.parent.title_id = series_ids[episode_id]
        accepted.append(event)
    return accepted


def viewing_event(event: viewing_pb2.ViewingEvent) -> viewing_events.ViewingEvent:
    """Returns an event with what it counts as."""
    count = _COUNTS.get(event.type)
    position, duration = timestamps.to_timedelta(event.position), timestamps.to_timedelta(event.duration)
    if count is viewing_events.Count.ABANDON and not viewing_events.is_abandonment(position, duration):
        count = None
    return viewing_events.ViewingEvent(
        event_id=event.event_id,
        title_id=series_title_id(event.subject, event.parent),
        occur_time=timestamps.to_datetime(event.occur_time),
        count=count,
    )


def kinds(values: Sequence[int]) -> list[title_state.Kind]:
    """Returns the kinds of signals that a request names."""
    return [_KINDS[viewing_internal_pb2.SignalKind.ValueType(value)] for value in values]


def _timestamp(value: datetime | None) -> timestamp_pb2.Timestamp | None:
    return None if value is None else timestamps.from_datetime(value)
