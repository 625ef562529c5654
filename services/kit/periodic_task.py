"""Work that a process repeats in the background; a failure of it does not end the process."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from prometheus_client import Counter, Gauge

from services.kit import context, ids, logs, outages

_T = TypeVar("_T")

#: The pauses after failures: the first one, doubled with each further failure up to the longest.
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0
#: Replicas that lost the same engine should not return to it at the same moment.
_JITTER = 0.2

_FAILURES = Counter("marquee_task_failures", "Failed runs of background tasks.", ["task", "kind"])
_FAILING = Gauge("marquee_task_failing", "Failures of a background task since its last success.", ["task"])

_log = logs.logger()


async def run(
    name: str,
    action: Callable[[], Awaitable[object]],
    *,
    period: float | None,
    wake: asyncio.Event | None = None,
    first_pause: float = FIRST_PAUSE,
    longest_pause: float = LONGEST_PAUSE,
) -> None:
    """Runs `action` again and again until it is cancelled, whatever `action` raises.

    A failure is logged, counted in `marquee_task_failures` (kind `outage` or `fault`, see `outages.is_outage`) and
    tried again after a pause, which doubles with each failure in a row. What `action` returns is ignored: an action
    that may have more to do loops itself.

    An action that never returns, such as one that reads a stream, is started again when it fails;
    `period` is then 0.

    Args:
        name: names the task in the log and in the metrics, such as `outbox relay`.
        action: does the work once. It is called within a `context.Call` of its own.
        period: seconds between the end of a run and the next one; None waits for `wake` alone.
        wake: starts the next run at once when it is set. It is cleared before each run, so that what is set during
            a run leads to another one. It does not shorten the pause after a failure.
        first_pause: seconds before the first retry.
        longest_pause: seconds that the pauses grow to.
    """
    retries = _Retries(name, first_pause, longest_pause)
    while True:
        raise_if_cancelled()
        if wake is not None:
            wake.clear()
        context.CURRENT.set(context.Call(method=f"task {name}", request_id=ids.new()))
        retries.begin()
        try:
            await action()
        except Exception as raised:  # noqa: BLE001 - no failure of the work may end the process.
            await retries.pause_after(raised)
        else:
            retries.note_success()
            raise_if_cancelled()
            await _wait(period, wake)


async def until_success(
    name: str,
    action: Callable[[], Awaitable[_T]],
    *,
    retry_faults: bool = False,
    first_pause: float = FIRST_PAUSE,
    longest_pause: float = LONGEST_PAUSE,
) -> _T:
    """Runs `action` until it succeeds and returns its result: for work that an outage must not interrupt.

    Failures are logged, counted and followed by pauses as those of `run`.

    Args:
        name: names the work in the log and in the metrics.
        action: does the work. It may have been done in part before.
        retry_faults: whether to try again after any failure; otherwise a failure that is no outage is raised.
        first_pause: seconds before the first retry.
        longest_pause: seconds that the pauses grow to.
    """
    retries = _Retries(name, first_pause, longest_pause)
    while True:
        raise_if_cancelled()
        retries.begin()
        try:
            result = await action()
        except Exception as raised:
            if not retry_faults and not outages.is_outage(raised):
                raise
            await retries.pause_after(raised)
        else:
            retries.note_success()
            return result


def raise_if_cancelled() -> None:
    """Raises CancelledError in a task that was cancelled but is still running.

    A library that handles a timeout or a lost connection at that moment swallows the cancellation. Actions with a loop
    of their own call this once per iteration.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


class _Retries:
    """The failures in a row of one task, and the pauses that follow them."""

    def __init__(self, name: str, first_pause: float, longest_pause: float) -> None:
        self._name = name
        self._first = first_pause
        self._longest = longest_pause
        self._failures = 0
        self._began = 0.0

    def begin(self) -> None:
        self._began = time.monotonic()

    def note_success(self) -> None:
        if self._failures:
            self._failures = 0
            _FAILING.labels(self._name).set(0)
            _log.info("task recovered", task=self._name)

    async def pause_after(self, raised: Exception) -> None:
        # After a long successful run, a failure is the first in a row.
        self._failures = 1 if time.monotonic() - self._began > self._longest else self._failures + 1
        outage = outages.is_outage(raised)
        _FAILURES.labels(self._name, "outage" if outage else "fault").inc()
        _FAILING.labels(self._name).set(self._failures)
        if outage:
            cause = str(raised) or type(raised).__name__
            _log.warning("task waits", task=self._name, failures=self._failures, cause=cause)
        else:
            _log.error("task failed", task=self._name, failures=self._failures, exc_info=raised)
        raise_if_cancelled()
        pause = min(self._first * 2 ** min(self._failures - 1, 30), self._longest)
        await asyncio.sleep(pause * random.uniform(1 - _JITTER, 1 + _JITTER))  # noqa: S311 - spreads load only


async def _wait(period: float | None, wake: asyncio.Event | None) -> None:
    if wake is None:
        await asyncio.sleep(period or 0)
        return
    # Not `wait_for`: in Python 3.11 it loses a cancellation that comes at the same time as the event.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(period):
            await wake.wait()
