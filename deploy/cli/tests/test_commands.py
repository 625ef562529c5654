"""Promises of the commands that look at a platform or refuse to start one."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from deploy.cli import __main__ as cli
from deploy.local import platform_state, settings, topology
from deploy.local.tests import port_allocation
from deploy.local.tests.fake_platform import is_ready, until
from services.kit import testing


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith("MARQUEE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("MARQUEE_HOME", str(tmp_path))
    monkeypatch.setenv("MARQUEE_PORT", str(port_allocation.an_edge_port(tmp_path)))
    return tmp_path


@pytest.fixture
def running(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A platform of a single, fake catalogue."""
    edge = int(os.environ["MARQUEE_PORT"])
    port = next(service for service in topology.SERVICES if service.name == "catalog").ports[0].number(edge)
    units = json.dumps([{"name": "catalog", "port": port}])
    process = subprocess.Popen(
        [sys.executable, "-m", "deploy.local.tests.fake_platform", str(home), units, str(edge)], cwd=settings.PROJECT
    )
    until(lambda: is_ready(home))
    yield process
    process.terminate()
    process.wait(testing.PATIENCE)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli.main, arguments)


def test_help_tells_the_exit_codes(home: Path) -> None:
    result = run("--help")

    assert 0 == result.exit_code
    assert "Exit codes:" in result.output


def test_doctor_tells_a_script_what_is_wrong_and_what_to_do(home: Path) -> None:
    edge = int(os.environ["MARQUEE_PORT"])

    with socket.create_server(("127.0.0.1", edge)):
        result = run("doctor", "--json")
    checks = {check["name"]: check for check in json.loads(result.output)["checks"]}

    assert 6 == result.exit_code
    assert "failed" == checks["ports"]["verdict"]
    assert f"process {os.getpid()}" in checks["ports"]["found"]
    assert checks["ports"]["fix"]
    assert {"python", "disk", "memory", "postgres", "redis", "envoy", "ffmpeg", "database"} <= set(checks)


@pytest.mark.parametrize("command", ["status", "down"])
def test_a_platform_that_does_not_run_has_a_code_of_its_own(home: Path, command: str) -> None:
    result = run(command, "--json")

    assert 3 == result.exit_code
    assert 3 == json.loads(result.output)["code"]


def test_status_shows_each_process_with_its_health_and_memory(home: Path, running: subprocess.Popen[bytes]) -> None:
    result = run("status", "--json")
    told = json.loads(result.output)
    (row,) = told["processes"]

    assert 0 == result.exit_code
    assert ("catalog", "healthy", 0) == (row["name"], row["health"], row["restarts"])
    assert row["memory_bytes"] > 1_000_000
    assert row["uptime_seconds"] >= 0


def test_status_finds_a_process_that_lives_but_does_not_answer(home: Path, running: subprocess.Popen[bytes]) -> None:
    platform = platform_state.read(home)
    assert platform is not None
    pid = platform.nodes["catalog"].pid
    assert pid is not None

    os.kill(pid, 19)
    try:
        result = run("status", "--json")
    finally:
        os.kill(pid, 18)

    assert 6 == result.exit_code
    assert "unhealthy" == json.loads(result.output)["processes"][0]["health"]


def test_down_returns_when_the_last_process_is_gone(home: Path, running: subprocess.Popen[bytes]) -> None:
    result = run("down")

    assert 0 == result.exit_code
    assert 0 == running.wait(testing.PATIENCE)
    assert 3 == run("status").exit_code


@pytest.mark.parametrize("flags", [(), ("--detach",)])
def test_a_second_up_is_refused(home: Path, running: subprocess.Popen[bytes], flags: tuple[str, ...]) -> None:
    result = run("up", *flags)

    assert 4 == result.exit_code
    assert f"already running (process {running.pid})" in result.output


@pytest.mark.parametrize("flags", [(), ("--detach",)])
def test_up_names_the_process_that_has_its_port(home: Path, flags: tuple[str, ...]) -> None:
    edge = int(os.environ["MARQUEE_PORT"])

    with socket.create_server(("127.0.0.1", edge)):
        result = run("up", *flags)

    assert 5 == result.exit_code
    assert f"port {edge} is taken by process {os.getpid()}" in result.output


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"MARQUEE_PORT": "63000"}, "MARQUEE_PORT"),
        ({"MARQUEE_ENV": "staging"}, "MARQUEE_ENV"),
    ],
)
def test_up_refuses_what_it_must_not_run_with(
    home: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], said: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    result = run("up")

    assert 7 == result.exit_code
    assert said in result.output


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


def test_followed_logs_go_on_after_a_rotation(home: Path) -> None:
    file = home / "logs" / "catalog.log"
    file.parent.mkdir()
    file.write_text("before\n")
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
        file.rename(file.with_suffix(".log.1"))
        file.write_text("after\n")
        second = follower.stdout.readline()
    finally:
        follower.terminate()
        follower.communicate()

    assert ("before\n", "after\n") == (first, second)
