"""Reminders of programmes."""

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.epg.domain import schedules

#: How many reminders a profile has at most.
MOST = 200
#: How long a reminder is kept after the end of its programme.
RETENTION = timedelta(days=7)


class State(enum.IntEnum):
    """The state of a reminder, by the numbers of `ReminderState`."""

    PENDING = 1
    DUE = 2
    MISSED = 3
    PROGRAMME_REMOVED = 4


@dataclass(frozen=True, slots=True)
class Reminder:
    """A wish to be reminded of a programme."""

    reminder_id: str
    account_id: str
    profile_id: str
    channel_id: str
    #: As it is scheduled; as it was last if it is not scheduled any more.
    programme: schedules.Programme
    lead_time: timedelta
    remind_time: datetime
    state: State


def settle(end_time: datetime, now: datetime) -> State:
    """Returns what becomes of a reminder whose time has come: it is missed if its programme has ended."""
    return State.DUE if now < end_time else State.MISSED
