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
        replayed_count: how many of the latest events of each area are delivered at the start.
    """

    def __init__(
        self,
        areas: Sequence[str],
        redis: kit_redis.Client,
        listen: Listener,
        missed: Callable[[], Awaitable[None]],
        *,
        replayed_count: int = 0,
    ) -> None:
        self._last = {event_streams.name_of(area): b"0" for area in areas}
        self._redis = redis
        self._listen = listen
        self._missed = missed
        self._replayed_count = replayed_count
        self._is_interrupted = False

    def position(self, area: str) -> bytes:
        """Returns the id of the entry that is being delivered, or was last: the same in every replica."""
        return self._last[event_streams.name_of(area)]

    async def start(self) -> None:
        """Notes the end of the streams, or the replayed events. Data that is loaded after this misses no event."""
        self._last = {name: await self._wait_for_start(name) for name in self._last}

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
                    self._last[name.decode()] = entry_id
                    failed |= not await self._deliver(fields)
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

    async def _wait_for_start(self, name: str) -> bytes:
        return await periodic_task.until_success(
            "broadcast start", lambda: self._end(name, self._replayed_count), retry_faults=True
        )

    async def _end(self, name: str, before: int = 0) -> bytes:
        """Returns the id of the last entry of a stream, or of the one that is some entries before it."""
        newest: Any = await self._redis.xrevrange(name, count=before + 1)
        return bytes(newest[before][0]) if len(newest) > before else b"0"
