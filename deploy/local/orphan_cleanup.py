"""Finds and ends every process a platform has started, however deep, by a mark in its environment."""

import os
import signal
import time
from pathlib import Path

import psutil

VARIABLE = "MARQUEE_SUPERVISED"
GRACE = 8.0


class Marks:
    """The marks of what this process starts for `home`: `<home>#<pid of the supervisor>#<unit>`.

    Descendants inherit them. `of_home` begins those of every run, `of_run` those of this one.
    """

    def __init__(self, home: Path) -> None:
        self.of_home = f"{home}#"
        self.of_run = f"{home}#{os.getpid()}#"

    def of_unit(self, name: str) -> str:
        """The mark of one unit of this run; the closing `#` keeps it from beginning another's."""
        return f"{self.of_run}{name}#"

    def variable(self, name: str) -> dict[str, str]:
        """What to add to the environment of a unit."""
        return {VARIABLE: self.of_unit(name)}


def marked(beginning: str) -> list[psutil.Process]:
    """The living processes, except this one, whose mark begins so."""
    found = []
    for process in psutil.process_iter():
        try:
            value = process.environ().get(VARIABLE, "")
        except (psutil.Error, OSError):
            continue
        if value.startswith(beginning) and process.pid != os.getpid():
            found.append(process)
    return found


def end_all(beginning: str, grace: float = GRACE) -> None:
    """Asks the marked processes to stop, waits `grace` seconds, kills what is left.

    Looks again until none is found: a process may start another one while it is asked to stop.
    """
    while processes := marked(beginning):
        for process in processes:
            _send(process, _stop_signal(process))
        for process in _alive_after(grace, processes):
            _send(process, signal.SIGKILL)
        _alive_after(grace, processes)


def _alive_after(seconds: float, processes: list[psutil.Process]) -> list[psutil.Process]:
    deadline = time.monotonic() + seconds
    while (alive := [process for process in processes if _lives(process)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    return alive


def _lives(process: psutil.Process) -> bool:
    try:
        # One that nobody has collected yet is dead all the same.
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _stop_signal(process: psutil.Process) -> signal.Signals:
    try:
        # PostgreSQL waits for its clients on SIGTERM; SIGINT is its fast, equally safe stop.
        return signal.SIGINT if process.name() == "postgres" else signal.SIGTERM
    except psutil.Error:
        return signal.SIGTERM


def _send(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return
