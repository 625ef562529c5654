"""Checks whether TCP ports on this machine are free, and finds the processes that listen on them."""

import contextlib
import socket
from dataclasses import dataclass
from pathlib import Path

import psutil

HIGHEST = 65_535


@dataclass(frozen=True)
class Holder:
    """A process that listens on `port`; `pid` is `None` when the system does not show it to this user."""

    port: int
    pid: int | None
    command: str

    def __str__(self) -> str:
        if self.pid is None:
            return f"port {self.port} is taken by a process of another user"
        return f"port {self.port} is taken by process {self.pid} ({self.command})"


class PortsTaken(Exception):
    """At least one port that the platform needs is taken; `holders` names each."""

    def __init__(self, holders: list[Holder]) -> None:
        super().__init__("; ".join(str(holder) for holder in holders))
        self.holders = holders


def require_free(numbers: list[int], host: str = "127.0.0.1") -> None:
    """Raises `PortsTaken` unless every one of the ports is free on `host`."""
    taken = [number for number in numbers if not is_free(number, host)]
    if taken:
        raise PortsTaken([holder(number) for number in taken])


def is_free(number: int, host: str = "127.0.0.1") -> bool:
    """Returns whether a server can listen on the port now."""
    with socket.socket() as listener:
        # Servers set this option too: connections of a former server in TIME_WAIT do not block the port.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, number))
        except OSError:
            return False
    return True


def first_ephemeral() -> int:
    """Returns the lowest port that the system may assign to an outgoing connection."""
    try:
        return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except OSError:
        return HIGHEST + 1


def holder(number: int) -> Holder:
    """Returns the process that listens on the port, as far as this user may see it."""
    with contextlib.suppress(psutil.Error):
        for connection in psutil.net_connections(kind="tcp"):
            if connection.status != psutil.CONN_LISTEN or connection.laddr[1:] != (number,):
                continue
            if connection.pid is not None:
                return Holder(number, connection.pid, _command(connection.pid))
    return Holder(number, None, "")


def _command(pid: int) -> str:
    try:
        process = psutil.Process(pid)
        return " ".join(process.cmdline())[:80] or process.name()
    except psutil.Error:
        return "which has ended"
