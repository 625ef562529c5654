"""The clock, passed to all code that needs the time."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Returns the time."""

    def now(self) -> datetime:
        """Returns the time, in UTC, with its zone."""
        ...

    def seconds(self) -> float:
        """Returns the time in seconds since 1970, at a fifth of the cost of `now`."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """Returns the machine's time, in UTC."""
        return datetime.now(UTC)

    def seconds(self) -> float:
        """Returns the machine's time in seconds since 1970."""
        return time.time()


class FixedClock:
    """A clock that only moves when a test advances it."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        """Returns the time that was set."""
        return self._at

    def seconds(self) -> float:
        """Returns the time that was set in seconds since 1970."""
        return self._at.timestamp()

    def advance(self, by: timedelta) -> None:
        """Moves the time on by `by`."""
        self._at += by
