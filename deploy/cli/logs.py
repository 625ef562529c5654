"""`marquee logs`: prints the log files of the processes, once or continuously."""

import collections
import contextlib
import itertools
import os
import time
from pathlib import Path
from typing import BinaryIO

import click
from rich.text import Text

from deploy.cli import exit_codes, output
from deploy.local import log_files, settings

_COLORS = ("cyan", "magenta", "green", "yellow", "blue", "red")
_POLL_SECONDS = 0.2


@click.command()
@click.argument("processes", nargs=-1)
@click.option("-f", "--follow", is_flag=True, help="Print new lines until Ctrl-C.")
@click.option("-n", "--lines", default=20, show_default=True, help="Number of last lines to print of each log.")
def logs(processes: tuple[str, ...], follow: bool, lines: int) -> None:
    """Print the logs of PROCESSES, or of all."""
    with output.handle_errors():
        directory = settings.read(os.environ).logs
    available = sorted(file.stem for file in directory.glob("*.log"))
    for name in processes:
        if name not in available:
            message = f"There is no log of {name!r}. Available: {', '.join(available) or 'none'}."
            output.exit_with(exit_codes.ExitCode.USAGE, message)
    followed = _follow_files(directory, list(processes) or available)
    with contextlib.ExitStack() as stack:
        for file in followed:
            stack.callback(file.close)
            file.print_last_lines(lines)
        if follow:
            _print_continuously(followed)


def _print_continuously(followed: list["_FollowedFile"]) -> None:
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            for file in followed:
                file.print_new_lines()
            time.sleep(_POLL_SECONDS)


class _FollowedFile:
    """One log file, followed across its rotations."""

    def __init__(self, file: Path, label: Text) -> None:
        self._file = file
        self._label = label
        self._stream: BinaryIO | None = None

    def print_last_lines(self, lines: int) -> None:
        """Prints the last lines. `print_new_lines` continues after them."""
        self.open()
        for line in collections.deque(self._stream or (), maxlen=lines):
            self._print(line)

    def open(self) -> None:
        """Opens the current file at its start, if it exists."""
        self.close()
        if self._file.exists():
            self._stream = self._file.open("rb")

    def close(self) -> None:
        """Closes the file."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def print_new_lines(self) -> None:
        """Prints the lines that were added, first those that were rotated meanwhile."""
        if self._stream is not None:
            position = self._stream.tell()
            if position > os.fstat(self._stream.fileno()).st_size:
                self._print_rest_of_rotated(position)
                self._stream.seek(0)
            for line in self._stream:
                self._print(line)
        if self._stream is None or not self._is_current(self._stream):
            self.open()

    def _print_rest_of_rotated(self, position: int) -> None:
        with contextlib.suppress(FileNotFoundError), log_files.rotated_path(self._file).open("rb") as rotated:
            rotated.seek(position)
            for line in rotated:
                self._print(line)

    def _is_current(self, stream: BinaryIO) -> bool:
        try:
            return os.fstat(stream.fileno()).st_ino == self._file.stat().st_ino
        except FileNotFoundError:
            return True

    def _print(self, line: bytes) -> None:
        output.console.print(Text.assemble(self._label, line.decode(errors="replace").rstrip("\n")))


def _follow_files(directory: Path, names: list[str]) -> list[_FollowedFile]:
    width = max((len(name) for name in names), default=0)
    colors = itertools.cycle(_COLORS)
    return [
        _FollowedFile(
            log_files.path(directory, name),
            Text(f"{name:<{width}} │ " if len(names) > 1 else "", style=next(colors)),
        )
        for name in names
    ]
