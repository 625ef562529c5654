"""The streams of a server that stay open: no response is their last one, so the stop of the server ends them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any


class OpenStreams:
    """Knows the streams that are open."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self.is_ending = False

    @contextlib.contextmanager
    def hold(self, task: asyncio.Task[Any]) -> Iterator[None]:
        """Counts the stream that a task serves, for the length of the block."""
        self._tasks.add(task)
        try:
            yield
        finally:
            self._tasks.discard(task)

    def end_all(self) -> None:
        """Cancels the tasks of all streams."""
        self.is_ending = True
        for task in self._tasks:
            task.cancel()
