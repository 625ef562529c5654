"""Events that clients saw: which are taken, and which count."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.viewing.domain import signals

#: Whoever leaves behind this share of it did not leave at once.
_ABANDONED_SHARE = 0.1


class Count(enum.Enum):
    """What an event counts for."""

    VIEW = enum.auto()
    ABANDON = enum.auto()


@dataclass(frozen=True, slots=True)
class CountedEvent:
    """One thing that a client saw happen."""

    event_id: str
    title_id: str
    occur_time: datetime
    #: None for what is told for others to count.
    count: Count | None


def taken_time(occur_time: datetime | None, now: datetime) -> datetime | None:
    """Answers when an event is taken to have happened; None for one that comes too late to be counted.

    An event is known again for as long as its id is remembered. One that is older might have been counted before.
    """
    if occur_time is None or occur_time > now:
        return now
    return occur_time if now - occur_time < signals.REMEMBERED else None


def is_abandonment(position: timedelta, duration: timedelta) -> bool:
    """Whether who left there left within the first tenth."""
    return timedelta(0) < duration and position <= duration * _ABANDONED_SHARE


def counted(state: signals.State, event: CountedEvent) -> signals.State:
    """Answers a title with an event counted."""
    if event.count is Count.VIEW:
        return signals.viewed(state, event.occur_time)
    if event.count is Count.ABANDON:
        return signals.abandoned(state, event.occur_time)
    return state


def once_each(events: Iterable[CountedEvent]) -> list[CountedEvent]:
    """Answers events without those whose id came before."""
    first: dict[str, CountedEvent] = {}
    for event in events:
        first.setdefault(event.event_id, event)
    return list(first.values())
