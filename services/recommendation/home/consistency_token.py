"""What names the writes of a profile to who reads next."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: Viewing's own tokens are its revisions alone.
_TOKEN = re.compile(r"(?:v?(\d{1,18}))?(?:\.?r(\d{1,18}))?")


@dataclass(frozen=True, slots=True)
class Written:
    """How far the writes of a profile are: in viewing, and of what rests of its taste."""

    viewing: int = 0
    taste: int = 0

    def covers(self, other: Written) -> bool:
        """Whether everything of the other is in this."""
        return self.viewing >= other.viewing and self.taste >= other.taste

    @property
    def token(self) -> str:
        """The token that names it."""
        return f"v{self.viewing}.r{self.taste}"


def read(token: str) -> Written:
    """Returns what a token names. One that is none of ours names nothing: a home does not fail for it."""
    found = _TOKEN.fullmatch(token.strip())
    return Written(int(found[1] or 0), int(found[2] or 0)) if found else Written()
