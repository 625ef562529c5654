"""Recognizes a media store that is full, and waits until it has room again."""

import asyncio
import contextlib
import errno
import os
from pathlib import Path

#: A step that failed while less than this was free counts as failed for lack of room, whatever its tool said.
_FULL_BYTES = 1024 * 1024
#: A step is tried again when there is more room than it had used by this share and this number of bytes.
_MORE_SHARE, _MORE_BYTES = 0.25, 4 * 1024 * 1024
_CODES = (errno.ENOSPC, errno.EDQUOT)
#: What FFmpeg and Shaka Packager write.
_MESSAGES = (*(os.strerror(code) for code in _CODES), "running out of disk space")


class StoreFull(Exception):
    """A step failed because the media store has no room; `used` is how many bytes it had written."""

    def __init__(self, used: int) -> None:
        super().__init__(f"The media store is full; the step had written {used / 1e6:.1f} MB.")
        self.used = used

    @property
    def required(self) -> int:
        """How many bytes must be free before the step is tried again."""
        return round(self.used * (1 + _MORE_SHARE)) + _MORE_BYTES


def is_full(store: Path, failed: Exception) -> bool:
    """Returns whether a step failed because the store has no room for its files."""
    if isinstance(failed, OSError) and failed.errno in _CODES:
        return True
    return any(message in str(failed) for message in _MESSAGES) or free_bytes(store) < _FULL_BYTES


def free_bytes(store: Path) -> int:
    """Returns how many bytes can be written to the store."""
    status = os.statvfs(store)
    return status.f_bavail * status.f_frsize


async def wait_for_room(store: Path, required: int, pause: float) -> None:
    """Waits `pause` seconds, and then until so many bytes are free."""
    while True:
        await asyncio.sleep(pause)
        with contextlib.suppress(OSError):  # A store that is away has no room.
            if await asyncio.to_thread(free_bytes, store) >= required:
                return
