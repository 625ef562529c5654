"""The only source of time."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Answers the time, in UTC, with its zone."""
        ...


class SystemClock:
    """Tells the time of the machine."""

    def now(self) -> datetime:
        """Answers the machine's time, in UTC."""
        return datetime.now(UTC)


class FixedClock:
    """Stands still until it is moved; for tests."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        """Answers the time that was set."""
        return self._at

    def advance(self, by: timedelta) -> None:
        """Moves the time on by `by`."""
        self._at += by
