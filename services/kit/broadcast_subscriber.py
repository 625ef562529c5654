"""Delivers the events of other services to every replica, for the data that it holds in memory."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from marquee.event.v1 import event_internal_pb2

from services.kit import event_streams, logs, periodic_task
from services.kit import redis as kit_redis

_BATCH = 200

_log = logs.logger()

Listener = Callable[[event_internal_pb2.Event], Awaitable[None]]


class BroadcastSubscriber:
    """Delivers every event from now on to this replica; for caches, which start empty.

    Args:
        areas: the services whose events are delivered.
        redis: holds the streams; a client without a timeout.
        listen: is called with each event.
        missed: is called when events may have been missed, because Redis was away or `listen` failed.
    """

    def __init__(
        self, areas: Sequence[str], redis: kit_redis.Client, listen: Listener, missed: Callable[[], Awaitable[None]]
    ) -> None:
        self._last = {event_streams.name_of(area): b"0" for area in areas}
        self._redis = redis
        self._listen = listen
        self._missed = missed
        self._is_interrupted = False

    async def start(self) -> None:
        """Notes the end of the streams. Data that is loaded after this misses no event."""
        ends = {name: await self._wait_for_end(name) for name in self._last}
        self._last = ends

    async def run(self) -> None:
        """Delivers events until it is cancelled. Redis may go and come back."""
        await periodic_task.run("broadcast subscriber", self._follow, period=0)

    async def _follow(self) -> None:
        if self._is_interrupted:
            await self._catch_up()
        self._is_interrupted = True
        while True:
            periodic_task.raise_if_cancelled()
            positions: dict[Any, Any] = dict(self._last)
            entries: Any = await self._redis.xread(positions, count=_BATCH, block=1000)
            failed = False
            for name, batch in entries or ():
                for entry_id, fields in batch:
                    failed |= not await self._deliver(fields)
                    self._last[name.decode()] = entry_id
            if failed:
                await self._missed()

    async def _deliver(self, fields: dict[bytes, bytes]) -> bool:
        """Calls the listener with an event; returns whether it succeeded. A failure is not repeated."""
        event = event_streams.read_event(fields)
        if event is not None:
            try:
                await self._listen(event)
            except Exception:  # noqa: BLE001 - the next events are delivered all the same.
                _log.exception("listener failed", event_id=event.event_id)
                return False
        return True

    async def _catch_up(self) -> None:
        """Restarts at the first entry of a stream that Redis lost: its new ids may be smaller than the last one."""
        for name, last in self._last.items():
            if event_streams.order(await self._end(name)) < event_streams.order(last):
                self._last[name] = b"0"
        await self._missed()

    async def _wait_for_end(self, name: str) -> bytes:
        return await periodic_task.until_success("broadcast start", lambda: self._end(name), retry_faults=True)

    async def _end(self, name: str) -> bytes:
        newest: Any = await self._redis.xrevrange(name, count=1)
        return bytes(newest[0][0]) if newest else b"0"
