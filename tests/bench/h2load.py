"""Runs h2load, and reads what it measured."""

import collections
import re
import shutil
import struct
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

_RATE = re.compile(r"finished in [\d.]+m?s, ([\d.]+) req/s")
_DONE = re.compile(r"(\d+) succeeded, (\d+) failed, (\d+) errored")


class LoadFailed(Exception):
    """h2load is missing, or a call failed."""


@dataclass(frozen=True)
class Load:
    """The result of one round."""

    #: Calls a second.
    rate: float
    #: Milliseconds.
    p50: float
    p95: float
    p99: float


def run(url: str, message: bytes, headers: dict[str, str], *, calls: int, connections: int, streams: int) -> Load:
    """Sends `message` as a gRPC frame `calls` times. Raises LoadFailed if a response is not HTTP 200."""
    if shutil.which("h2load") is None:
        raise LoadFailed("h2load is missing: install Debian's package nghttp2-client")
    with tempfile.TemporaryDirectory() as folder:
        body, log = Path(folder, "body"), Path(folder, "log")
        body.write_bytes(b"\0" + struct.pack(">I", len(message)) + message)
        header_arguments = [word for name, value in headers.items() for word in ("-H", f"{name}: {value}")]
        amount = ["-n", str(calls), "-c", str(connections), "-m", str(streams), "-t", "1"]
        finished = subprocess.run(
            ["h2load", *amount, *header_arguments, "-d", body, f"--log-file={log}", url],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        rate, done = _RATE.search(finished), _DONE.search(finished)
        if rate is None or done is None or done.groups() != (str(calls), "0", "0"):
            raise LoadFailed(finished)
        lines = [line.split("\t") for line in log.read_text().splitlines()]
    if any(status != "200" for _, status, _ in lines):
        raise LoadFailed(f"not every answer of {url} was 200")
    times = sorted(int(microseconds) / 1000 for _, _, microseconds in lines)
    return Load(float(rate[1]), quantile(times, 0.5), quantile(times, 0.95), quantile(times, 0.99))


def count_statuses(
    url: str, headers: dict[str, str], *, seconds: int, connections: int, streams: int
) -> collections.Counter[int]:
    """Requests `url` for some seconds, as fast as the responses come; returns the number of each HTTP status."""
    header_arguments = [word for name, value in headers.items() for word in ("-H", f"{name}: {value}")]
    amount = ["-D", str(seconds), "-c", str(connections), "-m", str(streams), "-t", "1"]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log")
        command = ["h2load", *amount, *header_arguments, f"--log-file={log}", url]
        subprocess.run(command, capture_output=True, check=True)
        return collections.Counter(int(line.split("\t")[1]) for line in log.read_text().splitlines())


def quantile(ordered: list[float], part: float) -> float:
    """Returns the quantile `part` of ordered values (nearest rank)."""
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]
