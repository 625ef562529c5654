"""`marquee logs`: the log files of the processes, once or as they grow."""

import collections
import contextlib
import itertools
import os
import time
from pathlib import Path
from typing import TextIO

import click
from rich.text import Text

from deploy.cli import exit_codes, output
from deploy.local import log_files as files
from deploy.local import settings

_COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "red")


@click.command()
@click.argument("processes", nargs=-1)
@click.option("-f", "--follow", is_flag=True, help="Keep printing what is added, until Ctrl-C.")
@click.option("-n", "--lines", default=20, show_default=True, help="How many of the last lines of each.")
def logs(processes: tuple[str, ...], follow: bool, lines: int) -> None:
    """Print the logs of PROCESSES, or of all."""
    with output.told():
        directory = settings.read(os.environ).logs
    known = sorted(file.stem for file in directory.glob("*.log"))
    for name in processes:
        if name not in known:
            output.leave(exit_codes.Code.USAGE, f"no log of {name!r}; there are: {', '.join(known) or 'none yet'}")
    sources = _sources(directory, list(processes) or known)
    with contextlib.ExitStack() as stack:
        for source in sources:
            stack.callback(source.close)
            source.last(lines)
        if follow:
            _follow(sources)


def _follow(sources: list["_Source"]) -> None:
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            for source in sources:
                source.more()
            time.sleep(0.2)


class _Source:
    """One log file, followed through its rotations."""

    def __init__(self, file: Path, label: Text) -> None:
        self._file = file
        self._label = label
        self._stream: TextIO | None = None

    def last(self, lines: int) -> None:
        """Prints the last lines, and stands behind them: what comes after is the next."""
        self.open()
        for line in collections.deque(self._stream or (), maxlen=lines):
            self._print(line.rstrip("\n"))

    def open(self) -> None:
        """Stands at the beginning of the current file, if there is one."""
        self.close()
        if self._file.exists():
            self._stream = self._file.open(errors="replace")

    def close(self) -> None:
        """Lets go of the file."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def more(self) -> None:
        """Prints what was added; the end of a file that was put aside comes first."""
        if self._stream is not None:
            for line in self._stream:
                self._print(line.rstrip("\n"))
        if self._stream is None or not self._is_current(self._stream):
            self.open()

    def _is_current(self, stream: TextIO) -> bool:
        try:
            return os.fstat(stream.fileno()).st_ino == self._file.stat().st_ino
        except FileNotFoundError:
            return True

    def _print(self, line: str) -> None:
        output.console.print(Text.assemble(self._label, line))


def _sources(directory: Path, names: list[str]) -> list[_Source]:
    width = max((len(name) for name in names), default=0)
    colours = itertools.cycle(_COLOURS)
    return [
        _Source(
            files.path(directory, name),
            Text(f"{name:<{width}} │ " if len(names) > 1 else "", style=next(colours)),
        )
        for name in names
    ]
