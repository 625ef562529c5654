"""Ports that a test may use."""

import random
from pathlib import Path

from deploy.local import port_availability, settings
from services.kit import testing


def free_ports(count: int) -> list[int]:
    """Different ports nobody listens on."""
    return [testing.free_port() for _ in range(count)]


def an_edge_port(home: Path) -> int:
    """An edge port whose internals are free too, below those that outgoing connections are given."""
    while True:
        chosen = settings.Settings(home=home, port=random.randrange(11_000, 22_000))
        numbers = [port.number(chosen.port) for process in chosen.processes() for port in process.ports]
        if all(port_availability.is_free(number) for number in numbers):
            return chosen.port
