"""The event bus: services publish what happened, and no event is lost.

An event is written to the outbox of its service in the transaction of the change that it reports. A relay in the same
process moves it to a Redis stream. A consumer group of another service reads it there and stores its id in the
transaction of its own change, so that an event that is delivered twice acts once. Caches use a broadcast subscriber
instead: every replica sees every event, and no id is stored.

    transaction ─ outbox ─ relay ─▶ Redis stream ─┬▶ Consumer (group, inbox, transaction)
                                                  └▶ BroadcastSubscriber (every replica, from now on)

An engine that is away, full or read-only ends none of them, and does not count as an attempt at an event: see
`periodic_task` and `outages`. An event that fails for another cause becomes a dead letter: see `dead_letters`.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from marquee.event.v1 import event_internal_pb2
from prometheus_client import Counter, Gauge
from redis.exceptions import RedisError, ResponseError
from sqlalchemy import BigInteger, Column, DateTime, Identity, LargeBinary, MetaData, Table, Text, func, select, text
from sqlalchemy.dialects import postgresql

from services.kit import context, db, dead_letters, errors, event_streams, ids, logs, outages, periodic_task, timestamps
from services.kit import redis as kit_redis
from services.kit.clock import Clock

_BATCH = 200
#: How often a relay looks for events without being woken.
_POLL_SECONDS = 1.0
#: How often a relay trims its stream.
_TRIM_SECONDS = 60.0
#: How many events an outbox holds before changes are refused, and before events are that their clients can keep: a
#: Redis that is away or full must not fill the disk of PostgreSQL.
_MAX_WAITING, _MAX_WAITING_DEFERRABLE = 100_000, 5_000
#: A relay that is idle for longer than this loses its lock.
_LOCK_MILLISECONDS = 10_000
_FIRST_PAUSE, _MAX_PAUSE = 0.1, 5.0
#: An event that was delivered but not handled in this time belongs to a consumer that died.
_ABANDONED_MILLISECONDS = 15_000
#: How often a consumer claims the events of dead consumers.
_CLAIM_SECONDS = 5.0
#: An event that fails this often, outages not counted, becomes a dead letter, so that it does not block the next ones.
_MAX_FAULTS = 8
#: How often a consumer removes rows of the inbox and dead consumers, and how long these have been silent.
_CLEAN_UP_SECONDS = 300.0
_DEAD_MILLISECONDS = 600_000
#: An event can be delivered again for as long as its stream keeps it; its row is kept a day longer.
_INBOX_RETENTION = event_streams.RETENTION + timedelta(days=1)
_PRUNE_BATCH = 5_000

_WAITING = Gauge("marquee_outbox_waiting", "Events that wait for Redis in the outbox.", ["stream"])
_LOST = Counter("marquee_events_lost", "Events removed from a stream before a group handled them.", ["group"])

_log = logs.logger()

#: A stream, the id of an entry, and its fields; None if the entry was removed before it was handled.
_Entry = tuple[str, bytes, dict[bytes, bytes] | None]

Handler = Callable[[db.WriteSession, event_internal_pb2.Event], Awaitable[None]]

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
# Built once, because they are executed with every event.
_ADD = _outbox.insert()
_OLDEST = select(_outbox.c.position, _outbox.c.event).order_by(_outbox.c.position).limit(_BATCH).with_for_update()
#: One relay of a service at a time: two relays with a batch each might add the later batch first.
_LOCK_STREAM = text(
    "SELECT pg_advisory_xact_lock(hashtextextended(:stream, 0)),"
    " set_config('idle_in_transaction_session_timeout', :milliseconds, true)"
)
#: At most as many: a transaction that was rolled back leaves a gap. Counting the rows would take longer with each row.
_COUNT_WAITING = select(func.coalesce(func.max(_outbox.c.position) - func.min(_outbox.c.position) + 1, 0))
_MARK_SEEN = postgresql.insert(_inbox).on_conflict_do_nothing().returning(_inbox.c.event_id)
#: By the clock of the database, which sets `seen_time`.
_INBOX_START = select(func.now() - _INBOX_RETENTION)
#: Ids of events are UUIDv7 and sort by time, so the primary key finds the oldest ones. `seen_time` is the time of
#: delivery, which may be long after.
_PRUNE = text(
    "DELETE FROM inbox WHERE event_id IN ("
    "SELECT event_id FROM inbox WHERE event_id < :before_id AND seen_time < :before_time ORDER BY event_id LIMIT :most)"
)
#: Checks and removes in one step, so that a consumer that was just given an entry does not lose it.
_REMOVE_DEAD_CONSUMERS = """
redis.replicate_commands()
local removed = 0
for _, pairs in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local consumer = {}
  for index = 1, #pairs, 2 do consumer[pairs[index]] = pairs[index + 1] end
  if consumer.pending == 0 and consumer.idle > tonumber(ARGV[3]) and consumer.name ~= ARGV[2] then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], consumer.name)
    removed = removed + 1
  end
end
return removed
"""


def create_tables(op: Any) -> None:
    """Creates the outbox and the inbox of a service; called from its first migration with `alembic.op`."""
    op.create_table("outbox", *(column._copy() for column in _outbox.columns))
    op.create_table("inbox", *(column._copy() for column in _inbox.columns))


class Outbox:
    """The outbox of a service, and the relay that moves its events to their stream.

    Args:
        area: the service, which names the stream.
        database: the database of the service.
        redis: holds the streams.
        clock: gives the time of events.
    """

    def __init__(self, area: str, database: db.Database, redis: kit_redis.Client, clock: Clock) -> None:
        self._stream = event_streams.name_of(area)
        self._database = database
        self._redis = redis
        self._clock = clock
        self._written = asyncio.Event()
        self._trim_at = 0.0
        self._waiting = 0

    async def add(
        self,
        session: db.WriteSession,
        *,
        occur_time: datetime | None = None,
        is_deferrable: bool = False,
        **payload: Any,
    ) -> None:
        """Adds an event to the transaction of `session`, its payload by field name: `media_ready=MediaReady(…)`.

        Raises RedisUnavailable if too many events wait for Redis.

        Args:
            session: the transaction.
            occur_time: when it happened; now if it is None.
            is_deferrable: whether the client keeps the event when it is refused. Fewer of these may wait.
            payload: the payload.
        """
        if self._waiting >= (_MAX_WAITING_DEFERRABLE if is_deferrable else _MAX_WAITING):
            raise errors.RedisUnavailable
        event = event_internal_pb2.Event(event_id=ids.new(), request_id=context.current().request_id, **payload)
        timestamps.put_datetime(event.occur_time, occur_time or self._clock.now())
        await session.execute(_ADD, {"event": event.SerializeToString()})
        db.after_commit(session, self._written.set)

    async def relay(self) -> None:
        """Moves events to their stream until it is cancelled. Redis or the database may go and come back."""
        await periodic_task.run("outbox relay", self._move_all, period=_POLL_SECONDS, wake=self._written)

    async def _move_all(self) -> None:
        try:
            if time.monotonic() >= self._trim_at:
                await event_streams.trim(self._redis, self._stream)
                self._trim_at = time.monotonic() + _TRIM_SECONDS
            while await self._move() == _BATCH:
                pass
        except RedisError:
            self._trim_at = 0.0  # Redis may be full.
            async with self._database.reading() as session:
                self._note_waiting((await session.execute(_COUNT_WAITING)).scalar_one())
            raise
        self._note_waiting(0)

    def _note_waiting(self, count: int) -> None:
        self._waiting = count
        _WAITING.labels(self._stream).set(count)

    async def _move(self) -> int:
        """Adds one batch to Redis, then deletes it from the outbox. A crash in between repeats it; nothing is lost."""
        async with self._database.transaction() as session:
            await session.execute(_LOCK_STREAM, {"stream": self._stream, "milliseconds": str(_LOCK_MILLISECONDS)})
            batch = (await session.execute(_OLDEST)).all()
            if not batch:
                return 0
            async with self._redis.pipeline(transaction=True) as pipe:
                for row in batch:
                    pipe.xadd(self._stream, {event_streams.FIELD: row.event})
                await pipe.execute()
            await session.execute(_outbox.delete().where(_outbox.c.position.in_([row.position for row in batch])))
        return len(batch)


class Consumer:
    """Handles the events of other services, each in one replica of the service, in their order.

    Args:
        group: the consuming service.
        areas: the services whose events are handled.
        database: the database of the consuming service, with its inbox.
        redis: holds the streams; a client without a timeout.
        handle: handles one event within the transaction that also stores its id.
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
        self._dead_letters = dead_letters.DeadLetters(group, redis)
        self._streams = [*(event_streams.name_of(area) for area in areas), self._dead_letters.replays]
        self._database = database
        self._redis = redis
        self._handle = handle
        self._name = ids.new()

    async def run(self) -> None:
        """Handles events until it is cancelled. Redis or the database may go and come back."""
        async with asyncio.TaskGroup() as group:
            group.create_task(periodic_task.run("event consumer", self._consume, period=0))
            group.create_task(periodic_task.run("event clean-up", self.clean_up, period=_CLEAN_UP_SECONDS))

    async def clean_up(self) -> None:
        """Removes rows of the inbox that are no longer needed and consumers of dead processes; counts dead letters."""
        await self._create_groups()
        for name in self._streams:
            arguments = (name, self._group, self._name, str(_DEAD_MILLISECONDS))
            removed: Any = await self._redis.eval(_REMOVE_DEAD_CONSUMERS, 1, *arguments)
            if removed:
                _log.info("dead consumers removed", stream=name, group=self._group, count=removed)
        await self._dead_letters.count()
        async with self._database.reading() as reading:
            before = (await reading.execute(_INBOX_START)).scalar_one()
        bounds = {"before_id": ids.first_at(before), "before_time": before, "most": _PRUNE_BATCH}
        pruned = _PRUNE_BATCH
        while pruned == _PRUNE_BATCH:
            async with self._database.transaction() as session:
                pruned = (await session.execute(_PRUNE, bounds)).rowcount

    async def _consume(self) -> None:
        await self._create_groups()
        async for name, entry_id, fields in self._entries():
            await self._process(name, entry_id, fields)

    async def _create_groups(self) -> None:
        for name in self._streams:
            if not await self._has_group(name):
                try:
                    await self._redis.xgroup_create(name, self._group, id="0", mkstream=True)
                except ResponseError as exists:
                    if "BUSYGROUP" not in str(exists):
                        raise

    async def _has_group(self, name: str) -> bool:
        """Returns whether the group exists. A full Redis refuses to create one even then, but lets it be read."""
        if not await self._redis.exists(name):
            return False
        return any(group["name"] == self._group.encode() for group in await self._redis.xinfo_groups(name))

    async def _entries(self) -> AsyncIterator[_Entry]:
        """Yields the unfinished entries of this consumer, then those of dead consumers and new ones."""
        for name in self._streams:
            async for entry in self._unfinished(name):
                yield entry
        claim_at = 0.0
        while True:
            periodic_task.raise_if_cancelled()
            if time.monotonic() >= claim_at:
                for name in self._streams:
                    # Only the ids: with fields, the response would leave out entries that were removed.
                    claimed = await self._redis.xautoclaim(
                        name, self._group, self._name, _ABANDONED_MILLISECONDS, count=_BATCH, justid=True
                    )
                    if claimed:
                        async for entry in self._unfinished(name):
                            yield entry
                claim_at = time.monotonic() + _CLAIM_SECONDS
            for entry in await self._read_group(dict.fromkeys(self._streams, ">"), block=1000):
                yield entry

    async def _unfinished(self, name: str) -> AsyncIterator[_Entry]:
        while entries := await self._read_group({name: "0"}):
            for entry in entries:
                yield entry

    async def _read_group(self, positions: dict[Any, Any], block: int | None = None) -> list[_Entry]:
        response: Any = await self._redis.xreadgroup(self._group, self._name, positions, count=_BATCH, block=block)
        return [(name.decode(), entry_id, fields) for name, batch in response or () for entry_id, fields in batch]

    async def _process(self, name: str, entry_id: bytes, fields: dict[bytes, bytes] | None) -> None:
        if not fields:
            _LOST.labels(self._group).inc()
            _log.error("event lost", stream=name, entry_id=entry_id.decode(), group=self._group)
        elif (event := event_streams.read_event(fields)) is None:
            await self._dead_letters.add(name, fields, "the entry holds no event")
        else:
            await self._handle_event(event, name, fields)
        await self._redis.xack(name, self._group, entry_id)
        if name == self._dead_letters.replays:
            await self._redis.xdel(name, entry_id)

    async def _handle_event(self, event: event_internal_pb2.Event, name: str, fields: dict[bytes, bytes]) -> None:
        """Handles an event until it succeeds or becomes a dead letter. During an outage the event waits."""
        faults = waits = 0
        while True:
            try:
                await self._handle_once(event)
            except Exception as raised:  # noqa: BLE001 - no error of a handler may block the next events.
                if outages.is_outage(raised):
                    waits += 1
                    _log.warning("event waits", event_id=event.event_id, cause=str(raised) or type(raised).__name__)
                else:
                    faults += 1
                    _log.error("event failed", event_id=event.event_id, attempt=faults, exc_info=raised)
                if faults >= _MAX_FAULTS:
                    await self._dead_letters.add(name, fields, f"{type(raised).__name__}: {raised}")
                    return
            else:
                return
            periodic_task.raise_if_cancelled()
            await asyncio.sleep(min(_FIRST_PAUSE * 2 ** min(faults + waits, 30), _MAX_PAUSE))

    async def _handle_once(self, event: event_internal_pb2.Event) -> None:
        context.CURRENT.set(context.Call(method="event", request_id=event.request_id or ids.new()))
        async with self._database.transaction() as session:
            inserted = await session.execute(_MARK_SEEN, {"event_id": event.event_id})
            if inserted.first() is not None:
                await self._handle(session, event)
