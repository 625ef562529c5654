"""Threads for long computations, which would delay other calls on the event loop."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

#: A computation that is queued behind so many others per thread ends too late for a home.
_MAX_QUEUED_PER_THREAD = 8

_T = TypeVar("_T")


class ThreadPool:
    """As many threads as there are cores: more would only make each of them slower.

    Args:
        size: the number of threads; the number of cores if None.
    """

    def __init__(self, size: int | None = None) -> None:
        self.size = size or os.cpu_count() or 1
        #: The number of computations that are queued or running.
        self.pending = 0
        self._executor = ThreadPoolExecutor(self.size, thread_name_prefix="computing")

    @property
    def is_overloaded(self) -> bool:
        """Whether a computation that is queued now ends too late for a home."""
        return self.pending > self.size * _MAX_QUEUED_PER_THREAD

    async def run(self, compute: Callable[[], _T]) -> _T:
        """Returns the result of `compute`, which may only read what does not change."""
        self.pending += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, compute)
        finally:
            self.pending -= 1
