"""Cancels calls at their deadlines: one timer checks all of them ten times a second.

A timer for each call would cost as much as a small read. A call is cancelled at most a tenth of a second late.
"""

import asyncio
import time
from typing import Any

_CHECK_SECONDS = 0.1


class Deadlines:
    """The deadlines of the calls of one event loop."""

    def __init__(self) -> None:
        self._running: dict[asyncio.Task[object], float] = {}
        self._scheduled = False
        self._loop: asyncio.AbstractEventLoop | None = None

    def current_task(self) -> asyncio.Task[Any] | None:
        """Returns the task that runs. Looking the loop up anew with each call would take as long as the rest of it."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        return asyncio.current_task(self._loop)

    def watch(self, task: asyncio.Task[object], deadline: float) -> None:
        """Cancels `task` once the monotonic clock says `deadline`, unless it is forgotten before."""
        self._running[task] = deadline
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_later(_CHECK_SECONDS, self._check)

    def forget(self, task: asyncio.Task[object]) -> None:
        """Removes `task`, which has ended."""
        self._running.pop(task, None)

    def _check(self) -> None:
        now = time.monotonic()
        for task in [task for task, deadline in self._running.items() if deadline <= now]:
            del self._running[task]
            task.cancel()
        self._scheduled = bool(self._running)
        if self._scheduled:
            asyncio.get_running_loop().call_later(_CHECK_SECONDS, self._check)
