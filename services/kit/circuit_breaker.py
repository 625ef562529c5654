"""A circuit breaker: calls to a service that does not answer fail at once for a while."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from prometheus_client import Counter, Gauge

from services.kit import context, errors, logs, outages

_T = TypeVar("_T")

_OPEN = Gauge("marquee_circuit_open", "1 while calls to a service are refused.", ["callee"])
_FAILURES = Counter("marquee_circuit_failures", "Calls that a callee failed.", ["callee"])

_log = logs.logger()


class CircuitOpen(errors.Unavailable):
    """The callee failed shortly before, and is not called."""

    reason, domain = "SERVICE_UNAVAILABLE", errors.PLATFORM

    def __init__(self, callee: str) -> None:
        super().__init__(f"{callee} does not answer; try again.", metadata={"service": callee})


class CircuitBreaker:
    """Stops calling a service that failed, and tries it with one call after a pause.

    Only failures of the callee are counted: outages (`outages.is_outage`), INTERNAL, and an answer that takes longer
    than `patience`. An error with which a callee answers, such as NOT_FOUND, is an answer. A call that ended because
    its caller had less time left than `patience`, or was cancelled, says nothing about the callee.

    One event loop uses it; it needs no lock.

    Args:
        callee: names the callee in errors, in the log and in the metrics, such as `viewing`.
        patience: how many seconds an answer may take; None for as long as the call itself allows.
        failures: how many failures in a row open the circuit.
        pause: for how many seconds it stays open before one call tries the callee again.
        monotonic: returns the time in seconds.
    """

    def __init__(
        self,
        callee: str,
        *,
        patience: float | None = None,
        failures: int = 3,
        pause: float = 2.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._callee = callee
        self._patience = patience
        self._max_failures = failures
        self._pause = pause
        self._monotonic = monotonic
        self._failures = 0
        self._open_until: float | None = None
        self._probing = False

    @property
    def is_open(self) -> bool:
        """Whether a call would be refused now."""
        return self._open_until is not None and (self._probing or self._monotonic() < self._open_until)

    async def call(
        self, make_call: Callable[[], Awaitable[_T]], *, patience: float | None = None, force: bool = False
    ) -> _T:
        """Returns what the call returns.

        Raises CircuitOpen while the circuit is open, DeadlineExceeded when the answer takes longer than
        `patience`, and otherwise what the call raises. All of them are `errors.Error` for calls over the mesh.

        The call is cancelled when its time is over. `lambda: asyncio.shield(task)` leaves it running.

        Args:
            make_call: makes the call, such as `lambda: stub.GetSignals(request)`.
            patience: instead of the breaker's own.
            force: calls although the circuit is open, for callers that prefer to wait.
        """
        if self.is_open and not force:
            raise CircuitOpen(self._callee)
        probing = self._probing = self._open_until is not None
        allowed = self._patience if patience is None else patience
        remaining = context.current().remaining()
        is_short = remaining is not None and (allowed is None or remaining < allowed)
        try:
            async with asyncio.timeout(allowed):
                result = await make_call()
        except Exception as raised:
            late = isinstance(raised, TimeoutError | errors.DeadlineExceeded)
            if late and is_short:
                pass  # The caller's time was over, not the callee's.
            elif isinstance(raised, errors.Internal) or outages.is_outage(raised):
                self._note_failure(raised)
            else:
                self._note_success()
            if isinstance(raised, TimeoutError):
                raise errors.DeadlineExceeded(f"{self._callee} did not answer in time.") from raised
            raise
        else:
            self._note_success()
            return result
        finally:
            if probing:
                self._probing = False

    def _note_success(self) -> None:
        self._failures = 0
        if self._open_until is not None:
            self._open_until = None
            _OPEN.labels(self._callee).set(0)
            _log.info("circuit closed", callee=self._callee)

    def _note_failure(self, cause: Exception) -> None:
        self._failures += 1
        _FAILURES.labels(self._callee).inc()
        if self._open_until is None and self._failures < self._max_failures:
            return
        self._open_until = self._monotonic() + self._pause
        _OPEN.labels(self._callee).set(1)
        _log.warning("circuit open", callee=self._callee, cause=str(cause) or type(cause).__name__)
