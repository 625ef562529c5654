"""Subprocesses: their output, failures and cancellation."""

import asyncio
import time
from pathlib import Path

import pytest

from services.kit import testing
from services.packager.tools import subprocess_runner


async def test_a_failure_contains_the_last_lines_of_stderr():
    with pytest.raises(subprocess_runner.ToolFailed, match="no; never"):
        await subprocess_runner.run(["sh", "-c", "echo no >&2; echo never >&2; exit 3"])


async def test_a_failure_without_output_contains_the_exit_status():
    with pytest.raises(subprocess_runner.ToolFailed, match="ended with status 3"):
        await subprocess_runner.run(["sh", "-c", "exit 3"])


async def test_a_tool_that_is_killed_once_is_retried(tmp_path):
    marker = tmp_path / "note"

    done = await subprocess_runner.run(
        ["sh", "-c", f"test -e {marker} && echo done || {{ touch {marker}; kill -9 $$; }}"]
    )

    assert "done\n" == done.stdout


async def test_a_tool_that_is_killed_repeatedly_fails():
    with pytest.raises(subprocess_runner.ToolFailed, match="ended by SIGKILL"):
        await subprocess_runner.run(["sh", "-c", "kill -9 $$"])


async def test_the_stored_stderr_of_a_tool_is_limited():
    done = await subprocess_runner.run(["sh", "-c", "yes complaint | head -c 3000000 >&2"])

    assert len(done.stderr) <= 65_536


async def test_a_line_may_be_longer_than_the_read_buffer():
    done = await subprocess_runner.run(["sh", "-c", "head -c 300000 /dev/zero | tr '\\0' x"])

    assert 300_000 == len(done.stdout)


async def test_a_canceled_tool_is_killed_with_its_child_processes(tmp_path):
    marker = tmp_path / "pid"
    running = asyncio.create_task(subprocess_runner.run(["sh", "-c", f"sleep 60 & echo $! > {marker}; wait"]))
    await asyncio.to_thread(wait_for_content, marker)

    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert running.cancelled()
    assert has_ended(int(marker.read_text()))


def wait_for_content(marker: Path) -> None:
    """Waits until a file is not empty."""
    while not (marker.exists() and marker.read_text().strip()):
        time.sleep(0.01)


def has_ended(pid: int) -> bool:
    """Waits until a process has ended or is a zombie; returns whether it has."""
    deadline = time.monotonic() + testing.PATIENCE
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.01)
    return False


def test_a_summary_has_no_addresses_directories_or_repetitions():
    complaints = (
        "E1121 03:45:13.383663   32537 packager_main.cc:678] Cannot open /srv/media/.work/0190/144p.mp4\n"
        "[mov,mp4 @ 0x55d] [error] moov atom not found\n"
        "[in#0 @ 0x55e] moov atom not found\n"
        "Error opening input file /srv/media/films/a.mp4.\n"
    )

    assert "Cannot open 144p.mp4; moov atom not found; Error opening input file a.mp4." == subprocess_runner.summarize(
        complaints
    )
