"""Ids of everything that is stored."""

import uuid
from datetime import datetime

import uuid_utils


def new() -> str:
    """Returns a new UUIDv7 (RFC 9562): unique, and sorted by time so that indexes grow at their end."""
    return str(uuid_utils.uuid7())


def first_at(time: datetime) -> str:
    """Returns the smallest id of `time`, in milliseconds: ids that are made at or after it sort after it."""
    milliseconds = f"{int(time.timestamp() * 1000):012x}"
    return f"{milliseconds[:8]}-{milliseconds[8:]}-7000-8000-000000000000"


def parse(value: object) -> str:
    """Returns an id in its canonical spelling. Raises ValueError if it is not an id."""
    return str(uuid.UUID(str(value)))
