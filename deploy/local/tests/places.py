"""Ports that a test may use."""

import random
import socket
from pathlib import Path

from deploy.local import ports, settings


def free_ports(count: int) -> list[int]:
    """Different ports nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    numbers = [server.getsockname()[1] for server in sockets]
    for server in sockets:
        server.close()
    return numbers


def an_edge_port(home: Path) -> int:
    """An edge port whose internals are free too, below those that outgoing connections are given."""
    while True:
        chosen = settings.Settings(home=home, port=random.randrange(11_000, 22_000))
        numbers = [port.number(chosen.port) for process in chosen.processes() for port in process.ports]
        if all(ports.is_free(number) for number in numbers):
            return chosen.port
