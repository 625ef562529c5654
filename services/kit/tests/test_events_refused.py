"""Outages of Redis and PostgreSQL end no relay and no consumer, lose no event and count as no attempt."""

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta

import asyncpg
import prometheus_client
import pytest
from marquee.event.v1 import event_internal_pb2
from sqlalchemy import text

from services.kit import broadcast_subscriber, dead_letters, errors, event_streams, events, ids, testing
from services.kit.tests import test_events

STREAM = event_streams.name_of("identity")


class Peer(test_events.Peer):
    """Fails as it is told to, one exception after the other."""

    def __init__(self, database, redis_url, *failures):
        super().__init__(database, redis_url)
        self.raises = list(failures)
        self.tried = 0

    async def _handle(self, session, event):
        self.tried += 1
        if self.raises:
            raise self.raises.pop(0)
        await super()._handle(session, event)


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    monkeypatch.setattr(events, "_MAX_PAUSE", 0.01)


@contextlib.asynccontextmanager
async def configured(redis, **settings):
    """Sets options of Redis for a while."""
    before = {name: (await redis.config_get(name))[name] for name in settings}
    for name, value in settings.items():
        await redis.config_set(name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            await redis.config_set(name, value)


def counted(name, **labels):
    return prometheus_client.REGISTRY.get_sample_value(name, labels) or 0


async def until(condition):
    async with asyncio.timeout(testing.PATIENCE):
        while not await condition():
            await asyncio.sleep(0.01)


def fault():
    return RuntimeError("a fault of the handler")


@pytest.mark.parametrize("refusal", [{"maxmemory": "1"}, {"min-replicas-to-write": "1"}], ids=["full", "no replica"])
async def test_a_redis_that_refuses_to_add_ends_no_relay(database, redis, redis_url, refusal):
    before = counted("marquee_task_failures_total", task="outbox relay", kind="outage")

    async def has_failed():
        return counted("marquee_task_failures_total", task="outbox relay", kind="outage") > before

    async with test_events.running(Peer(database, redis_url)) as peer:
        async with configured(redis, **refusal):
            await peer.register("refused first")
            await until(has_failed)

        assert await peer.until_done(1) == ["refused first"]


async def test_nine_outages_and_one_fault_set_no_event_aside(database, redis, redis_url):
    read_only = asyncpg.ReadOnlySQLTransactionError("cannot execute INSERT in a read-only transaction")
    outages = [errors.RedisUnavailable(), read_only, TimeoutError()] * 3

    async with test_events.running(Peer(database, redis_url, *outages, fault())) as peer:
        await peer.register("patient")

        assert await peer.until_done(1) == ["patient"]
    assert (11, 0) == (peer.tried, await dead_letters.DeadLetters("viewing", redis).count())


async def test_an_event_that_fails_for_its_own_sake_is_set_aside_and_can_be_replayed(database, redis, redis_url):
    letters = dead_letters.DeadLetters("viewing", redis)
    before = counted("marquee_events_set_aside_total", group="viewing")

    async with test_events.running(Peer(database, redis_url, *(fault() for _ in range(8)))) as peer:
        await peer.register("stubborn")
        await peer.register("behind it")
        first = await peer.until_done(1)
        [letter] = [letter async for letter in letters.list()]
        aside = (await letters.count(), counted("marquee_events_set_aside_total", group="viewing") - before)
        replayed = await letters.replay()
        both = await peer.until_done(2)

    assert (["behind it"], ["behind it", "stubborn"]) == (first, both)
    assert ("stubborn", STREAM) == (letter.event.account_registered.account_id, letter.stream)
    assert "RuntimeError: a fault of the handler" == letter.cause
    assert ((1, 1), 1, 0) == (aside, replayed, await letters.count())
    assert 2 == await redis.xlen(STREAM)  # Nobody else sees it again.


async def test_dead_letters_are_dropped_by_their_ids(redis):
    letters = dead_letters.DeadLetters("viewing", redis)
    for number in range(3):
        event = event_internal_pb2.Event(event_id=ids.new(), request_id=f"{number}")
        await letters.add(STREAM, {event_streams.FIELD: event.SerializeToString()}, "cause")
    first = await anext(letters.list())

    dropped = await letters.drop([first.letter_id, "1-1"])

    assert 1 == dropped
    assert ["1", "2"] == [letter.event.request_id async for letter in letters.list()]
    assert (2, 0) == (await letters.drop(), await letters.count())


async def test_two_relays_never_reorder(database, redis, redis_url, url):
    """The second one waits for its turn while the first is between its batch and the stream."""
    peers = [Peer(database, redis_url) for _ in range(2)]
    slow, entered, leave = peers[0], asyncio.Event(), asyncio.Event()
    pipeline = slow.outbox._redis.pipeline

    def held(**options):
        pipe = pipeline(**options)
        execute = pipe.execute

        async def execute_later():
            entered.set()
            await leave.wait()
            return await execute()

        pipe.execute = execute_later
        return pipe

    slow.outbox._redis.pipeline = held
    await slow.register("first")
    relays = [asyncio.create_task(slow.outbox.relay())]
    async with asyncio.timeout(testing.PATIENCE):
        await entered.wait()
    await peers[1].register("second")
    relays.append(asyncio.create_task(peers[1].outbox.relay()))
    watching = await asyncpg.connect(url.replace("postgresql+asyncpg://", "postgresql://"))

    async def second_waits():
        return await watching.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")

    async def are_added():
        return await redis.xlen(STREAM) == 2

    await until(second_waits)
    leave.set()
    await until(are_added)
    entries = await redis.xrange(STREAM)
    told = [event_streams.read_event(fields).account_registered.account_id for _, fields in entries]

    assert ["first", "second"] == told
    await watching.close()
    for task in relays:
        await test_events.ended(task)
    for peer in peers:
        await peer.stop()


async def test_rows_of_the_inbox_go_once_their_events_cannot_come_again(database, redis_url):
    now = datetime.now(UTC)
    rows = {
        "old": (ids.first_at(now - timedelta(days=30)), now - timedelta(days=30)),
        "old event that came late": (ids.first_at(now - timedelta(days=29)), now),
        "new": (ids.new(), now),
    }
    async with database.transaction() as session:
        for event_id, seen_time in rows.values():
            await session.execute(
                text("INSERT INTO inbox VALUES (:event_id, :seen_time)"), {"event_id": event_id, "seen_time": seen_time}
            )
    peer = Peer(database, redis_url)

    await peer.consumer.clean_up()
    await peer.stop()

    async with database.reading() as session:
        kept = set((await session.execute(text("SELECT event_id FROM inbox"))).scalars())
    assert {rows["old event that came late"][0], rows["new"][0]} == kept


async def test_consumers_of_dead_processes_are_removed_unless_something_waits_for_them(
    database, redis, redis_url, monkeypatch
):
    monkeypatch.setattr(events, "_DEAD_MILLISECONDS", -1)
    await redis.xgroup_create(STREAM, "viewing", id="0", mkstream=True)
    await redis.xgroup_createconsumer(STREAM, "viewing", "dead")
    await redis.xadd(STREAM, {event_streams.FIELD: b""})
    await redis.xreadgroup("viewing", "dead with an entry", {STREAM: ">"})
    peer = Peer(database, redis_url)

    await peer.consumer.clean_up()
    await peer.stop()

    assert [b"dead with an entry"] == [each["name"] for each in await redis.xinfo_consumers(STREAM, "viewing")]


async def test_an_entry_that_was_removed_before_it_was_handled_is_counted_and_holds_nobody_up(
    database, redis, redis_url, monkeypatch
):
    monkeypatch.setattr(events, "_ABANDONED_MILLISECONDS", 0)
    before = counted("marquee_events_lost_total", group="viewing")
    await redis.xgroup_create(STREAM, "viewing", id="0", mkstream=True)
    entry_id = await redis.xadd(STREAM, {event_streams.FIELD: b""})
    await redis.xreadgroup("viewing", "dead", {STREAM: ">"})
    await redis.xdel(STREAM, entry_id)

    async with test_events.running(Peer(database, redis_url)) as peer:
        await peer.register("after")
        done = await peer.until_done(1)

    assert (["after"], 1) == (done, counted("marquee_events_lost_total", group="viewing") - before)
    assert 0 == (await redis.xpending(STREAM, "viewing"))["pending"]


async def test_a_stream_is_trimmed_by_age_though_nobody_adds_to_it(redis):
    await redis.xadd(STREAM, {event_streams.FIELD: b"old"}, id="1-1")
    for number in range(300):  # Redis removes whole blocks of a stream.
        await redis.xadd(STREAM, {event_streams.FIELD: b"old"}, id=f"2-{number}")
    await redis.xadd(STREAM, {event_streams.FIELD: b"new"})

    await event_streams.trim(redis, STREAM)

    assert await redis.xlen(STREAM) <= 101


async def test_a_stream_stays_well_below_the_limit_of_redis(redis):
    limit = 40 * 1024 * 1024
    await redis.xgroup_create(STREAM, "viewing", id="0", mkstream=True)
    async with configured(redis, maxmemory=str(limit)):
        for _ in range(80):
            await redis.xadd(STREAM, {event_streams.FIELD: bytes(100_000)})

        await event_streams.trim(redis, STREAM)

        assert await redis.memory_usage(STREAM) <= limit / 8
    assert await redis.xlen(STREAM) > 10


async def test_what_was_handled_goes_before_what_was_not(redis):
    await redis.xgroup_create(STREAM, "viewing", id="0", mkstream=True)
    async with configured(redis, maxmemory=str(40 * 1024 * 1024)):
        for _ in range(80):
            await redis.xadd(STREAM, {event_streams.FIELD: bytes(100_000)})
        [(_, taken)] = await redis.xreadgroup("viewing", "one", {STREAM: ">"}, count=60)
        await redis.xack(STREAM, "viewing", *(entry_id for entry_id, _ in taken[:50]))

        await event_streams.trim(redis, STREAM)

    [(oldest, _)] = await redis.xrange(STREAM, count=1)
    assert (taken[50][0], 30) == (oldest, await redis.xlen(STREAM))


async def test_a_listener_that_fails_is_told_that_it_missed_something_and_sees_the_next_event(redis_url, redis):
    seen, missed = [], asyncio.Event()

    async def listen(event):
        seen.append(event.request_id)
        if len(seen) == 1:
            raise ZeroDivisionError

    async def note():
        missed.set()

    async with test_events.following(redis_url) as waiting:
        subscriber = broadcast_subscriber.BroadcastSubscriber(["identity"], waiting, listen, note)
        await subscriber.start()
        following = asyncio.create_task(subscriber.run())
        for number in range(2):
            event = event_internal_pb2.Event(request_id=f"{number}")
            await redis.xadd(STREAM, {event_streams.FIELD: event.SerializeToString()})

        async def both_seen():
            return len(seen) == 2

        await until(both_seen)
        async with asyncio.timeout(testing.PATIENCE):
            await missed.wait()
        await test_events.ended(following)

    assert ["0", "1"] == seen
