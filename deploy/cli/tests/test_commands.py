"""Tests of the commands that show the state of a platform or refuse to start one."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner, Result

from deploy.cli import __main__ as cli
from deploy.local import log_files, orphan_cleanup, platform_state, settings, topology
from deploy.local.tests import port_allocation
from deploy.local.tests.platform_waits import is_ready, wait_until
from services.kit import testing


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith("MARQUEE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("MARQUEE_HOME", str(tmp_path))
    monkeypatch.setenv("MARQUEE_PORT", str(port_allocation.free_edge_port(tmp_path)))
    return tmp_path


@pytest.fixture
def running(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A platform with one fake service, called catalog."""
    edge = int(os.environ["MARQUEE_PORT"])
    port = next(service for service in topology.SERVICES if service.name == "catalog").ports[0].number(edge)
    units = json.dumps([{"name": "catalog", "port": port}])
    process = subprocess.Popen(
        [sys.executable, "-m", "deploy.local.tests.fake_platform", str(home), units, str(edge)], cwd=settings.PROJECT
    )
    wait_until(lambda: is_ready(home))
    yield process
    process.terminate()
    process.wait(testing.PATIENCE)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli.main, arguments)


def test_help_lists_the_exit_codes(home: Path) -> None:
    result = run("--help")

    assert 0 == result.exit_code
    assert "Exit codes:" in result.output


def test_the_command_starts_without_generated_stubs_and_client_libraries() -> None:
    """The stubs do not exist before `make proto`, and importing them would delay every start."""
    code = "import sys, deploy.cli.__main__; print(*{'marquee', 'grpc', 'redis'} & set(sys.modules))"

    result = subprocess.run(
        [sys.executable, "-c", code], cwd=settings.PROJECT, capture_output=True, text=True, check=True
    )

    assert "" == result.stdout.strip()


def test_doctor_reports_as_json_what_fails_and_how_to_fix_it(home: Path) -> None:
    edge = int(os.environ["MARQUEE_PORT"])

    with socket.create_server(("127.0.0.1", edge)):
        result = run("doctor", "--json")
    checks = {check["name"]: check for check in json.loads(result.output)["checks"]}

    assert 6 == result.exit_code
    assert "failed" == checks["ports"]["verdict"]
    assert f"process {os.getpid()}" in checks["ports"]["detail"]
    assert checks["ports"]["fix"]
    assert {"python", "disk", "memory", "postgres", "redis", "envoy", "ffmpeg", "database"} <= set(checks)


@pytest.mark.parametrize("command", ["status", "down"])
def test_a_platform_that_does_not_run_has_its_own_exit_code(home: Path, command: str) -> None:
    result = run(command, "--json")

    assert 3 == result.exit_code
    assert 3 == json.loads(result.output)["code"]


def test_status_shows_each_process_with_its_health_and_memory(home: Path, running: subprocess.Popen[bytes]) -> None:
    result = run("status", "--json")
    report = json.loads(result.output)
    (row,) = report["processes"]

    assert 0 == result.exit_code
    assert ("catalog", "healthy", 0) == (row["name"], row["health"], row["restarts"])
    assert row["memory_bytes"] > 1_000_000
    assert row["uptime_seconds"] >= 0


def test_status_finds_a_process_that_runs_but_does_not_respond(home: Path, running: subprocess.Popen[bytes]) -> None:
    platform = platform_state.read(home)
    assert platform is not None
    pid = platform.nodes["catalog"].pid
    assert pid is not None

    os.kill(pid, signal.SIGSTOP)
    try:
        result = run("status", "--json")
    finally:
        os.kill(pid, signal.SIGCONT)

    assert 6 == result.exit_code
    assert "unhealthy" == json.loads(result.output)["processes"][0]["health"]


def test_down_returns_after_the_last_process_has_ended(home: Path, running: subprocess.Popen[bytes]) -> None:
    result = run("down")

    assert 0 == result.exit_code
    assert 0 == running.wait(testing.PATIENCE)
    assert 3 == run("status").exit_code


def tagged(home: Path) -> list[psutil.Process]:
    return orphan_cleanup.find_processes(f"{home}#")


def kill_supervisor_and_reaper(supervisor: subprocess.Popen[bytes]) -> None:
    (reaper,) = (
        child for child in psutil.Process(supervisor.pid).children() if "orphan_reaper" in str(child.cmdline())
    )
    reaper.kill()
    reaper.wait(testing.PATIENCE)
    supervisor.kill()
    supervisor.wait(testing.PATIENCE)


@pytest.mark.parametrize("is_state_lost", [False, True])
def test_processes_without_supervisor_and_reaper_are_found_and_ended(
    home: Path, running: subprocess.Popen[bytes], is_state_lost: bool
) -> None:
    kill_supervisor_and_reaper(running)
    if is_state_lost:
        shutil.rmtree(home / "run")
    (orphan,) = tagged(home)

    status = run("status", "--json")
    down = run("down")

    assert 6 == status.exit_code
    assert f"({orphan.pid})" in json.loads(status.output)["error"]
    assert 0 == down.exit_code
    assert [] == tagged(home)
    assert [3, 3] == [run(command).exit_code for command in ("status", "down")]


@pytest.mark.parametrize("flags", [(), ("--detach",)])
def test_a_supervisor_whose_lock_was_deleted_is_found(
    home: Path, running: subprocess.Popen[bytes], flags: tuple[str, ...]
) -> None:
    shutil.rmtree(home / "run")

    second = run("up", *flags)
    down = run("down")

    assert 4 == second.exit_code
    assert f"already running (process {running.pid})" in second.output
    assert 0 == down.exit_code
    assert running.poll() is not None
    assert [] == tagged(home)


@pytest.mark.parametrize("flags", [(), ("--detach",)])
def test_a_second_up_is_refused(home: Path, running: subprocess.Popen[bytes], flags: tuple[str, ...]) -> None:
    result = run("up", *flags)

    assert 4 == result.exit_code
    assert f"already running (process {running.pid})" in result.output


@pytest.mark.parametrize("flags", [(), ("--detach",)])
def test_up_names_the_process_that_holds_its_port(home: Path, flags: tuple[str, ...]) -> None:
    edge = int(os.environ["MARQUEE_PORT"])

    with socket.create_server(("127.0.0.1", edge)):
        result = run("up", *flags)

    assert 5 == result.exit_code
    assert f"port {edge} is taken by process {os.getpid()}" in result.output


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"MARQUEE_PORT": "63000"}, "MARQUEE_PORT"),
        ({"MARQUEE_ENV": "staging"}, "MARQUEE_ENV"),
    ],
)
def test_up_refuses_invalid_settings_and_unsafe_secrets(
    home: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], message: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    result = run("up")

    assert 7 == result.exit_code
    assert message in result.output


def test_up_on_a_full_disk_ends_with_a_message(
    home: Path, monkeypatch: pytest.MonkeyPatch, small_disk: Callable[[int], Path]
) -> None:
    full = small_disk(64 * 1024)
    with contextlib.suppress(OSError):
        (full / "filler").write_bytes(bytes(1024 * 1024))
    monkeypatch.setenv("MARQUEE_HOME", str(full))

    result = run("up")

    assert 1 == result.exit_code
    assert "No space left on device" in result.output


def test_production_refuses_a_home_with_demo_accounts(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARQUEE_ENV", "production")
    settings.read(os.environ).seeded.touch()

    result = run("up")

    assert 7 == result.exit_code
    assert "demo accounts" in result.output


def test_replicas_of_an_unknown_service_are_refused(home: Path) -> None:
    assert 7 == run("up", "--replicas", "cinema=2").exit_code


def test_logs_prints_the_last_lines_of_each_process(home: Path) -> None:
    directory = home / "logs"
    directory.mkdir()
    (directory / "catalog.log").write_text("one\ntwo\nthree\n")
    (directory / "identity.log").write_text("four\n")

    result = run("logs", "-n", "2")

    assert ["catalog  │ two", "catalog  │ three", "identity │ four"] == result.output.splitlines()
    assert 2 == run("logs", "cinema").exit_code


def test_followed_logs_continue_after_a_rotation(home: Path) -> None:
    file = home / "logs" / "catalog.log"
    file.parent.mkdir()
    file.write_text("before\n")
    log = file.open("ab")
    follower = subprocess.Popen(
        [sys.executable, "-m", "deploy.cli", "logs", "-f", "catalog"],
        cwd=settings.PROJECT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert follower.stdout is not None
    try:
        first = follower.stdout.readline()
        os.kill(follower.pid, signal.SIGSTOP)
        log.write(b"just before\n")
        log.flush()
        log_files.rotate(file)
        log.write(b"after\n")
        log.close()
        os.kill(follower.pid, signal.SIGCONT)
        rest = [follower.stdout.readline() for _ in range(2)]
    finally:
        follower.kill()
        follower.communicate()

    assert ["before\n", "just before\n", "after\n"] == [first, *rest]
