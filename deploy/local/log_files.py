"""One log file per process: rotated by size when the process starts, read by the command line."""

from collections import deque
from pathlib import Path
from typing import BinaryIO

LIMIT = 10 * 1024 * 1024
KEPT = 3


def path(directory: Path, name: str) -> Path:
    """The current log of a process."""
    return directory / f"{name}.log"


def open_for(directory: Path, name: str, limit: int = LIMIT) -> BinaryIO:
    """Opens a process's log for appending; one past `limit` bytes is put aside first."""
    directory.mkdir(parents=True, exist_ok=True)
    current = path(directory, name)
    if current.exists() and current.stat().st_size > limit:
        for number in range(KEPT - 1, 0, -1):
            older = directory / f"{name}.log.{number}"
            if older.exists():
                older.replace(directory / f"{name}.log.{number + 1}")
        current.replace(directory / f"{name}.log.1")
    return current.open("ab")


def tail(file: Path, lines: int) -> list[str]:
    """The last lines of a log; none when it does not exist."""
    if not file.exists():
        return []
    with file.open(errors="replace") as stream:
        return [line.rstrip("\n") for line in deque(stream, maxlen=lines)]
