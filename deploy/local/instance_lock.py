"""One platform per home: a file lock that the kernel drops when its holder dies."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


class AlreadyRunning(Exception):
    """Another supervisor holds the home; `pid` is its process."""

    def __init__(self, pid: int, home: Path) -> None:
        super().__init__(f"the platform in {home} is already running (process {pid})")
        self.pid = pid


@contextlib.contextmanager
def held(home: Path) -> Iterator[None]:
    """Holds the home for the length of a block; fails with `AlreadyRunning`."""
    path = _path(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if not _taken(descriptor):
            raise AlreadyRunning(_written(descriptor), home)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def holder(home: Path) -> int | None:
    """The process that runs the platform in `home`, or `None`."""
    try:
        descriptor = os.open(_path(home), os.O_RDWR)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return None
    try:
        return None if _taken(descriptor) else _written(descriptor)
    finally:
        os.close(descriptor)


def _path(home: Path) -> Path:
    return home / "run" / "supervisor.lock"


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _written(descriptor: int) -> int:
    return int(os.pread(descriptor, 20, 0) or b"0")
