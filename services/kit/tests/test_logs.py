"""Log lines that cannot be written are dropped and counted, and fail no call."""

import errno
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import orjson
import prometheus_client

from services.kit import logs

#: Every write to it fails as on a full disk.
FULL = Path("/dev/full")


class SmallDisk(io.RawIOBase):
    """A target on a file system with a number of free bytes; like the kernel, it writes what still fits."""

    def __init__(self, free: int) -> None:
        self.free = free
        self.content = b""

    def write(self, data: bytes) -> int:  # type: ignore[override]
        fitting = bytes(data[: self.free])
        if not fitting:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.free -= len(fitting)
        self.content += fitting
        return len(fitting)


def counted() -> float:
    return prometheus_client.REGISTRY.get_sample_value("marquee_log_lines_dropped_total") or 0.0


def write_lines(writer: logs.LineWriter, *names: str) -> None:
    for name in names:
        writer.write({"event": name})
    writer.flush()


def test_lines_are_dropped_while_the_disk_is_full_and_their_number_is_written_when_there_is_room() -> None:
    disk = SmallDisk(free=1000)
    writer = logs.LineWriter(disk, "catalog")  # type: ignore[arg-type]
    before = counted()
    write_lines(writer, "first")
    disk.free = 0
    write_lines(writer, "second", "third")
    write_lines(writer, "fourth")
    disk.free = 1000
    write_lines(writer, "fifth")
    writer.close()

    first, notice, fifth = (orjson.loads(line) for line in disk.content.splitlines())
    assert ({"event": "first"}, {"event": "fifth"}) == (first, fifth)
    assert ("log lines dropped", 3, "catalog", "warning") == tuple(
        notice[name] for name in ("event", "lines", "service", "level")
    )
    assert before + 3 == counted()


def test_a_line_that_was_cut_off_is_not_joined_with_the_next_one() -> None:
    disk = SmallDisk(free=30)
    writer = logs.LineWriter(disk)  # type: ignore[arg-type]
    write_lines(writer, "whole", "cut off")
    disk.free = 1000
    write_lines(writer, "next")
    write_lines(writer, "last")
    writer.close()

    whole, cut, notice, following, last = disk.content.splitlines()
    assert {"event": "whole"} == orjson.loads(whole)
    assert cut == b'{"event":"cu'
    assert 1 == orjson.loads(notice)["lines"]
    assert [{"event": "next"}, {"event": "last"}] == [orjson.loads(following), orjson.loads(last)]


def test_a_full_disk_fails_no_line_of_a_call_however_many_are_written() -> None:
    with FULL.open("wb", buffering=0) as full:
        writer = logs.LineWriter(full)
        before = counted()
        for number in range(2000):
            writer.write({"number": number})
        writer.close()

    assert before + 2000 == counted()


def test_a_process_whose_log_is_on_a_full_disk_ends_without_an_error() -> None:
    code = "from services.kit import logs; writer = logs.configure('catalog'); logs.logger().info('x'); writer.close()"

    with FULL.open("wb") as full:
        ended = subprocess.run([sys.executable, "-c", code], stdout=full, stderr=subprocess.PIPE, check=False)

    assert (0, b"") == (ended.returncode, ended.stderr)


def test_a_line_that_is_not_valid_unicode_is_written() -> None:
    line = {"path": os.fsdecode(b"film-\xff.mp4"), "kind": logs}

    assert line["path"] == json.loads(logs.encode(line))["path"]
