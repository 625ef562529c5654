"""Events that a service could not handle: stored and counted until an operator replays or drops them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from marquee.event.v1 import event_internal_pb2
from prometheus_client import Counter, Gauge

from services.kit import event_streams
from services.kit import redis as kit_redis

_PREFIX = "marquee:dead-letters:"
_REPLAY_PREFIX = "marquee:replays:"
#: How many dead letters a service keeps. Each is in the log too.
_MAX_LETTERS = 10_000
#: The memory that they may take, as a share of that of a stream of events.
_SHARE = 1 / 4
_BATCH = 500
_MAX_CAUSE_CHARACTERS = 500

_SET_ASIDE = Counter("marquee_events_set_aside", "Events set aside after failing too often.", ["group"])
_WAITING = Gauge("marquee_dead_letters", "Events set aside that were neither replayed nor dropped.", ["group"])


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One event that a service could not handle."""

    #: Unique among the dead letters of its service.
    letter_id: str
    #: When it was set aside.
    time: datetime
    #: The stream of the event.
    stream: str
    #: What the handler raised last.
    cause: str
    #: None if the entry holds no event.
    event: event_internal_pb2.Event | None


class DeadLetters:
    """The dead letters of one service.

    Args:
        group: the consuming service.
        redis: holds the streams.
    """

    def __init__(self, group: str, redis: kit_redis.Client) -> None:
        self.group = group
        self._redis = redis
        self._stream = f"{_PREFIX}{group}"
        #: The stream of events to be handled again; only the consumer of this service reads it.
        self.replays = f"{_REPLAY_PREFIX}{group}"

    async def add(self, stream: str, fields: dict[bytes, bytes], cause: str) -> None:
        """Sets an event aside. The oldest ones are removed when they are too many or take too much memory."""
        entry: dict[Any, Any] = {
            event_streams.FIELD: fields[event_streams.FIELD],
            b"stream": stream,
            b"cause": cause[:_MAX_CAUSE_CHARACTERS],
        }
        await self._redis.xadd(self._stream, entry, maxlen=_MAX_LETTERS, approximate=True)
        _SET_ASIDE.labels(self.group).inc()
        await event_streams.trim_memory(self._redis, self._stream, _SHARE)

    async def count(self) -> int:
        """Returns how many there are, and sets the metric."""
        count = int(await self._redis.xlen(self._stream))
        _WAITING.labels(self.group).set(count)
        return count

    async def list(self) -> AsyncIterator[DeadLetter]:
        """Yields the dead letters, the oldest first."""
        async for entry_id, fields in self._entries():
            yield _letter(entry_id, fields)

    async def replay(self, letter_ids: Sequence[str] | None = None) -> int:
        """Gives dead letters, or all of them, back to the consumer of their service; returns how many.

        No other service sees them again.
        """
        count = 0
        async for entry_id, fields in self._entries(letter_ids):
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.xadd(self.replays, {event_streams.FIELD: fields[event_streams.FIELD]})
                pipe.xdel(self._stream, entry_id)
                await pipe.execute()
            count += 1
        return count

    async def drop(self, letter_ids: Sequence[str] | None = None) -> int:
        """Removes dead letters, or all of them, for good; returns how many."""
        count = 0
        async for entry_id, _ in self._entries(letter_ids):
            count += int(await self._redis.xdel(self._stream, entry_id))
        return count

    async def _entries(
        self, letter_ids: Sequence[str] | None = None
    ) -> AsyncIterator[tuple[bytes, dict[bytes, bytes]]]:
        """Yields the entries with these ids, or all that exist when it starts."""
        if letter_ids is not None:
            for letter_id in letter_ids:
                entries: Any = await self._redis.xrange(self._stream, letter_id, letter_id)
                for entry_id, fields in entries:
                    yield entry_id, fields
            return
        newest: Any = await self._redis.xrevrange(self._stream, count=1)
        batch: Any = newest and await self._redis.xrange(self._stream, "-", newest[0][0], count=_BATCH)
        while batch:
            for entry_id, fields in batch:
                yield entry_id, fields
            batch = await self._redis.xrange(self._stream, b"(" + batch[-1][0], newest[0][0], count=_BATCH)


def _letter(entry_id: bytes, fields: dict[bytes, bytes]) -> DeadLetter:
    return DeadLetter(
        letter_id=entry_id.decode(),
        time=datetime.fromtimestamp(event_streams.order(entry_id)[0] / 1000, UTC),
        stream=fields.get(b"stream", b"").decode(),
        cause=fields.get(b"cause", b"").decode(errors="replace"),
        event=event_streams.read_event(fields),
    )
