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

#: How many lines are gathered at most; one of a call has some 250 bytes.
_MOST_BUFFERED = 256
_FLUSH_SECONDS = 0.2


class LineWriter:
    """Buffers lines and writes them a few times a second, so that a log line costs no system call.

    What is gathered is lost only if the process is killed outright; `close` writes the rest.
    """

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        # Whatever thread appends or takes away, a deque stays whole, so that a line waits for no lock.
        self._lines: deque[bytes | dict[str, Any]] = deque()
        self._writing = threading.Lock()
        self._closed = threading.Event()
        threading.Thread(target=self._flush_regularly, name="log-writer", daemon=True).start()

    def write(self, line: bytes | dict[str, Any]) -> None:
        """Takes one line without its end, or what it says, which is encoded when lines are written."""
        self._lines.append(line)
        if len(self._lines) >= _MOST_BUFFERED:
            self.flush()

    def flush(self) -> None:
        """Writes what has been gathered."""
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
    """Writes the one line of each call, past structlog's chain, which costs more than a small read."""

    writer: LineWriter | None = None
    service = ""

    @classmethod
    def write(cls, told: dict[str, Any]) -> None:
        """Writes a call; nothing before `configure`."""
        if cls.writer is not None:
            cls.writer.write(told)


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

    def named(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["service"] = service
        call = context.CURRENT.get()
        if call is not None:
            event.setdefault("request_id", call.request_id)
        return event

    def rendered(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> bytes:
        return orjson.dumps({"time": time.time(), **event}, default=str)

    structlog.configure(
        processors=[structlog.stdlib.add_log_level, named, structlog.processors.format_exc_info, rendered],
        logger_factory=lambda *_: _Logger(writer),
        cache_logger_on_first_use=True,
    )
    return writer


def logger() -> Any:
    """Returns the logger of this process."""
    return structlog.get_logger()
