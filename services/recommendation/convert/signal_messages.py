"""Signals of taste from the messages of viewing, and into messages."""

from collections.abc import Iterable

from marquee.recommendation.v1 import recommendation_pb2
from marquee.viewing.v1 import viewing_internal_pb2, viewing_pb2

from services.kit import timestamps, watchable_subjects
from services.recommendation.domain import signals


def taste_signal(signal: signals.TasteSignal, display_name: str) -> recommendation_pb2.TasteSignal:
    """Returns the message of a signal."""
    message = recommendation_pb2.TasteSignal(
        signal_id=signal.signal_id,
        kind=recommendation_pb2.TasteSignalKind.ValueType(signal.kind),
        subject=watchable_subjects.title(signal.title_id) if signal.title_id else None,
        display_name=display_name,
        weight=signal.weight,
        paused=signal.paused,
    )
    if signal.time is not None:
        timestamps.put_datetime(message.signal_time, signal.time)
    return message


def read_history(response: viewing_internal_pb2.GetSignalsResponse) -> signals.History:
    """Returns the history of a profile."""
    return signals.History(
        titles=read_signals(response.signals),
        household=tuple(
            signals.HouseholdTitle(
                each.subject.title_id,
                each.profile_count,
                each.completion,
                timestamps.optional_datetime(each, "watch_time"),
            )
            for each in response.household
            if each.subject.title_id
        ),
        bookmarks=tuple(map(_read_bookmark, response.bookmarks)),
        revision=response.revision,
        excluded=tuple(subject.title_id for subject in response.excluded if subject.title_id),
    )


def read_signals(messages: Iterable[viewing_internal_pb2.SubjectSignals]) -> tuple[signals.TitleSignals, ...]:
    """Returns the signals about titles. Signals about other subjects are left out."""
    return tuple(_read_title_signals(message) for message in messages if message.subject.title_id)


def _read_title_signals(message: viewing_internal_pb2.SubjectSignals) -> signals.TitleSignals:
    return signals.TitleSignals(
        title_id=message.subject.title_id,
        completion=message.completion,
        finished=message.finished,
        watch_time=timestamps.optional_datetime(message, "watch_time"),
        thumb=message.thumb,
        rate_time=timestamps.optional_datetime(message, "rate_time"),
        add_time=timestamps.optional_datetime(message, "add_time"),
        suppress_time=timestamps.optional_datetime(message, "suppress_time"),
        view_count=message.view_count,
        view_time=timestamps.optional_datetime(message, "view_time"),
        abandon_count=message.abandon_count,
        dismiss_time=timestamps.optional_datetime(message, "dismiss_time"),
        snooze_until_time=timestamps.optional_datetime(message, "snooze_until_time"),
    )


def _read_bookmark(message: viewing_pb2.Bookmark) -> signals.Bookmark:
    return signals.Bookmark(
        title_id=message.parent.title_id or message.subject.title_id,
        episode_id=message.subject.episode_id,
        position=timestamps.to_timedelta(message.position),
        duration=timestamps.to_timedelta(message.duration),
        update_time=timestamps.to_datetime(message.update_time),
        watched=message.watched,
    )
