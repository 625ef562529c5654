"""The latest changes of the guide, from which watching clients learn what they miss."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

#: How many changes are kept. A client that misses more loads the guide again.
MOST_CHANGES = 5_000
_VERSION = re.compile(r"([0-9]{1,15})-([0-9]{1,15})-([0-9]{1,9})")

#: The position of an event in the stream of epg, which is the same in all replicas, and a number that grows with each
#: loss of events behind it.
Version = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Change:
    """What one event reports."""

    version: Version
    #: The channel whose schedule changed; empty if none did.
    channel_id: str = ""
    #: Where it changed.
    window: tuple[datetime, datetime] | None = None
    #: Whether channels were created, changed or deleted.
    channels_changed: bool = False
    #: The reminder that became due, and its profile; empty if none did.
    profile_id: str = ""
    reminder_id: str = ""


@dataclass(slots=True)
class Changes:
    """What changed since a version."""

    version: Version
    channels_changed: bool = False
    #: By channel, the window in which its schedule changed.
    windows: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    reminder_ids: list[str] = field(default_factory=list)

    def add(self, change: Change, profile_id: str) -> None:
        """Adds a change, as far as it matters to a profile."""
        self.channels_changed |= change.channels_changed
        if change.window:
            start, end = self.windows.get(change.channel_id, change.window)
            self.windows[change.channel_id] = min(start, change.window[0]), max(end, change.window[1])
        if change.reminder_id and change.profile_id == profile_id:
            self.reminder_ids.append(change.reminder_id)


class ChangeLog:
    """Keeps the latest changes in their order, for any number of readers, each at its own version."""

    def __init__(self, most_changes: int = MOST_CHANGES) -> None:
        self._most = most_changes
        self._changes: deque[Change] = deque()
        #: What changed after it is known.
        self._floor: Version = (0, 0, 0)
        self._changed = asyncio.Event()
        self.version: Version = (0, 0, 0)

    def add(self, changes: Iterable[Change]) -> None:
        """Adds changes in the order of their versions."""
        before = self.version
        for change in changes:
            if self.version == self._floor == (0, 0, 0):
                self._floor = change.version  # What was before the first one is not known.
            self._changes.append(change)
            self.version = change.version
            while len(self._changes) > self._most:
                self._floor = self._changes.popleft().version
        if self.version != before:
            self._wake()

    def reset(self, position: tuple[int, int]) -> None:
        """Forgets all changes because some may be missing: readers of every earlier version have to reload."""
        losses = self.version[2] + 1 if self.version[:2] == position else 1
        self.version = self._floor = (*position, losses)
        self._changes.clear()
        self._wake()

    def since(self, version: Version | None, profile_id: str) -> Changes | None:
        """Returns what changed since a version; None if that is not known."""
        if version is None or not self._floor <= version <= self.version:
            return None
        found = Changes(self.version)
        for change in self._after(version):
            found.add(change, profile_id)
        return found

    async def wait_beyond(self, version: Version, seconds: float) -> None:
        """Waits until the version is another one, for some seconds at most."""
        changed = self._changed
        if self.version == version:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await changed.wait()

    def _after(self, version: Version) -> Iterable[Change]:
        newest_first = []
        for change in reversed(self._changes):
            if change.version <= version:
                break
            newest_first.append(change)
        return reversed(newest_first)

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


def write_version(version: Version) -> str:
    """Returns the text of a version."""
    return "-".join(map(str, version))


def parse_version(text: str) -> Version | None:
    """Returns the version of a text, None if it is none."""
    parsed = _VERSION.fullmatch(text)
    return (int(parsed[1]), int(parsed[2]), int(parsed[3])) if parsed else None
