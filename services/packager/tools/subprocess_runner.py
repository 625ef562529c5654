"""Runs a media tool at low priority in a process group of its own."""

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

# Packaging is background work; requests of viewers on the same machine have priority.
_BACKGROUND = 10
_ATTEMPTS = 3
_TAIL_BYTES = 65_536
_REASON_LINES = 4
_REASON_CHARACTERS = 600
# Matches `[mov,mp4 @ 0x5581]` of FFmpeg and `E1121 03:45:13.383663 32537 packager_main.cc:678]` of Shaka Packager.
_ORIGIN = re.compile(r"^(\[[^\]]*\] |[IWEF]\d{4} [\d:.]+ +\d+ [\w.]+:\d+\] )+")
_DIRECTORY = re.compile(r"(?<![\w.:/])/(?:[^\s/:'\"]+/)+")


class ToolFailed(Exception):
    """A tool failed; `reason` says why, in the tool's last messages or in plain words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Output:
    """The output of a successful tool: its standard output and the end of its standard error."""

    stdout: str
    stderr: str


async def run(
    arguments: Sequence[str | Path],
    *,
    directory: Path | None = None,
    on_line: Callable[[str], None] | None = None,
) -> Output:
    """Runs a tool and returns its output. Raises `ToolFailed`.

    With `on_line`, each line of the standard output is passed to it and not kept.
    If the caller is canceled, the process group is killed before the cancellation propagates.
    A tool that was killed by a signal, for example for lack of memory, is run again, up to three times.
    """
    for _ in range(_ATTEMPTS):
        status, output = await _run(arguments, directory, on_line)
        if status == 0:
            return output
        if status > 0:
            break
    raise ToolFailed(summarize(output.stderr) or describe_status(status))


async def _run(
    arguments: Sequence[str | Path], directory: Path | None, on_line: Callable[[str], None] | None
) -> tuple[int, Output]:
    async with running(arguments, directory=directory) as process:
        stdout, stderr = await asyncio.gather(read_lines(process.stdout, on_line), read_tail(process.stderr))
        status = await process.wait()
    return status, Output(stdout, stderr)


@asynccontextmanager
async def running(
    arguments: Sequence[str | Path],
    *,
    directory: Path | None = None,
    stdin: int = asyncio.subprocess.DEVNULL,
    stdout: int = asyncio.subprocess.PIPE,
    niceness: int = _BACKGROUND,
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Runs a tool during the block, and kills its process group at the end of the block if it still runs."""
    process = await asyncio.create_subprocess_exec(
        *("nice", "-n", str(niceness)),
        *(str(argument) for argument in arguments),
        stdin=stdin,
        stdout=stdout,
        stderr=asyncio.subprocess.PIPE,
        cwd=directory,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


def summarize(stderr: str) -> str:
    """Returns a tool's last lines as one line, without repetitions, memory addresses and directories."""
    lines: list[str] = []
    for written in stderr.splitlines():
        line = _DIRECTORY.sub("", _ORIGIN.sub("", written.strip()))
        if line and line not in lines:
            lines.append(line)
    return "; ".join(lines[-_REASON_LINES:])[:_REASON_CHARACTERS]


def describe_status(status: int) -> str:
    """Returns how a tool ended, in plain words."""
    if status < 0:
        return f"ended by {signal.Signals(-status).name}"
    return f"ended with status {status}"


async def read_lines(stream: asyncio.StreamReader | None, on_line: Callable[[str], None] | None) -> str:
    """Returns what a tool writes until its end; with `on_line`, passes it each line and returns nothing."""
    if stream is None:
        return ""
    if on_line is None:
        # A tag may hold a picture, on one line that exceeds the limit of `readline`.
        return (await stream.read()).decode(errors="replace")
    while raw := await stream.readline():
        on_line(raw.decode(errors="replace").strip())
    return ""


async def read_tail(stream: asyncio.StreamReader | None) -> str:
    """Returns the end of what a tool writes."""
    tail = b""
    while stream and (chunk := await stream.read(_TAIL_BYTES)):
        tail = (tail + chunk)[-_TAIL_BYTES:]
    return tail.decode(errors="replace")
