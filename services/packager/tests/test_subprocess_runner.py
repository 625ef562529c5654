import asyncio
import time
from pathlib import Path

import pytest

from services.kit import testing
from services.packager import subprocess_runner


async def test_a_tool_that_fails_tells_why_in_its_last_words():
    with pytest.raises(subprocess_runner.ToolFailed, match="no; never"):
        await subprocess_runner.run(["sh", "-c", "echo no >&2; echo never >&2; exit 3"])


async def test_a_tool_that_fails_without_a_word_tells_its_status():
    with pytest.raises(subprocess_runner.ToolFailed, match="ended with status 3"):
        await subprocess_runner.run(["sh", "-c", "exit 3"])


async def test_a_tool_that_is_killed_once_is_run_again(tmp_path):
    note = tmp_path / "note"

    done = await subprocess_runner.run(["sh", "-c", f"test -e {note} && echo done || {{ touch {note}; kill -9 $$; }}"])

    assert "done\n" == done.stdout


async def test_a_tool_that_is_always_killed_is_given_up():
    with pytest.raises(subprocess_runner.ToolFailed, match="ended by SIGKILL"):
        await subprocess_runner.run(["sh", "-c", "kill -9 $$"])


async def test_a_tool_that_writes_without_end_is_kept_in_bounds():
    done = await subprocess_runner.run(["sh", "-c", "yes complaint | head -c 3000000 >&2"])

    assert len(done.stderr) <= 65_536


async def test_a_line_may_be_longer_than_any_buffer():
    done = await subprocess_runner.run(["sh", "-c", "head -c 300000 /dev/zero | tr '\\0' x"])

    assert 300_000 == len(done.stdout)


async def test_a_canceled_tool_is_gone_with_all_it_started(tmp_path):
    note = tmp_path / "pid"
    running = asyncio.create_task(subprocess_runner.run(["sh", "-c", f"sleep 60 & echo $! > {note}; wait"]))
    await asyncio.to_thread(written, note)

    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert running.cancelled()
    assert ended(int(note.read_text()))


def written(note: Path) -> None:
    """Waits until a file is not empty."""
    while not (note.exists() and note.read_text().strip()):
        time.sleep(0.01)


def ended(pid: int) -> bool:
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


def test_a_reason_has_neither_addresses_nor_directories_nor_repetitions():
    complaints = (
        "E1121 03:45:13.383663   32537 packager_main.cc:678] Cannot open /srv/media/.work/0190/144p.mp4\n"
        "[mov,mp4 @ 0x55d] [error] moov atom not found\n"
        "[in#0 @ 0x55e] moov atom not found\n"
        "Error opening input file /srv/media/films/a.mp4.\n"
    )

    assert "Cannot open 144p.mp4; moov atom not found; Error opening input file a.mp4." == subprocess_runner.summarize(
        complaints
    )
