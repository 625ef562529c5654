"""What the processes of a platform take from the machine."""

from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Usage:
    """Of a process with its descendants. Memory is in bytes and counts shared pages once."""

    memory: int
    processes: int
    uptime: float
    """Seconds since the process itself began."""


def of_process(pid: int, now: float) -> Usage | None:
    """The usage at `now`, in seconds since the epoch; `None` when the process is gone."""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        return Usage(
            memory=sum(_memory(member) for member in family),
            processes=len(family),
            uptime=max(0.0, now - process.create_time()),
        )
    except psutil.NoSuchProcess:
        return None


def _memory(process: psutil.Process) -> int:
    # PostgreSQL's processes share their buffers: adding up resident sizes would count them often.
    try:
        return int(process.memory_full_info().pss)
    except psutil.AccessDenied:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0
