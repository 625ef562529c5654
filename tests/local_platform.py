"""A platform of its own, started with the command line as anybody would, and gone afterwards."""

import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.local import port_availability, settings, topology

_MARQUEE = str(Path(sys.executable).parent / "marquee")
#: Edge ports from which the internal ones, 10,000 above, stay below those that the kernel gives out.
_PORTS = range(12_000, 21_000, 10)


@dataclass(frozen=True)
class Platform:
    """A running platform."""

    home: Path
    port: int
    environment: dict[str, str]

    @property
    def url(self) -> str:
        """The edge."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def address(self) -> str:
        """The edge, as gRPC dials it."""
        return f"127.0.0.1:{self.port}"

    def run_cli(self, *arguments: str) -> str:
        """Runs the command line against it; answers what it printed. Raises RuntimeError with all it said."""
        run = subprocess.run([_MARQUEE, *arguments], env=self.environment, capture_output=True, text=True, check=False)
        if run.returncode:
            raise RuntimeError(
                f"marquee {' '.join(arguments)} ended with {run.returncode}:\n{run.stdout}\n{run.stderr}"
            )
        return run.stdout

    def processes(self) -> dict[str, dict[str, Any]]:
        """What `marquee status` tells of each process, by its name."""
        variables = json.loads(self.run_cli("status", "--json"))
        return {process["name"]: process for process in variables["processes"]}

    def service_address(self, area: str) -> str:
        """Where the first replica of a service listens."""
        return f"127.0.0.1:{self.processes()[area]['ports']['grpc']}"


@contextlib.contextmanager
def running(*options: str, **environment: str) -> Iterator[Platform]:
    """Runs a platform in a fresh home, and takes both away in the end."""
    home = Path(tempfile.mkdtemp(prefix="marquee-home-"))
    home.chmod(0o755)  # PostgreSQL may run as another user.
    port = free_edge_port()
    variables = {**os.environ, "MARQUEE_HOME": str(home), "MARQUEE_PORT": str(port), **environment}
    platform = Platform(home, port, variables)
    try:
        platform.run_cli("up", "--detach", *options)
        yield platform
    finally:
        with contextlib.suppress(RuntimeError):
            platform.run_cli("down")
        shutil.rmtree(home, ignore_errors=True)


def free_edge_port() -> int:
    """Answers an edge port with which every port of the platform is free."""
    while True:
        port = random.choice(_PORTS)
        if all(port_availability.is_free(number) for number in (port, *range(port + 10_000, port + 10_300))):
            return port


assert settings, topology
