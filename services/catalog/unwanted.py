"""Asks viewing which titles a profile does not want to see; does not wait where it is away or late."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from marquee.viewing.v1 import viewing_pb2, viewing_pb2_grpc

from services.kit import context, errors, logs

#: A home is not worth waiting for longer: it stands in, and is asked for to be fast.
SECONDS = 0.03
#: Who fails so often in a row is left alone for a while.
_MOST_FAILURES, _PAUSE_SECONDS = 3, 2.0
#: For how long, and for how many profiles, the last word counts where there is no newer one.
_REMEMBERED_SECONDS, _MOST_REMEMBERED = 60.0, 1_000

_log = logs.logger()


class Unwanted:
    """What profiles do not want to see.

    A call that is late goes on, and tells for the next home: one that is broken off costs viewing a connection to its
    database, and the next call is later still.

    Args:
        viewing: knows what profiles did.
        seconds: how long a home waits for it.
    """

    def __init__(self, viewing: viewing_pb2_grpc.ViewingInternalServiceAsyncStub, *, seconds: float = SECONDS) -> None:
        self._viewing = viewing
        self._seconds = seconds
        self._failures = 0
        self._paused_until = 0.0
        self._asking: dict[str, asyncio.Task[frozenset[str] | None]] = {}
        self._told: OrderedDict[str, tuple[float, frozenset[str]]] = OrderedDict()

    async def by(self, caller: context.Caller) -> frozenset[str] | None:
        """Answers the titles that the calling profile hid, finished or does not like; None where that is not told."""
        if asyncio.get_running_loop().time() >= self._paused_until:
            asking = self._asking.get(caller.profile_id) or self._ask(caller)
            done, _ = await asyncio.wait({asking}, timeout=self._seconds)
            if done and (told := asking.result()) is not None:
                self._failures = 0
                return told
            self._fail()
        return self._remembered(caller.profile_id)

    def _ask(self, caller: context.Caller) -> asyncio.Task[frozenset[str] | None]:
        profile_id = caller.profile_id
        asking = self._asking[profile_id] = asyncio.create_task(self._call(profile_id, caller.account_id))
        asking.add_done_callback(lambda _: self._asking.pop(profile_id, None))
        return asking

    async def _call(self, profile_id: str, account_id: str) -> frozenset[str] | None:
        request = viewing_pb2.GetExcludedTitlesRequest(profile_id=profile_id, account_id=account_id)
        try:
            answer = await self._viewing.GetExcludedTitles(request)
        except errors.Error as away:
            _log.warning("viewing is away", cause=str(away))
            return None
        told = frozenset(answer.title_ids)
        self._told.pop(profile_id, None)
        self._told[profile_id] = (asyncio.get_running_loop().time(), told)
        if len(self._told) > _MOST_REMEMBERED:
            self._told.popitem(last=False)
        return told

    def _remembered(self, profile_id: str) -> frozenset[str] | None:
        time, told = self._told.get(profile_id, (0.0, None))
        return told if told is not None and time + _REMEMBERED_SECONDS > asyncio.get_running_loop().time() else None

    def _fail(self) -> None:
        self._failures += 1
        if self._failures >= _MOST_FAILURES:
            self._paused_until = asyncio.get_running_loop().time() + _PAUSE_SECONDS
