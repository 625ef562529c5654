"""Ids of everything that is kept."""

import uuid

import uuid_utils


def new() -> str:
    """Answers a new UUIDv7 (RFC 9562): unique, and sorted by time so that indexes grow at their end."""
    return str(uuid_utils.uuid7())


def parse(value: object) -> str:
    """Answers an id in its usual spelling. Raises ValueError for what is none."""
    return str(uuid.UUID(str(value)))
