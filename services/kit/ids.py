"""Ids of everything that is kept."""

import uuid
from datetime import datetime

import uuid_utils


def new() -> str:
    """Returns a new UUIDv7 (RFC 9562): unique, and sorted by time so that indexes grow at their end."""
    return str(uuid_utils.uuid7())


def first_at(time: datetime) -> str:
    """Returns what every id made at `time` or later sorts behind, in milliseconds."""
    milliseconds = f"{int(time.timestamp() * 1000):012x}"
    return f"{milliseconds[:8]}-{milliseconds[8:]}-7000-8000-000000000000"


def parse(value: object) -> str:
    """Returns an id in its usual spelling. Raises ValueError for what is none."""
    return str(uuid.UUID(str(value)))
