"""Allows one platform per home directory, by a file lock that the kernel releases when its holder dies."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


class AlreadyRunning(Exception):
    """Another supervisor, with process id `pid`, holds the lock of the home directory."""

    def __init__(self, pid: int, home: Path) -> None:
        super().__init__(f"the platform in {home} is already running (process {pid})")
        self.pid = pid


@contextlib.contextmanager
def hold(home: Path) -> Iterator[None]:
    """Holds the lock of the home directory for the duration of a block. Raises `AlreadyRunning`."""
    path = _path(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if not _try_lock(descriptor):
            raise AlreadyRunning(_read_pid(descriptor), home)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def holder(home: Path) -> int | None:
    """Returns the id of the process that runs the platform in `home`, or `None`."""
    try:
        descriptor = os.open(_path(home), os.O_RDWR)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return None
    try:
        return None if _try_lock(descriptor) else _read_pid(descriptor)
    finally:
        os.close(descriptor)


def _path(home: Path) -> Path:
    return home / "run" / "supervisor.lock"


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read_pid(descriptor: int) -> int:
    return int(os.pread(descriptor, 20, 0) or b"0")
