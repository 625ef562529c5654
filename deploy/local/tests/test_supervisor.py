"""The supervisor starts, restarts and stops processes, tested with fake services."""

import asyncio
import contextlib
import dataclasses
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from deploy.local import health_probes, orphan_cleanup, platform_state, settings, supervisor
from deploy.local.tests import fake_platform
from deploy.local.tests.platform_waits import is_ready, wait_until
from deploy.local.tests.port_allocation import free_ports
from services.kit import testing

Start = Callable[..., subprocess.Popen[str]]


def node(home: Path, name: str) -> platform_state.Node:
    platform = platform_state.read(home)
    assert platform is not None
    return platform.nodes[name]


def left_behind(home: Path) -> list[psutil.Process]:
    return orphan_cleanup.find_processes(f"{home}#")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    orphan_cleanup.terminate_all(f"{tmp_path}#", grace=1.0)


@pytest.fixture
def start(home: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def platform(*units: dict[str, object]) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy.local.tests.fake_platform", str(home), json.dumps(units)],
            cwd=settings.PROJECT,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield platform
    for process in started:
        process.kill()
        process.communicate()


def test_a_unit_starts_after_its_dependencies_are_healthy(home: Path, start: Start) -> None:
    one, two = free_ports(2)
    order = home / "order"
    flags = ["--started", str(order)]

    start(
        {"name": "second", "port": two, "after": ["first"], "flags": flags},
        {"name": "first", "port": one, "flags": flags},
    )
    wait_until(lambda: is_ready(home))

    assert [str(one), str(two)] == [line.split()[0] for line in order.read_text().splitlines()]


def test_a_killed_process_is_restarted_and_counted(home: Path, start: Start) -> None:
    (port,) = free_ports(1)
    start({"name": "catalog", "port": port})
    wait_until(lambda: is_ready(home))
    first = node(home, "catalog").pid
    assert first is not None

    os.kill(first, signal.SIGKILL)
    wait_until(
        lambda: node(home, "catalog").status is platform_state.Status.HEALTHY and node(home, "catalog").pid != first
    )

    assert 1 == node(home, "catalog").restarts


@pytest.mark.parametrize(
    ("stable_seconds", "pauses"),
    [(3600.0, ["in 0.2 s", "in 0.4 s", "in 0.8 s"]), (0.0, ["in 0.2 s", "in 0.2 s", "in 0.2 s"])],
)
async def test_the_pause_before_a_restart_grows_until_the_unit_was_stable(
    home: Path, stable_seconds: float, pauses: list[str]
) -> None:
    (port,) = free_ports(1)
    killed: set[int] = set()
    details: dict[int, str] = {}

    def kill_when_healthy(platform: platform_state.Platform) -> None:
        catalog = platform.nodes["catalog"]
        if catalog.status is platform_state.Status.RESTARTING:
            details[catalog.restarts] = catalog.detail
        elif catalog.status is platform_state.Status.HEALTHY and catalog.pid is not None and catalog.pid not in killed:
            if len(details) == len(pauses):
                platform_supervisor.stop()
            else:
                os.kill(catalog.pid, signal.SIGKILL)
            killed.add(catalog.pid)

    unit = fake_platform.unit("catalog", port)
    platform_supervisor = supervisor.Supervisor(home, [unit], [], kill_when_healthy, stable_seconds=stable_seconds)
    await platform_supervisor.run()

    assert pauses == list(details.values())


async def test_a_unit_that_recovers_slowly_does_not_stop_the_platform(home: Path) -> None:
    (port,) = free_ports(1)
    probe_results: list[health_probes.Result] = []

    async def slow_to_recover() -> health_probes.Result:
        return probe_results.pop(0) if probe_results else health_probes.Result.SERVING

    def kill_once(platform: platform_state.Platform) -> None:
        catalog = platform.nodes["catalog"]
        if catalog.status is not platform_state.Status.HEALTHY or catalog.pid is None:
            return
        if catalog.restarts == 0:
            probe_results.extend([health_probes.Result.NOT_SERVING] * 20)
            with contextlib.suppress(ProcessLookupError):
                os.kill(catalog.pid, signal.SIGKILL)
        else:
            platform_supervisor.stop()

    unit = dataclasses.replace(fake_platform.unit("catalog", port), probe=slow_to_recover)
    platform_supervisor = supervisor.Supervisor(home, [unit], [], kill_once, start_timeout=0.5)
    await platform_supervisor.run()

    assert platform_state.Phase.STOPPED is platform_supervisor.platform.phase
    assert 1 == platform_supervisor.platform.nodes["catalog"].restarts


async def test_a_full_disk_neither_stops_the_platform_nor_leaves_its_state_out_of_date(
    small_disk: Callable[[int], Path],
) -> None:
    home = small_disk(1024 * 1024)
    (port,) = free_ports(1)
    filler = home / "filler"

    def follow(platform: platform_state.Platform) -> None:
        catalog = platform.nodes["catalog"]
        if catalog.status is platform_state.Status.HEALTHY and catalog.restarts == 0 and catalog.pid is not None:
            with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
                while True:
                    file.write(b"x" * 4096)
            os.kill(catalog.pid, signal.SIGKILL)
        Path("/dev/full").write_text("The output is on the full disk too.")

    platform_supervisor = supervisor.Supervisor(home, [fake_platform.unit("catalog", port)], [], follow)
    run = asyncio.create_task(platform_supervisor.run())
    async with asyncio.timeout(testing.PATIENCE):
        catalog = platform_supervisor.platform.nodes["catalog"]
        while not (catalog.restarts and catalog.status is platform_state.Status.HEALTHY):
            await asyncio.sleep(0.02)
        restarts_while_full = node(home, "catalog").restarts
        filler.unlink()
        while node(home, "catalog").restarts == 0:
            await asyncio.sleep(0.02)
    platform_supervisor.stop()
    await run

    assert 0 == restarts_while_full


async def test_a_unit_that_never_becomes_healthy_fails_the_start(home: Path) -> None:
    (port,) = free_ports(1)

    async def unhealthy() -> health_probes.Result:
        return health_probes.Result.NOT_SERVING

    unit = dataclasses.replace(fake_platform.unit("catalog", port), probe=unhealthy)

    with pytest.raises(supervisor.StartFailed, match="not healthy after 0 s"):
        await supervisor.Supervisor(home, [unit], [], start_timeout=0.3).run()

    assert [] == left_behind(home)


def test_children_of_a_killed_process_end_before_its_restart(home: Path, start: Start) -> None:
    (port,) = free_ports(1)
    start({"name": "packager", "port": port, "flags": ["--child"]})
    wait_until(lambda: is_ready(home))
    first = node(home, "packager").pid
    assert first is not None
    (grandchild,) = psutil.Process(first).children()

    os.kill(first, signal.SIGKILL)
    wait_until(
        lambda: node(home, "packager").status is platform_state.Status.HEALTHY and node(home, "packager").pid != first
    )

    assert grandchild not in left_behind(home)


def test_sigterm_leaves_no_process_behind(home: Path, start: Start) -> None:
    one, two = free_ports(2)
    platform = start(
        {"name": "first", "port": one, "flags": ["--child"]},
        {"name": "second", "port": two, "after": ["first"], "flags": ["--stubborn"]},
    )
    wait_until(lambda: is_ready(home))

    platform.send_signal(signal.SIGTERM)
    code = platform.wait(testing.PATIENCE)

    assert 0 == code
    assert [] == left_behind(home)


def test_the_children_of_a_killed_supervisor_end(home: Path, start: Start) -> None:
    one, two = free_ports(2)
    platform = start(
        {"name": "first", "port": one, "flags": ["--child"]},
        {"name": "second", "port": two},
    )
    wait_until(lambda: is_ready(home))
    assert left_behind(home)

    platform.kill()
    wait_until(lambda: not left_behind(home))


def test_a_start_terminates_the_processes_of_a_lost_platform(home: Path, start: Start) -> None:
    (port,) = free_ports(1)
    orphan = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(600)"],
        env={**os.environ, orphan_cleanup.VARIABLE: f"{home}#1#catalog#"},
    )

    start({"name": "catalog", "port": port})
    wait_until(lambda: is_ready(home))

    assert -signal.SIGTERM == orphan.wait(testing.PATIENCE)


def test_a_taken_port_is_reported_with_its_holder(home: Path, start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        number = holder.getsockname()[1]
        platform = start({"name": "catalog", "port": number})
        _, stderr = platform.communicate(timeout=testing.PATIENCE)

    assert 1 == platform.returncode
    assert f"port {number} is taken by process {os.getpid()}" in stderr


def test_a_second_start_reports_the_running_platform(home: Path, start: Start) -> None:
    (port,) = free_ports(1)
    first = start({"name": "catalog", "port": port})
    wait_until(lambda: is_ready(home))

    second = start({"name": "catalog", "port": port})
    _, stderr = second.communicate(timeout=testing.PATIENCE)

    assert f"already running (process {first.pid})" in stderr
    assert first.poll() is None


def test_a_process_that_fails_to_start_fails_the_start_with_the_end_of_its_log(home: Path, start: Start) -> None:
    one, two = free_ports(2)
    platform = start(
        {"name": "good", "port": one},
        {"name": "bad", "port": two, "flags": ["--fail"]},
    )
    _, stderr = platform.communicate(timeout=testing.PATIENCE)

    assert 1 == platform.returncode
    assert "bad does not start" in stderr
    assert "the configuration is invalid" in stderr
    assert [] == left_behind(home)
