"""Runs a supervisor with fake services in a process of its own, which tests can signal and kill.

Run as `python -m deploy.local.tests.fake_platform HOME UNITS [EDGE_PORT]` where UNITS is a JSON list
of `{"name", "port", "after", "flags"}`.
"""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

from deploy.local import health_probes, instance_lock, port_availability, settings, supervisor

FAKE = Path(__file__).with_name("fake_service.py")


def unit(
    name: str, port: int, after: tuple[str, ...] = (), flags: tuple[str, ...] = (), grace: float = 10.0
) -> supervisor.Unit:
    return supervisor.Unit(
        name=name,
        command=(sys.executable, str(FAKE), str(port), *flags),
        probe=health_probes.grpc("127.0.0.1", port),
        environment=dict(os.environ),
        ports={"grpc": port},
        after=tuple(after),
        grace=grace,
        directory=settings.PROJECT,
    )


async def run(home: Path, units: list[supervisor.Unit], edge: int) -> None:
    with instance_lock.hold(home):
        platform_supervisor = supervisor.Supervisor(home, units, [])
        platform_supervisor.platform.port = edge
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, platform_supervisor.stop)
        await platform_supervisor.run()


def main() -> None:
    units = [unit(**{"grace": 1.0, **row}) for row in json.loads(sys.argv[2])]
    try:
        asyncio.run(run(Path(sys.argv[1]), units, int(sys.argv[3]) if len(sys.argv) > 3 else 0))
    except (instance_lock.AlreadyRunning, port_availability.PortsTaken, supervisor.StartFailed) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
