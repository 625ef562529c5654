"""A platform of its own for tests and benchmarks: started by the command line, as users start it, and stopped after."""

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

from deploy.local import platform_state, port_availability, process_environment, secret_files, settings

_MARQUEE = str(Path(sys.executable).parent / "marquee")
#: Edge ports. The internal ports, 10,000 above, stay below those that the kernel assigns.
_PORTS = range(12_000, 21_000, 10)


@dataclass(frozen=True)
class Platform:
    """A running platform."""

    home: Path
    port: int
    environment: dict[str, str]

    @property
    def url(self) -> str:
        """The URL of the edge."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def address(self) -> str:
        """The address of the edge for gRPC clients."""
        return f"127.0.0.1:{self.port}"

    @property
    def nodes(self) -> dict[str, platform_state.Node]:
        """The processes by name, as the supervisor has written them last."""
        state = platform_state.read(self.home)
        return {} if state is None else state.nodes

    @property
    def pids(self) -> dict[str, int]:
        """The ids of the running processes by name, as the supervisor has written them last."""
        return {name: node.pid for name, node in self.nodes.items() if node.pid}

    @property
    def redis_url(self) -> str:
        """The URL of its Redis."""
        own = settings.read(self.environment)
        return process_environment.redis(own, secret_files.load(own)).url

    @property
    def database_url(self) -> str:
        """The URL of its PostgreSQL for the superuser."""
        own = settings.read(self.environment)
        return process_environment.postgres(own, secret_files.load(own)).dsn("marquee")

    def run_cli(self, *arguments: str) -> str:
        """Runs a command of the command line; returns its output. Raises RuntimeError with all output if it fails."""
        run = subprocess.run([_MARQUEE, *arguments], env=self.environment, capture_output=True, text=True, check=False)
        if run.returncode:
            raise RuntimeError(
                f"marquee {' '.join(arguments)} ended with {run.returncode}:\n{run.stdout}\n{run.stderr}"
            )
        return run.stdout

    def processes(self) -> dict[str, dict[str, Any]]:
        """Returns what `marquee status` prints about each process, by name."""
        status = json.loads(self.run_cli("status", "--json"))
        return {process["name"]: process for process in status["processes"]}

    def service_address(self, area: str) -> str:
        """Returns the address of the first replica of a service."""
        return f"127.0.0.1:{self.nodes[area].ports['grpc']}"


@contextlib.contextmanager
def running(*options: str, directory: Path | None = None, **environment: str) -> Iterator[Platform]:
    """Runs a platform in a new home, within `directory` if that is given; stops it and deletes the home afterwards."""
    home = Path(tempfile.mkdtemp(prefix="marquee-home-", dir=directory))
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
    """Returns an edge port with which every port of a platform is free."""
    while True:
        port = random.choice(_PORTS)
        if all(port_availability.is_free(number) for number in (port, *range(port + 10_000, port + 10_300))):
            return port
