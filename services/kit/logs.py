"""Structured logs: one JSON object a line, one line a call."""

import errno
import io
import json
import sys
import threading
import time
from collections import deque
from collections.abc import MutableMapping, Sequence
from typing import Any, BinaryIO

import orjson
import structlog
from prometheus_client import Counter

from services.kit import context

#: How many lines are buffered at most; the line of a call has about 250 bytes.
_MAX_BUFFERED = 256
_FLUSH_SECONDS = 0.2

_DROPPED = Counter("marquee_log_lines_dropped", "Log lines that could not be written, as on a full disk.")


class LineWriter:
    """Buffers lines and writes them a few times a second, so that a log line costs no system call.

    Buffered lines are lost only if the process is killed; `close` writes the rest.
    A line that cannot be written, as on a full disk, fails no call: it is dropped and counted, and a line with the
    number of dropped lines is written before the next one.

    Args:
        target: where the lines go. It must be unbuffered: a buffer would keep a part of a line that it could not write.
        service: the service that the line about dropped lines names.
    """

    def __init__(self, target: BinaryIO, service: str = "") -> None:
        self._target = target
        self._service = service
        # Appending to a deque and removing from it is safe in any thread, so that a line waits for no lock.
        self._lines: deque[bytes | dict[str, Any]] = deque()
        self._writing = threading.Lock()
        self._closed = threading.Event()
        #: How many lines were dropped since the last line that was written.
        self._dropped = 0
        #: Whether the target ends in the middle of a line.
        self._cut = False
        threading.Thread(target=self._flush_regularly, name="log-writer", daemon=True).start()

    def write(self, line: bytes | dict[str, Any]) -> None:
        """Buffers one line without its end, or its fields, which are encoded when lines are written."""
        self._lines.append(line)
        if len(self._lines) >= _MAX_BUFFERED:
            self.flush()

    def flush(self) -> None:
        """Writes the buffered lines."""
        with self._writing:
            lines = [encode(self._lines.popleft()) for _ in range(len(self._lines))]
            if lines and self._dropped and self._write([self._dropped_notice()]):
                self._dropped = 0
            lost = len(lines) - (0 if self._dropped else self._write(lines))
            if lost:
                self._dropped += lost
                _DROPPED.inc(lost)

    def close(self) -> None:
        """Writes the rest and stops."""
        self._closed.set()
        self.flush()

    def _write(self, lines: Sequence[bytes]) -> int:
        """Writes lines and returns how many were written whole."""
        # A line that was cut off earlier ends here.
        data = b"\n" * self._cut + b"".join(line + b"\n" for line in lines)
        written = 0
        try:
            while written < len(data):
                written += self._target.write(data[written:]) or _would_block()
        except OSError:
            whole = max(0, data.count(b"\n", 0, written) - self._cut)
            self._cut = not data[:written].endswith(b"\n") if written else self._cut
            return whole
        self._cut = False
        return len(lines)

    def _dropped_notice(self) -> bytes:
        fields = {"level": "warning", "event": "log lines dropped", "service": self._service, "lines": self._dropped}
        return encode({"time": time.time(), **fields})

    def _flush_regularly(self) -> None:
        while not self._closed.wait(_FLUSH_SECONDS):
            self.flush()


def encode(line: bytes | dict[str, Any]) -> bytes:
    """Returns a line, or its fields as one JSON object."""
    if isinstance(line, bytes):
        return line
    try:
        return orjson.dumps(line, default=str)
    except orjson.JSONEncodeError:
        # Text that is not valid Unicode, such as a file name in another encoding: the other encoder escapes it.
        return json.dumps(line, default=str).encode()


def _would_block() -> int:
    """Raises the error of a target that takes nothing now, for which `write` returns None."""
    raise BlockingIOError(errno.EAGAIN, "the target of the log takes no more")


class CallLog:
    """Writes the line of each call without the processors of structlog, which cost more than a small read."""

    writer: LineWriter | None = None
    service = ""

    @classmethod
    def write(cls, fields: dict[str, Any]) -> None:
        """Writes the line of a call; does nothing before `configure`."""
        if cls.writer is not None:
            cls.writer.write(fields)


class _Logger:
    """Receives finished lines from structlog."""

    def __init__(self, writer: LineWriter) -> None:
        self._writer = writer

    def msg(self, line: bytes) -> None:
        self._writer.write(line)

    debug = info = warning = error = critical = exception = msg


def configure(service: str, target: BinaryIO | None = None) -> LineWriter:
    """Sends all logs of this process, as `service`, to `target` (standard output); returns the writer, to be closed."""
    writer = LineWriter(target or io.FileIO(sys.stdout.fileno(), "w", closefd=False), service)
    CallLog.writer, CallLog.service = writer, service

    def add_context(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["service"] = service
        call = context.CURRENT.get()
        if call is not None:
            event.setdefault("request_id", call.request_id)
        return event

    def render(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> bytes:
        return encode({"time": time.time(), **event})

    structlog.configure(
        processors=[structlog.stdlib.add_log_level, add_context, structlog.processors.format_exc_info, render],
        logger_factory=lambda *_: _Logger(writer),
        cache_logger_on_first_use=True,
    )
    return writer


def logger() -> Any:
    """Returns the logger of this process."""
    return structlog.get_logger()
