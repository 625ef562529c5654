"""Consistency tokens: which writes of a profile a response has to include."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: The tokens of viewing are revisions alone.
_TOKEN = re.compile(r"(?:v?(\d{1,18}))?(?:\.?r(\d{1,18}))?")


@dataclass(frozen=True, slots=True)
class ConsistencyToken:
    """The revisions of a profile: of its signals in viewing, and of its paused signals."""

    viewing: int = 0
    taste: int = 0

    def covers(self, other: ConsistencyToken) -> bool:
        """Returns whether this includes all writes of the other."""
        return self.viewing >= other.viewing and self.taste >= other.taste

    def merge(self, other: ConsistencyToken) -> ConsistencyToken:
        """Returns the token of all writes of both."""
        return ConsistencyToken(max(self.viewing, other.viewing), max(self.taste, other.taste))

    def encode(self) -> str:
        """Returns the token as a string."""
        return f"v{self.viewing}.r{self.taste}"


def parse(token: str) -> ConsistencyToken:
    """Returns the token of a string. A string that is no token names no writes, so that no home fails for it."""
    match = _TOKEN.fullmatch(token.strip())
    return ConsistencyToken(int(match[1] or 0), int(match[2] or 0)) if match else ConsistencyToken()
