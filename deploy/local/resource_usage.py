"""Measures the memory and uptime of a process and its descendants."""

from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Usage:
    """The usage of a process with its descendants. `memory` is in bytes and counts shared pages once."""

    memory: int
    processes: int
    uptime: float
    """Seconds since the process itself started."""


def measure(pid: int, now: float) -> Usage | None:
    """Returns the usage at `now`, in seconds since the epoch, or `None` when the process is gone."""
    try:
        process = psutil.Process(pid)
        members = [process, *process.children(recursive=True)]
        return Usage(
            memory=sum(_memory(member) for member in members),
            processes=len(members),
            uptime=max(0.0, now - process.create_time()),
        )
    except psutil.NoSuchProcess:
        return None


def _memory(process: psutil.Process) -> int:
    # The processes of PostgreSQL share their buffers, which a sum of resident sizes would count once for each.
    try:
        return int(process.memory_full_info().pss)
    except psutil.AccessDenied:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0
