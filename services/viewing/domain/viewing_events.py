"""Events that clients report: which are accepted, and what they count as."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.viewing.domain import title_state

#: Leaving after this share is not an abandonment.
_ABANDONED_SHARE = 0.1


class Count(enum.Enum):
    """What an event counts as."""

    VIEW = enum.auto()
    ABANDON = enum.auto()


@dataclass(frozen=True, slots=True)
class ViewingEvent:
    """An event of a client about a title."""

    event_id: str
    title_id: str
    occur_time: datetime
    #: None if it is not counted here, only published for others.
    count: Count | None


def accept_time(occur_time: datetime | None, now: datetime) -> datetime | None:
    """Returns the time at which an event is taken to have happened; None if it is too old to be accepted.

    The ids of counted events are kept for a limited time. An older event might have been counted before.
    """
    if occur_time is None or occur_time > now:
        return now
    return occur_time if now - occur_time < title_state.RETENTION else None


def is_abandonment(position: timedelta, duration: timedelta) -> bool:
    """Returns whether a viewer who left at `position` left within the first tenth."""
    return timedelta(0) < duration and position <= duration * _ABANDONED_SHARE


def count_event(state: title_state.TitleState, event: ViewingEvent) -> title_state.TitleState:
    """Returns the state with an event counted."""
    if event.count is Count.VIEW:
        return title_state.count_view(state, event.occur_time)
    if event.count is Count.ABANDON:
        return title_state.count_abandon(state, event.occur_time)
    return state


def drop_repeated(events: Iterable[ViewingEvent]) -> list[ViewingEvent]:
    """Returns the events without those whose id came before."""
    first: dict[str, ViewingEvent] = {}
    for event in events:
        first.setdefault(event.event_id, event)
    return list(first.values())
