"""PostgreSQL refuses to run as root; this finds the user it runs as instead."""

import os
import pwd
import shutil
import stat
from pathlib import Path

CANDIDATES = ("postgres", "nobody")
DAC_READ_SEARCH = 2
"""The number of the capability that lets a process walk through folders closed to it."""


class Unreachable(Exception):
    """The user PostgreSQL must run as cannot reach a folder; the text says what to do."""


def server_user(data: Path) -> tuple[int, int] | None:
    """User and group id for the server, or `None` to run as whoever runs this.

    An existing data directory keeps its owner, whatever users appear on the machine later.
    """
    if os.geteuid() != 0:
        return None
    if data.exists() and data.stat().st_uid != 0:
        return data.stat().st_uid, data.stat().st_gid
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    raise Unreachable(
        "PostgreSQL does not run as root and this machine has no user 'nobody'; "
        "run as another user, or set MARQUEE_DATABASE_URL_ADMIN"
    )


def prefix(user: tuple[int, int] | None, paths: tuple[Path, ...]) -> tuple[str, ...]:
    """What to put before a command so that it runs as `user` and reaches `paths`.

    Nobody's folders are opened for it: where a parent folder is closed to the user, as /root is,
    the command gets the capability to pass. Fails with `Unreachable` where that is not allowed.
    """
    if user is None:
        return ()
    if shutil.which("setpriv") is None:
        raise Unreachable(
            "PostgreSQL does not run as root and 'setpriv' (package util-linux) is missing; "
            "install it, or run as another user"
        )
    drop = ("setpriv", f"--reuid={user[0]}", f"--regid={user[1]}", "--clear-groups")
    closed = next((folder for path in paths if (folder := closed_folder(path, user))), None)
    if closed is None:
        return (*drop, "--")
    if not _may_pass():
        raise Unreachable(
            f"PostgreSQL runs as user {pwd.getpwuid(user[0]).pw_name}, "
            f"who cannot pass through {closed}; "
            f"run `chmod o+x {closed}`, or move the project or MARQUEE_HOME elsewhere"
        )
    return (*drop, "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search", "--")


def closed_folder(path: Path, user: tuple[int, int]) -> Path | None:
    """The outermost parent folder of `path` that `user` may not enter, or `None`."""
    for folder in reversed(path.absolute().parents):
        if folder.exists() and not _enters(folder.stat(), user):
            return folder
    return None


def _enters(folder: os.stat_result, user: tuple[int, int]) -> bool:
    if folder.st_uid == user[0]:
        return bool(folder.st_mode & stat.S_IXUSR)
    if folder.st_gid == user[1]:
        return bool(folder.st_mode & stat.S_IXGRP)
    return bool(folder.st_mode & stat.S_IXOTH)


def _may_pass() -> bool:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapEff:"):
            return bool(int(line.split()[1], 16) >> DAC_READ_SEARCH & 1)
    return False
