"""The Redis streams that carry events: their names, what an entry holds, how long they grow."""

from __future__ import annotations

from datetime import timedelta

from google.protobuf.message import DecodeError
from marquee.event.v1 import event_internal_pb2
from prometheus_client import Counter

from services.kit import logs
from services.kit import redis as kit_redis
from services.kit.clock import SystemClock

_PREFIX = "marquee:events:"
FIELD = b"event"
#: How long a stream keeps events for consumers that are away.
RETENTION = timedelta(days=7)
#: How many events a stream keeps at most.
MOST_EVENTS = 100_000
#: The share of Redis' memory limit that one stream may take, and the same once all that Redis holds takes more than
#: the last of the three: leases and counters must go on when a stream has grown.
_SHARE, _SHARE_WHEN_TIGHT, _TIGHT = 1 / 8, 1 / 20, 0.6
#: What one stream may take where Redis has no limit, in bytes.
_MOST_BYTES = 64 * 1024 * 1024
#: The share of what it may take that a stream keeps which took more.
_AFTER_TRIM = 0.8

_REMOVED = Counter("marquee_stream_events_removed", "Events removed from a stream for its memory.", ["stream"])

_log = logs.logger()


def name_of(area: str) -> str:
    """Returns the name of the stream with the events of `area`."""
    return f"{_PREFIX}{area}"


def oldest_id() -> int:
    """Returns the oldest id that a stream keeps.

    Redis names entries by the time of day in milliseconds, whatever the service's clock says.
    """
    return int((SystemClock().now() - RETENTION).timestamp() * 1000)


async def trim(redis: kit_redis.Client, stream: str) -> None:
    """Removes what a stream has too much of: by age, by number and by the memory it takes.

    A relay trims by age with each event that it adds. This also serves a stream that nobody adds to, and one that Redis
    refuses to add to because it is full. Where a stream takes too much memory, what every consumer has handled goes
    first; the rest only if that is not enough.
    """
    await redis.xtrim(stream, minid=oldest_id(), approximate=True)
    await redis.xtrim(stream, maxlen=MOST_EVENTS, approximate=True)
    allowed = await _allowed_bytes(redis)
    if await _used_bytes(redis, stream) <= allowed:
        return
    removed = 0
    if handled := await _handled_up_to(redis, stream):
        removed = await redis.xtrim(stream, minid=handled, approximate=False)
    used = await _used_bytes(redis, stream)
    if used > allowed:
        kept = int(await redis.xlen(stream) * allowed / used * _AFTER_TRIM)
        removed += await redis.xtrim(stream, maxlen=kept, approximate=False)
    _REMOVED.labels(stream).inc(removed)
    _log.warning("stream trimmed for its memory", stream=stream, bytes=used, allowed=allowed, removed=removed)


async def _allowed_bytes(redis: kit_redis.Client) -> int:
    memory = await redis.info("memory")
    limit = int(memory.get("maxmemory", 0))
    if not limit:
        return _MOST_BYTES
    return int(limit * (_SHARE_WHEN_TIGHT if memory["used_memory"] > limit * _TIGHT else _SHARE))


async def _used_bytes(redis: kit_redis.Client, stream: str) -> int:
    return int(await redis.memory_usage(stream) or 0)


async def _handled_up_to(redis: kit_redis.Client, stream: str) -> bytes | None:
    """Returns the id before which every group has handled every entry, None if no group reads the stream."""
    firsts = []
    for group in await redis.xinfo_groups(stream):
        pending = await redis.xpending(stream, group["name"])
        firsts.append(pending["min"] if pending["pending"] else group["last-delivered-id"])
    return min(firsts, key=order, default=None)


def read_event(fields: dict[bytes, bytes] | None) -> event_internal_pb2.Event | None:
    """Returns the event in an entry; None, with a line in the log, for an entry that holds none."""
    try:
        return event_internal_pb2.Event.FromString((fields or {})[FIELD])
    except (KeyError, DecodeError):
        _log.error("event unreadable")
        return None


def order(entry_id: bytes) -> tuple[int, int]:
    """Returns what sorts the ids of entries."""
    milliseconds, _, sequence = entry_id.partition(b"-")
    return int(milliseconds), int(sequence or 0)
