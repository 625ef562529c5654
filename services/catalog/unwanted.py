"""Asks viewing which titles a profile does not want to see; goes on without it where it is away or late."""

from __future__ import annotations

import asyncio

from marquee.viewing.v1 import viewing_pb2, viewing_pb2_grpc

from services.kit import context, errors, logs

#: A home is not worth waiting for longer: it stands in, and is asked for to be fast.
SECONDS = 0.03
#: Who fails so often in a row is left alone for a while.
_MOST_FAILURES, _PAUSE_SECONDS = 3, 2.0

_log = logs.logger()


class Unwanted:
    """What profiles do not want to see.

    Args:
        viewing: knows what profiles did.
        seconds: how long it may take.
    """

    def __init__(self, viewing: viewing_pb2_grpc.ViewingInternalServiceAsyncStub, *, seconds: float = SECONDS) -> None:
        self._viewing = viewing
        self._seconds = seconds
        self._failures = 0
        self._paused_until = 0.0

    async def by(self, caller: context.Caller) -> frozenset[str] | None:
        """Answers the titles that the calling profile hid, finished or does not like; None where that is not told."""
        if asyncio.get_running_loop().time() < self._paused_until:
            return None
        request = viewing_pb2.GetSignalsRequest(profile_id=caller.profile_id, account_id=caller.account_id)
        try:
            # Not the call's own deadline: the mesh would take it for a failure of its own and try again.
            async with asyncio.timeout(self._seconds):
                told = await self._viewing.GetSignals(request)
        except (errors.Error, TimeoutError) as away:
            self._fail(away)
            return None
        self._failures = 0
        return frozenset(title.title_id for title in told.titles if _is_unwanted(title))

    def _fail(self, cause: Exception) -> None:
        self._failures += 1
        if self._failures >= _MOST_FAILURES:
            self._paused_until = asyncio.get_running_loop().time() + _PAUSE_SECONDS
            _log.warning("homes go on without viewing", cause=str(cause) or type(cause).__name__)


def _is_unwanted(told: viewing_pb2.TitleSignals) -> bool:
    return told.HasField("suppress_time") or told.finished or told.thumb == viewing_pb2.THUMB_DOWN
