"""Finds and terminates the processes that a platform started, at any depth, by a tag in their environment."""

import contextlib
import os
import signal
import time
from pathlib import Path

import psutil

VARIABLE = "MARQUEE_SUPERVISED"
GRACE_SECONDS = 8.0
_POLL_SECONDS = 0.05


class ProcessTags:
    """Tags of the processes that this process starts for `home`: `<home>#<pid of the supervisor>#<unit>#`.

    Descendants inherit the tag. `home_prefix` begins the tags of every run, `run_prefix` those of this run.
    """

    def __init__(self, home: Path) -> None:
        self.home_prefix = f"{home}#"
        self.run_prefix = f"{home}#{os.getpid()}#"

    def of_unit(self, name: str) -> str:
        """Returns the tag of one unit of this run. Its final `#` keeps it from being a prefix of another unit's."""
        return f"{self.run_prefix}{name}#"

    def environment(self, name: str) -> dict[str, str]:
        """Returns the variable to add to the environment of a unit."""
        return {VARIABLE: self.of_unit(name)}


def find_processes(tag_prefix: str) -> list[psutil.Process]:
    """Returns the running processes, except this one, whose tag begins with `tag_prefix`."""
    tagged = []
    for process in psutil.process_iter():
        try:
            tag = process.environ().get(VARIABLE, "")
        except (psutil.Error, OSError):
            continue
        if tag.startswith(tag_prefix) and process.pid != os.getpid():
            tagged.append(process)
    return tagged


def find_supervisors(tag_prefix: str) -> list[int]:
    """Returns the ids of the supervisors that still run the tagged processes."""
    supervisors = set()
    for process in find_processes(tag_prefix):
        with contextlib.suppress(psutil.Error, OSError, ValueError):
            # The tag alone is not enough: the process with that id may be another one by now.
            supervisor = int(process.environ()[VARIABLE].split("#")[-3])
            if supervisor == process.ppid():
                supervisors.add(supervisor)
    return sorted(supervisors)


def terminate_all(tag_prefix: str, grace: float = GRACE_SECONDS) -> None:
    """Asks the tagged processes to stop, waits up to `grace` seconds, and kills those that still run.

    Repeats until no tagged process is left, because a process may start another one while it stops.
    """
    while processes := find_processes(tag_prefix):
        for process in processes:
            _send_signal(process, _stop_signal(process))
        for process in _wait_for_exit(processes, grace):
            _send_signal(process, signal.SIGKILL)
        _wait_for_exit(processes, grace)


def _wait_for_exit(processes: list[psutil.Process], timeout: float) -> list[psutil.Process]:
    """Returns the processes that still run after `timeout` seconds."""
    # `psutil.wait_procs` would wait for a zombie until the timeout, and would take the status of a child of asyncio.
    deadline = time.monotonic() + timeout
    while (running := [process for process in processes if _is_running(process)]) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    return running


def _is_running(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _stop_signal(process: psutil.Process) -> signal.Signals:
    try:
        # On SIGTERM PostgreSQL waits for its clients; SIGINT stops it at once and as safely.
        return signal.SIGINT if process.name() == "postgres" else signal.SIGTERM
    except psutil.Error:
        return signal.SIGTERM


def _send_signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return
