"""Opens, rotates and reads the log files of the processes, one file per process."""

from collections import deque
from pathlib import Path
from typing import BinaryIO

MAX_BYTES = 10 * 1024 * 1024
ROTATED_FILES = 3


def path(directory: Path, name: str) -> Path:
    """Returns the path of the current log of a process."""
    return directory / f"{name}.log"


def open_log(directory: Path, name: str, max_bytes: int = MAX_BYTES) -> BinaryIO:
    """Opens the log of a process for appending. Rotates it first if it is larger than `max_bytes`."""
    directory.mkdir(parents=True, exist_ok=True)
    current = path(directory, name)
    if current.exists() and current.stat().st_size > max_bytes:
        for number in range(ROTATED_FILES - 1, 0, -1):
            rotated = directory / f"{name}.log.{number}"
            if rotated.exists():
                rotated.replace(directory / f"{name}.log.{number + 1}")
        current.replace(directory / f"{name}.log.1")
    return current.open("ab")


def tail(file: Path, lines: int) -> list[str]:
    """Returns the last lines of a log, or none when the file does not exist."""
    if not file.exists():
        return []
    with file.open(errors="replace") as stream:
        return [line.rstrip("\n") for line in deque(stream, maxlen=lines)]
