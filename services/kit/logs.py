"""Structured logs: one JSON object a line, one line a call."""

import sys
import threading
import time
from collections import deque
from collections.abc import MutableMapping
from typing import Any, BinaryIO

import orjson
import structlog

from services.kit import context

#: How many lines are buffered at most; the line of a call has about 250 bytes.
_MAX_BUFFERED = 256
_FLUSH_SECONDS = 0.2


class LineWriter:
    """Buffers lines and writes them a few times a second, so that a log line costs no system call.

    Buffered lines are lost only if the process is killed; `close` writes the rest.
    """

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        # Appending to a deque and removing from it is safe in any thread, so that a line waits for no lock.
        self._lines: deque[bytes | dict[str, Any]] = deque()
        self._writing = threading.Lock()
        self._closed = threading.Event()
        threading.Thread(target=self._flush_regularly, name="log-writer", daemon=True).start()

    def write(self, line: bytes | dict[str, Any]) -> None:
        """Buffers one line without its end, or its fields, which are encoded when lines are written."""
        self._lines.append(line)
        if len(self._lines) >= _MAX_BUFFERED:
            self.flush()

    def flush(self) -> None:
        """Writes the buffered lines."""
        with self._writing:
            lines = [self._lines.popleft() for _ in range(len(self._lines))]
            if lines:
                encoded = [line if isinstance(line, bytes) else orjson.dumps(line) for line in lines]
                self._target.write(b"\n".join(encoded) + b"\n")
                self._target.flush()

    def close(self) -> None:
        """Writes the rest and stops."""
        self._closed.set()
        self.flush()

    def _flush_regularly(self) -> None:
        while not self._closed.wait(_FLUSH_SECONDS):
            self.flush()


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
    writer = LineWriter(target or sys.stdout.buffer)
    CallLog.writer, CallLog.service = writer, service

    def add_context(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["service"] = service
        call = context.CURRENT.get()
        if call is not None:
            event.setdefault("request_id", call.request_id)
        return event

    def render(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> bytes:
        return orjson.dumps({"time": time.time(), **event}, default=str)

    structlog.configure(
        processors=[structlog.stdlib.add_log_level, add_context, structlog.processors.format_exc_info, render],
        logger_factory=lambda *_: _Logger(writer),
        cache_logger_on_first_use=True,
    )
    return writer


def logger() -> Any:
    """Returns the logger of this process."""
    return structlog.get_logger()
