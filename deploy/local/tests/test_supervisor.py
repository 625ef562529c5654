"""Promises about starting, restarting and stopping, shown on fake services."""

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

from deploy.local import log_files, orphan_cleanup, platform_state, settings, supervisor
from deploy.local.tests import fake_platform
from deploy.local.tests.fake_platform import is_ready, until
from deploy.local.tests.port_allocation import free_ports
from services.kit import testing

Start = Callable[..., subprocess.Popen[str]]


def node(home: Path, name: str) -> platform_state.Node:
    platform = platform_state.read(home)
    assert platform is not None
    return platform.nodes[name]


def left_behind(home: Path) -> list[psutil.Process]:
    return orphan_cleanup.marked(f"{home}#")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    orphan_cleanup.end_all(f"{tmp_path}#", grace=1.0)


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


def test_a_unit_starts_only_after_those_it_needs_are_healthy(home: Path, start: Start) -> None:
    one, two = free_ports(2)
    order = home / "order"
    flags = ["--started", str(order)]

    start(
        {"name": "second", "port": two, "after": ["first"], "flags": flags},
        {"name": "first", "port": one, "flags": flags},
    )
    until(lambda: is_ready(home))

    assert [str(one), str(two)] == [line.split()[0] for line in order.read_text().splitlines()]


def test_a_killed_process_is_restarted_and_counted(home: Path, start: Start) -> None:
    (port,) = free_ports(1)
    start({"name": "catalog", "port": port})
    until(lambda: is_ready(home))
    first = node(home, "catalog").pid
    assert first is not None

    os.kill(first, signal.SIGKILL)
    until(lambda: node(home, "catalog").status is platform_state.Status.HEALTHY and node(home, "catalog").pid != first)

    assert 1 == node(home, "catalog").restarts


@pytest.mark.parametrize(
    ("steady", "waits"), [(3600.0, ["in 0.2 s", "in 0.4 s", "in 0.8 s"]), (0.0, ["in 0.2 s", "in 0.2 s", "in 0.2 s"])]
)
async def test_deaths_in_a_row_wait_longer_until_there_was_steady_health(
    home: Path, steady: float, waits: list[str]
) -> None:
    (port,) = free_ports(1)
    killed: set[int] = set()
    told: dict[int, str] = {}

    def kill_when_healthy(platform: platform_state.Platform) -> None:
        catalog = platform.nodes["catalog"]
        if catalog.status is platform_state.Status.RESTARTING:
            told[catalog.restarts] = catalog.detail
        elif catalog.status is platform_state.Status.HEALTHY and catalog.pid is not None and catalog.pid not in killed:
            if len(told) == len(waits):
                watcher.stop()
            else:
                os.kill(catalog.pid, signal.SIGKILL)
            killed.add(catalog.pid)

    unit = fake_platform.unit("catalog", port)
    watcher = supervisor.Supervisor(home, [unit], [], kill_when_healthy, steady=steady)
    await watcher.run()

    assert waits == list(told.values())


async def test_a_unit_that_takes_long_to_recover_does_not_end_the_platform(home: Path) -> None:
    (port,) = free_ports(1)
    sick = [False, False]

    async def slow_to_recover() -> bool:
        return sick.pop(0) if sick else True

    def kill_once(platform: platform_state.Platform) -> None:
        catalog = platform.nodes["catalog"]
        if catalog.status is not platform_state.Status.HEALTHY or catalog.pid is None:
            return
        if catalog.restarts == 0:
            sick.extend([False] * 20)
            with contextlib.suppress(ProcessLookupError):
                os.kill(catalog.pid, signal.SIGKILL)
        else:
            watcher.stop()

    unit = dataclasses.replace(fake_platform.unit("catalog", port), probe=slow_to_recover)
    watcher = supervisor.Supervisor(home, [unit], [], kill_once, patience=0.5)
    await watcher.run()

    assert platform_state.Phase.STOPPED is watcher.platform.phase
    assert 1 == watcher.platform.nodes["catalog"].restarts


async def test_a_unit_that_never_gets_healthy_ends_the_start(home: Path) -> None:
    (port,) = free_ports(1)

    async def never() -> bool:
        return False

    unit = dataclasses.replace(fake_platform.unit("catalog", port), probe=never)

    with pytest.raises(supervisor.StartFailed, match="not healthy after 0 s"):
        await supervisor.Supervisor(home, [unit], [], patience=0.3).run()

    assert [] == left_behind(home)


def test_what_a_killed_process_had_started_ends_before_its_successor_starts(home: Path, start: Start) -> None:
    (port,) = free_ports(1)
    start({"name": "packager", "port": port, "flags": ["--child"]})
    until(lambda: is_ready(home))
    first = node(home, "packager").pid
    assert first is not None
    (grandchild,) = psutil.Process(first).children()

    os.kill(first, signal.SIGKILL)
    until(
        lambda: node(home, "packager").status is platform_state.Status.HEALTHY and node(home, "packager").pid != first
    )

    assert grandchild not in left_behind(home)


def test_sigterm_leaves_no_process_behind(home: Path, start: Start) -> None:
    one, two = free_ports(2)
    platform = start(
        {"name": "first", "port": one, "flags": ["--child"]},
        {"name": "second", "port": two, "after": ["first"], "flags": ["--stubborn"]},
    )
    until(lambda: is_ready(home))

    platform.send_signal(signal.SIGTERM)
    code = platform.wait(testing.PATIENCE)

    assert 0 == code
    assert [] == left_behind(home)


def test_a_killed_supervisor_takes_its_children_along(home: Path, start: Start) -> None:
    one, two = free_ports(2)
    platform = start(
        {"name": "first", "port": one, "flags": ["--child"]},
        {"name": "second", "port": two},
    )
    until(lambda: is_ready(home))
    assert left_behind(home)

    platform.kill()
    until(lambda: not left_behind(home))


def test_a_start_clears_away_what_a_lost_platform_left(home: Path, start: Start) -> None:
    (port,) = free_ports(1)
    stray = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(600)"],
        env={**os.environ, orphan_cleanup.VARIABLE: f"{home}#1#catalog#"},
    )

    start({"name": "catalog", "port": port})
    until(lambda: is_ready(home))

    assert -signal.SIGTERM == stray.wait(testing.PATIENCE)


def test_a_taken_port_is_named_with_its_holder(home: Path, start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        number = holder.getsockname()[1]
        platform = start({"name": "catalog", "port": number})
        _, said = platform.communicate(timeout=testing.PATIENCE)

    assert 1 == platform.returncode
    assert f"port {number} is taken by process {os.getpid()}" in said


def test_a_second_start_says_that_one_is_running(home: Path, start: Start) -> None:
    (port,) = free_ports(1)
    first = start({"name": "catalog", "port": port})
    until(lambda: is_ready(home))

    second = start({"name": "catalog", "port": port})
    _, said = second.communicate(timeout=testing.PATIENCE)

    assert f"already running (process {first.pid})" in said
    assert first.poll() is None


def test_a_process_that_never_comes_up_ends_the_start_with_its_last_words(home: Path, start: Start) -> None:
    one, two = free_ports(2)
    platform = start(
        {"name": "good", "port": one},
        {"name": "bad", "port": two, "flags": ["--fail"]},
    )
    _, said = platform.communicate(timeout=testing.PATIENCE)

    assert 1 == platform.returncode
    assert "bad does not come up" in said
    assert "the disk is made of cheese" in said
    assert [] == left_behind(home)


def test_a_log_past_its_limit_is_put_aside_at_the_next_start(tmp_path: Path) -> None:
    with log_files.open_for(tmp_path, "catalog", limit=10) as log:
        log.write(b"a long line of the first run\n")
    with log_files.open_for(tmp_path, "catalog", limit=10) as log:
        log.write(b"second\n")

    assert ["second"] == log_files.tail(log_files.path(tmp_path, "catalog"), 5)
    assert "first run" in (tmp_path / "catalog.log.1").read_text()
