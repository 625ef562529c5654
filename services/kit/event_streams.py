"""The Redis streams of events: their names, their entries and their limits."""

from __future__ import annotations

from datetime import timedelta

from google.protobuf.message import DecodeError
from marquee.event.v1 import event_internal_pb2
from prometheus_client import Counter

from services.kit import logs
from services.kit import redis as kit_redis

_PREFIX = "marquee:events:"
FIELD = b"event"
#: How long a stream keeps events for consumers that are away.
RETENTION = timedelta(days=7)
#: How many events a stream keeps at most.
MAX_EVENTS = 100_000
#: The share of Redis' memory limit that one stream may take, and the share that it may take while Redis uses more than
#: `_TIGHT` of its limit: leases and counters must still be written when a stream has grown.
_SHARE, _SHARE_WHEN_TIGHT, _TIGHT = 1 / 8, 1 / 20, 0.6
#: How many bytes one stream may take if Redis has no limit.
_MAX_BYTES = 64 * 1024 * 1024
#: The share of its allowed memory that a stream is trimmed to.
_AFTER_TRIM = 0.8

_REMOVED = Counter("marquee_stream_events_removed", "Events removed from a stream for its memory.", ["stream"])

_log = logs.logger()


def name_of(area: str) -> str:
    """Returns the name of the stream with the events of `area`."""
    return f"{_PREFIX}{area}"


async def trim(redis: kit_redis.Client, stream: str) -> None:
    """Trims a stream by age, by number of events and by memory.

    The age is that by the clock of Redis, which makes the ids of entries, so a service whose clock is ahead removes
    nothing too early. This also trims a stream that no event is added to, and one that a full Redis refuses to add to.
    """
    seconds, _ = await redis.time()
    await redis.xtrim(stream, minid=(seconds - int(RETENTION.total_seconds())) * 1000, approximate=True)
    await redis.xtrim(stream, maxlen=MAX_EVENTS, approximate=True)
    await trim_memory(redis, stream)


async def trim_memory(redis: kit_redis.Client, stream: str, share: float = 1) -> None:
    """Trims a stream that takes more memory than `share` of what a stream may take.

    The events that every consumer has handled are removed first, and others only if that is not enough.
    """
    allowed = await _allowed_bytes(redis) * share
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
    _log.warning("stream trimmed for its memory", stream=stream, bytes=used, allowed=int(allowed), removed=removed)


async def _allowed_bytes(redis: kit_redis.Client) -> int:
    memory = await redis.info("memory")
    limit = int(memory.get("maxmemory", 0))
    if not limit:
        return _MAX_BYTES
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
    """Returns the event in an entry; logs and returns None if the entry holds no event."""
    try:
        return event_internal_pb2.Event.FromString((fields or {})[FIELD])
    except (KeyError, DecodeError):
        _log.error("event unreadable")
        return None


def order(entry_id: bytes) -> tuple[int, int]:
    """Returns the sort key of the id of an entry."""
    milliseconds, _, sequence = entry_id.partition(b"-")
    return int(milliseconds), int(sequence or 0)
