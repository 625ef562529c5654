"""What services tell each other after the fact, losing nothing.

An event is written to the outbox of its service in the transaction of the change that it tells of. A relay in the same
process moves it to a Redis stream; a consumer of another service takes it from there in a group and notes its id in
the transaction of its own change, so that an event that comes twice acts once. Caches follow with a tail instead:
every replica sees every event, and none is remembered.

    transaction ─ outbox ─ Relay ─▶ Redis stream ─┬▶ Consumer (group, inbox, transaction)
                                                  └▶ Tail (every replica, from now on)
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from google.protobuf.message import DecodeError
from marquee.event.v1 import event_internal_pb2
from redis.exceptions import ResponseError
from sqlalchemy import BigInteger, Column, DateTime, Identity, LargeBinary, MetaData, Table, Text, func, select
from sqlalchemy.dialects import postgresql

from services.kit import context, db, errors, ids, logs
from services.kit import redis as kit_redis
from services.kit.clock import Clock, SystemClock

_PREFIX = "marquee:events:"
_FIELD = b"event"
_BATCH = 200
#: How long a stream keeps events for consumers that are away.
_KEPT = timedelta(days=7)
#: A relay that is not woken looks by itself this often.
_POLL_SECONDS = 1.0
_RETRY_SECONDS = 0.5
_RETRY_MOST_SECONDS = 5.0
#: An event that was taken but not finished in this time belongs to a consumer that died.
_ABANDONED_MILLISECONDS = 15_000
#: How often a consumer looks for what such a one left.
_CLAIM_SECONDS = 5.0
#: An event that fails this often is set aside, so that those behind it are not held up for ever.
_MOST_ATTEMPTS = 8
_DEAD = f"{_PREFIX}dead"

_log = logs.logger()

#: A stream, an id in it, and what stands there.
_Entry = tuple[str, bytes, dict[bytes, bytes]]

Handler = Callable[[db.WriteSession, event_internal_pb2.Event], Awaitable[None]]
Listener = Callable[[event_internal_pb2.Event], Awaitable[None]]

_metadata = MetaData()
_outbox = Table(
    "outbox",
    _metadata,
    Column("position", BigInteger, Identity(), primary_key=True),
    Column("event", LargeBinary, nullable=False),
)
_inbox = Table(
    "inbox",
    _metadata,
    Column("event_id", Text, primary_key=True),
    Column("seen_time", DateTime(timezone=True), server_default=func.now(), nullable=False),
)
# Built once: what is executed with every event should not be put together with every event.
_ADD = _outbox.insert()
_OLDEST = (
    select(_outbox.c.position, _outbox.c.event)
    .order_by(_outbox.c.position)
    .limit(_BATCH)
    .with_for_update(skip_locked=True)
)
_NOTE = postgresql.insert(_inbox).on_conflict_do_nothing().returning(_inbox.c.event_id)


def create_tables(op: Any) -> None:
    """Creates the outbox and the inbox of a service; called from its first migration with `alembic.op`."""
    op.create_table("outbox", *(column._copy() for column in _outbox.columns))
    op.create_table("inbox", *(column._copy() for column in _inbox.columns))


def stream(area: str) -> str:
    """Answers the name of the stream with the events of `area`."""
    return f"{_PREFIX}{area}"


class Outbox:
    """Where a service writes its events, and the relay that moves them on.

    Args:
        area: the service, which names the stream.
        database: the service's own.
        redis: where the streams are.
        clock: tells when an event happened.
    """

    def __init__(self, area: str, database: db.Database, redis: kit_redis.Client, clock: Clock) -> None:
        self._stream = stream(area)
        self._database = database
        self._redis = redis
        self._clock = clock
        self._written = asyncio.Event()

    async def add(self, session: db.WriteSession, *, occur_time: datetime | None = None, **payload: Any) -> None:
        """Adds an event to the transaction of `session`, its payload by field name: `media_ready=MediaReady(…)`.

        It happened at `occur_time`, or now.
        """
        event = event_internal_pb2.Event(event_id=ids.new(), request_id=context.current().request_id, **payload)
        event.occur_time.FromDatetime(occur_time or self._clock.now())
        await session.execute(_ADD, {"event": event.SerializeToString()})
        db.after_commit(session, self._written.set)

    async def relay(self) -> None:
        """Moves events on, for as long as the process lives. Redis or the database may go and come back."""
        while True:
            self._written.clear()
            try:
                moved = await self._move()
            except (errors.Unavailable, *kit_redis.AWAY) as away:
                _log.warning("relay waits", stream=self._stream, cause=str(away))
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            if moved < _BATCH:
                # Not `wait_for`: where the event and a cancellation come at once, Python 3.11's forgets the latter.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_POLL_SECONDS):
                        await self._written.wait()

    async def _move(self) -> int:
        """Moves one batch: to Redis first, out of the outbox after, so that a crash in between repeats, never loses."""
        async with self._database.transaction() as session:
            batch = (await session.execute(_OLDEST)).all()
            if not batch:
                return 0
            # Redis names entries by the time of day, whatever the service's clock says.
            oldest = int((SystemClock().now() - _KEPT).timestamp() * 1000)
            async with self._redis.pipeline(transaction=True) as pipe:
                for row in batch:
                    pipe.xadd(self._stream, {_FIELD: row.event}, minid=oldest, approximate=True)
                await pipe.execute()
            await session.execute(_outbox.delete().where(_outbox.c.position.in_([row.position for row in batch])))
        return len(batch)


class Consumer:
    """Takes the events of other services, each once for the whole service, in order.

    Args:
        group: the consuming service.
        areas: whose events.
        database: the consuming service's own, with its inbox.
        redis: where the streams are; a client without a timeout.
        handle: acts on one event within a transaction that also notes its id.
    """

    def __init__(
        self,
        group: str,
        areas: Sequence[str],
        database: db.Database,
        redis: kit_redis.Client,
        handle: Handler,
    ) -> None:
        self._group = group
        self._streams = [stream(area) for area in areas]
        self._database = database
        self._redis = redis
        self._handle = handle
        self._name = ids.new()

    async def run(self) -> None:
        """Consumes for as long as the process lives. Redis or the database may go and come back."""
        while True:
            try:
                await self._create_groups()
                async for name, entry_id, fields in self._entries():
                    await self._act(name, entry_id, fields)
            except ResponseError as lost:  # Redis came back without the group, or without the stream.
                _log.warning("consumer starts anew", group=self._group, cause=str(lost))
            except (errors.Unavailable, *kit_redis.AWAY) as away:
                _log.warning("consumer waits", group=self._group, cause=str(away))
            await asyncio.sleep(_RETRY_SECONDS)

    async def _create_groups(self) -> None:
        for name in self._streams:
            try:
                await self._redis.xgroup_create(name, self._group, id="0", mkstream=True)
            except ResponseError as exists:
                if "BUSYGROUP" not in str(exists):
                    raise

    async def _entries(self) -> AsyncIterator[_Entry]:
        """Answers what this consumer took and did not finish, what others left when they died, and what is new."""
        for name in self._streams:
            while own := await self._read_group({name: "0"}):
                for entry in own:
                    yield entry
        claim_at = 0.0
        while True:
            if time.monotonic() >= claim_at:
                for name in self._streams:
                    claimed: Any = await self._redis.xautoclaim(
                        name, self._group, self._name, min_idle_time=_ABANDONED_MILLISECONDS, count=_BATCH
                    )
                    for entry_id, fields in claimed[1]:
                        yield name, entry_id, fields
                claim_at = time.monotonic() + _CLAIM_SECONDS
            for entry in await self._read_group(dict.fromkeys(self._streams, ">"), block=1000):
                yield entry

    async def _read_group(self, places: dict[Any, Any], block: int | None = None) -> list[_Entry]:
        answer: Any = await self._redis.xreadgroup(self._group, self._name, places, count=_BATCH, block=block)
        return [(name.decode(), entry_id, fields) for name, batch in answer or () for entry_id, fields in batch]

    async def _act(self, name: str, entry_id: bytes, fields: dict[bytes, bytes]) -> None:
        event = _read(fields)
        attempt = 0
        while event is not None:
            attempt += 1
            try:
                await self._act_once(event)
                break
            except errors.Unavailable as away:  # Nothing is wrong with the event: it waits.
                _log.warning("event waits", event_id=event.event_id, cause=str(away))
            except Exception:  # noqa: BLE001 - whatever the handler raises, the events behind this one go on.
                _log.exception("event failed", event_id=event.event_id, attempt=attempt, group=self._group)
                if attempt >= _MOST_ATTEMPTS:
                    await self._redis.xadd(_DEAD, {_FIELD: fields[_FIELD], b"group": self._group})
                    break
            await asyncio.sleep(min(0.1 * 2**attempt, _RETRY_MOST_SECONDS))
        await self._redis.xack(name, self._group, entry_id)

    async def _act_once(self, event: event_internal_pb2.Event) -> None:
        context.CURRENT.set(context.Call(method="event", request_id=event.request_id or ids.new()))
        async with self._database.transaction() as session:
            noted = await session.execute(_NOTE, {"event_id": event.event_id})
            if noted.first() is not None:
                await self._handle(session, event)


class Tail:
    """Shows every event from now on to this replica; for caches, which start empty.

    Args:
        areas: whose events.
        redis: where the streams are; a client without a timeout.
        listen: is shown each event.
        missed: is called when events may have been missed, because Redis was away.
    """

    def __init__(
        self, areas: Sequence[str], redis: kit_redis.Client, listen: Listener, missed: Callable[[], Awaitable[None]]
    ) -> None:
        self._last = {stream(area): b"0" for area in areas}
        self._redis = redis
        self._listen = listen
        self._missed = missed

    async def start(self) -> None:
        """Notes the end of the streams. What is loaded after this misses nothing."""
        while True:
            try:
                self._last = {name: await self._end(name) for name in self._last}
            except kit_redis.AWAY:
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                return

    async def run(self) -> None:
        """Follows for as long as the process lives."""
        while True:
            try:
                places: dict[Any, Any] = dict(self._last)
                entries: Any = await self._redis.xread(places, count=_BATCH, block=1000)
            except kit_redis.AWAY as away:
                _log.warning("tail waits", cause=str(away))
                await asyncio.sleep(_RETRY_SECONDS)
                await self._catch_up()
                continue
            for name, batch in entries or ():
                for entry_id, fields in batch:
                    if (event := _read(fields)) is not None:
                        await self._listen(event)
                    self._last[name.decode()] = entry_id

    async def _catch_up(self) -> None:
        """A Redis that came back without its streams begins them anew, so the old place may never be reached."""
        with contextlib.suppress(*kit_redis.AWAY):
            for name, last in self._last.items():
                if _order(await self._end(name)) < _order(last):
                    self._last[name] = b"0"
            await self._missed()

    async def _end(self, name: str) -> bytes:
        newest: Any = await self._redis.xrevrange(name, count=1)
        return bytes(newest[0][0]) if newest else b"0"


def _order(entry_id: bytes) -> tuple[int, int]:
    milliseconds, _, sequence = entry_id.partition(b"-")
    return int(milliseconds), int(sequence or 0)


def _read(fields: dict[bytes, bytes] | None) -> event_internal_pb2.Event | None:
    try:
        return event_internal_pb2.Event.FromString((fields or {})[_FIELD])
    except (KeyError, DecodeError):
        _log.error("event unreadable")
        return None
