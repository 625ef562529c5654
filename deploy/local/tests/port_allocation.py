"""Chooses free ports for tests."""

import random
from pathlib import Path

from deploy.local import port_availability, settings
from services.kit import testing


def free_ports(count: int) -> list[int]:
    """Returns different ports that nothing listens on."""
    return [testing.free_port() for _ in range(count)]


def free_edge_port(home: Path) -> int:
    """Returns an edge port whose internal ports are free too, below the ephemeral ports."""
    while True:
        config = settings.Settings(home=home, port=random.randrange(11_000, 22_000))
        numbers = [port.number(config.port) for process in config.processes() for port in process.ports]
        if all(port_availability.is_free(number) for number in numbers):
            return config.port
