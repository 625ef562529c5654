"""Computing beside the event loop, so that whoever asks for something small does not wait for something large."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

#: What stands behind so many others a core comes too late for who waits for a home.
_MOST_WAITING = 8

_T = TypeVar("_T")


class ThreadPool:
    """Threads that compute, as many as there are cores: more would only make each of them slower.

    Args:
        count: how many; those of the machine if None.
    """

    def __init__(self, count: int | None = None) -> None:
        self.count = count or os.cpu_count() or 1
        #: How much was asked for and is waited for still.
        self.asked = 0
        self._threads = ThreadPoolExecutor(self.count, thread_name_prefix="computing")

    @property
    def busy(self) -> bool:
        """Whether what is asked for now would come too late for a home."""
        return self.asked > self.count * _MOST_WAITING

    async def run(self, compute: Callable[[], _T]) -> _T:
        """Returns what `compute` answers; it may only read what does not change."""
        self.asked += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, compute)
        finally:
            self.asked -= 1
