"""Opens, rotates and reads the log files of the processes, one file per process."""

import contextlib
import os
import stat
from collections import deque
from pathlib import Path
from typing import BinaryIO

MAX_BYTES = 10 * 1024 * 1024
ROTATED_FILES = 3
_CHUNK_BYTES = 1024 * 1024


def path(directory: Path, name: str) -> Path:
    """Returns the path of the current log of a process."""
    return directory / f"{name}.log"


def rotated_path(file: Path, number: int = 1) -> Path:
    """Returns the path of a rotated log; 1 is the newest."""
    return file.with_name(f"{file.name}.{number}")


def open_log(directory: Path, name: str) -> BinaryIO:
    """Opens the log of a process for appending, as `rotate` requires of each writer."""
    directory.mkdir(parents=True, exist_ok=True)
    return path(directory, name).open("ab")


def rotate_all(directory: Path, max_bytes: int = MAX_BYTES) -> None:
    """Rotates every log of the directory that is larger than `max_bytes`."""
    for file in directory.glob("*.log"):
        with contextlib.suppress(OSError):
            if file.stat().st_size > max_bytes:
                rotate(file)


def rotate(file: Path) -> None:
    """Copies a log to the newest rotated file and empties it, so that its processes keep writing to their open file.

    Lines that are written between the copy and the emptying are lost. Where there is no room for the copy, the whole
    content is lost, and the oldest rotated file too: on a full disk, logs give room back.
    """
    for number in range(ROTATED_FILES - 1, 0, -1):
        with contextlib.suppress(FileNotFoundError):
            rotated_path(file, number).replace(rotated_path(file, number + 1))
    newest = rotated_path(file)
    with file.open("r+b", buffering=0) as log:
        try:
            with newest.open("wb", buffering=0) as copy:
                os.fchmod(copy.fileno(), stat.S_IMODE(os.fstat(log.fileno()).st_mode))
                while os.sendfile(copy.fileno(), log.fileno(), None, _CHUNK_BYTES):
                    pass
                log.truncate(0)
        except OSError:
            newest.unlink(missing_ok=True)
            log.truncate(0)


def tail(file: Path, lines: int) -> list[str]:
    """Returns the last lines of a log, or none when the file does not exist."""
    if not file.exists():
        return []
    with file.open(errors="replace") as stream:
        return [line.rstrip("\n") for line in deque(stream, maxlen=lines)]
