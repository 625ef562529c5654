"""Logs are rotated while their processes write them, and stay within a bounded size."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.local import log_files
from deploy.local.tests.platform_waits import wait_until
from services.kit import testing

#: Writes numbered lines to the standard output, and its last number to a file when its standard input closes.
WRITER = """
import itertools, os, sys, threading
ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
for number in itertools.count():
    os.write(1, b"%015d\\n" % number)
    if ended.is_set():
        print(number, file=sys.stderr)
        break
"""
LINE = 16


def total_size(directory: Path) -> int:
    return sum(file.stat().st_size for file in directory.iterdir())


def rotated(file: Path) -> list[Path]:
    return [log_files.rotated_path(file, number) for number in range(1, log_files.ROTATED_FILES + 2)]


def numbers(*files: Path) -> list[int]:
    return [int(line) for file in files for line in file.read_bytes().split()]


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    with log_files.open_log(tmp_path, "catalog") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER], stdin=subprocess.PIPE, stdout=log, stderr=subprocess.PIPE, text=True
        )
    yield process
    process.kill()
    process.communicate()


def test_a_log_is_rotated_while_its_process_keeps_writing_to_it(tmp_path: Path, writer: subprocess.Popen[str]) -> None:
    file = log_files.path(tmp_path, "catalog")
    for _ in range(log_files.ROTATED_FILES + 2):
        wait_until(lambda: file.stat().st_size > 100 * LINE)
        log_files.rotate(file)
    _, last = writer.communicate("", timeout=testing.PATIENCE)

    *kept, beyond = rotated(file)
    written = numbers(*reversed(kept), file)
    assert not beyond.exists()
    assert all(each.stat().st_size > 100 * LINE for each in kept)
    assert int(last) == written[-1]
    # The file has no hole where it was emptied, and no line is torn or out of order.
    assert written == sorted(set(written))


def test_logs_have_a_bounded_size(tmp_path: Path) -> None:
    with log_files.open_log(tmp_path, "catalog") as log:
        for _ in range(50):
            log.write(b"x" * 900)
            log.flush()
            log_files.rotate_all(tmp_path, max_bytes=1000)

    assert total_size(tmp_path) <= (log_files.ROTATED_FILES + 1) * 1900


def test_only_logs_over_the_maximum_are_rotated(tmp_path: Path) -> None:
    (tmp_path / "small.log").write_text("12345")
    (tmp_path / "large.log").write_text("123456")

    log_files.rotate_all(tmp_path, max_bytes=5)

    contents = {file.name: file.read_text() for file in tmp_path.iterdir()}
    assert {"small.log": "12345", "large.log": "", "large.log.1": "123456"} == contents


def test_a_log_that_fills_its_disk_is_emptied_and_written_again(
    tmp_path: Path, small_disk: Callable[[int], Path]
) -> None:
    directory = small_disk(64 * 1024)
    with log_files.open_log(directory, "catalog") as log, pytest.raises(OSError, match="No space left"):
        while True:
            os.write(log.fileno(), b"x" * 1024)

    log_files.rotate_all(directory, max_bytes=32 * 1024)
    with log_files.open_log(directory, "catalog") as log:
        log.write(b"there is room\n")

    assert ["catalog.log"] == [file.name for file in directory.iterdir()]
    assert ["there is room"] == log_files.tail(log_files.path(directory, "catalog"), 5)
