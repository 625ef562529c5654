"""Chooses the user that PostgreSQL runs as, because it refuses to run as root."""

import os
import pwd
import shutil
import stat
from pathlib import Path

CANDIDATES = ("postgres", "nobody")
DAC_READ_SEARCH = 2
"""The number of the capability that lets a process enter directories that are closed to its user."""


class PostgresUserError(Exception):
    """PostgreSQL cannot run as any user here, or cannot reach a directory as that user; the text says what to do."""


def server_user(data: Path) -> tuple[int, int] | None:
    """Returns the user and group id that the server runs as, or `None` for the current user.

    An existing data directory keeps its owner, whichever users are added to the machine later.
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
    raise PostgresUserError(
        "PostgreSQL does not run as root and this machine has no user 'nobody'; "
        "run as another user, or set MARQUEE_DATABASE_URL_ADMIN"
    )


def command_prefix(user: tuple[int, int] | None, paths: tuple[Path, ...]) -> tuple[str, ...]:
    """Returns what to put before a command so that it runs as `user` and can reach `paths`.

    The permissions of directories are not changed: where a parent directory is closed to the user, as /root is, the
    command gets the capability to enter it. Raises `PostgresUserError` where this process cannot grant it.
    """
    if user is None:
        return ()
    if shutil.which("setpriv") is None:
        raise PostgresUserError(
            "PostgreSQL does not run as root and 'setpriv' (package util-linux) is missing; "
            "install it, or run as another user"
        )
    set_user = ("setpriv", f"--reuid={user[0]}", f"--regid={user[1]}", "--clear-groups")
    closed = next((directory for path in paths if (directory := closed_directory(path, user))), None)
    if closed is None:
        return (*set_user, "--")
    if not _has_search_capability():
        raise PostgresUserError(
            f"PostgreSQL runs as user {pwd.getpwuid(user[0]).pw_name}, who cannot enter {closed}; "
            f"run `chmod o+x {closed}`, or move the project or MARQUEE_HOME elsewhere"
        )
    return (*set_user, "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search", "--")


def closed_directory(path: Path, user: tuple[int, int]) -> Path | None:
    """Returns the outermost parent directory of `path` that `user` may not enter, or `None`."""
    for directory in reversed(path.absolute().parents):
        if directory.exists() and not _may_enter(directory.stat(), user):
            return directory
    return None


def _may_enter(directory: os.stat_result, user: tuple[int, int]) -> bool:
    if directory.st_uid == user[0]:
        return bool(directory.st_mode & stat.S_IXUSR)
    if directory.st_gid == user[1]:
        return bool(directory.st_mode & stat.S_IXGRP)
    return bool(directory.st_mode & stat.S_IXOTH)


def _has_search_capability() -> bool:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapEff:"):
            return bool(int(line.split()[1], 16) >> DAC_READ_SEARCH & 1)
    return False
