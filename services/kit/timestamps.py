"""Converts google.protobuf.Timestamp and Duration to datetime and timedelta, and back.

The methods of protobuf itself take several times as long, and a page holds thousands of times.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from google.protobuf import duration_pb2, timestamp_pb2

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_SECONDS = 86_400


def to_datetime(message: timestamp_pb2.Timestamp) -> datetime:
    """Returns the instant in UTC, cut to microseconds. The pipeline has checked the range of those in requests."""
    return _EPOCH + timedelta(seconds=message.seconds, microseconds=message.nanos // 1000)


def to_timedelta(message: duration_pb2.Duration) -> timedelta:
    """Returns the duration, cut towards zero to microseconds."""
    nanos = message.nanos
    return timedelta(seconds=message.seconds, microseconds=nanos // 1000 if nanos >= 0 else -(-nanos // 1000))


def optional_datetime(message: Any, field: str) -> datetime | None:
    """Returns the instant in the Timestamp `field` of `message`, None if it is not set."""
    return to_datetime(getattr(message, field)) if message.HasField(field) else None


def optional_timedelta(message: Any, field: str) -> timedelta | None:
    """Returns the duration in the Duration `field` of `message`, None if it is not set."""
    return to_timedelta(getattr(message, field)) if message.HasField(field) else None


def from_datetime(instant: datetime) -> timestamp_pb2.Timestamp:
    """Returns the Timestamp of an instant, which must have a zone."""
    message = timestamp_pb2.Timestamp()
    put_datetime(message, instant)
    return message


def from_timedelta(duration: timedelta) -> duration_pb2.Duration:
    """Returns the Duration of a timedelta."""
    message = duration_pb2.Duration()
    put_timedelta(message, duration)
    return message


def put_datetime(message: timestamp_pb2.Timestamp, instant: datetime) -> None:
    """Writes an instant, which must have a zone, into a Timestamp: `put_datetime(answer.update_time, row.time)`."""
    since = instant - _EPOCH
    message.seconds = since.days * _DAY_SECONDS + since.seconds
    message.nanos = since.microseconds * 1000


def put_timedelta(message: duration_pb2.Duration, duration: timedelta) -> None:
    """Writes a timedelta into a Duration, whose parts have one sign."""
    if duration < timedelta(0):
        positive = -duration
        message.seconds = -(positive.days * _DAY_SECONDS + positive.seconds)
        message.nanos = -positive.microseconds * 1000
    else:
        message.seconds = duration.days * _DAY_SECONDS + duration.seconds
        message.nanos = duration.microseconds * 1000


def parse_instant(text: str) -> datetime:
    """Returns the instant that an RFC 3339 text states, in UTC. Raises ValueError for what is none.

    An instant without an offset is none, and neither is one that its offset moves out of the years 1 to 9999.
    """
    stated = datetime.fromisoformat(text)
    if stated.tzinfo is None:
        raise ValueError("an instant needs an offset from UTC")
    try:
        return stated.astimezone(UTC)
    except OverflowError:
        raise ValueError("an instant lies within the years 1 to 9999") from None
