"""Keeps the files of a home directory from the other users of the machine."""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

_UMASK = 0o077
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@contextlib.contextmanager
def private_files() -> Iterator[None]:
    """Lets only this user read what is created within the block, also by the processes that it starts."""
    previous = os.umask(_UMASK)
    try:
        yield
    finally:
        os.umask(previous)


def create(home: Path) -> None:
    """Creates the home directory unless it exists, and closes it and what lies directly in it to other users.

    PostgreSQL may run as another user, who must be able to enter the home directory but not to list it.
    """
    if not home.exists():
        home.mkdir(parents=True)
    # Only root starts PostgreSQL as another user.
    entering = stat.S_IXGRP | stat.S_IXOTH if os.geteuid() == 0 else 0
    _close(home, _OTHERS & ~entering)
    for entry in home.iterdir():
        _close(entry, _OTHERS)


def _close(path: Path, denied: int) -> None:
    """Takes permissions away. Leaves what belongs to another user, who decides, and the targets of links."""
    status = path.lstat()
    if not stat.S_ISLNK(status.st_mode) and status.st_uid == os.geteuid() and status.st_mode & denied:
        path.chmod(stat.S_IMODE(status.st_mode) & ~denied)
