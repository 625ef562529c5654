"""During outages of Redis and PostgreSQL, relays and consumers continue, events are kept and no attempt is counted."""

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta

import asyncpg
import prometheus_client
import pytest
from marquee.event.v1 import event_internal_pb2
from sqlalchemy import text

from services.kit import broadcast_subscriber, dead_letters, errors, event_streams, events, ids, testing
from services.kit import redis as kit_redis
from services.kit.tests import test_events

STREAM = event_streams.name_of("identity")


class Peer(test_events.Peer):
    """Raises the given exceptions, one per event, before it handles events."""

    def __init__(self, database, redis_url, *failures):
        super().__init__(database, redis_url)
        self.pending_failures = list(failures)
        self.attempts = 0

    async def _handle(self, session, event):
        self.attempts += 1
        if self.pending_failures:
            raise self.pending_failures.pop(0)
        await super()._handle(session, event)


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch):
    monkeypatch.setattr(events, "_MAX_PAUSE", 0.01)


@contextlib.asynccontextmanager
async def configured(redis, **settings):
    """Sets options of Redis during the block."""
    before = {name: (await redis.config_get(name))[name] for name in settings}
    for name, value in settings.items():
        await redis.config_set(name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            await redis.config_set(name, value)


def metric_value(name, **labels):
    return prometheus_client.REGISTRY.get_sample_value(name, labels) or 0


async def until(condition):
    async with asyncio.timeout(testing.PATIENCE):
        while not await condition():
            await asyncio.sleep(0.01)


def fault():
    return RuntimeError("a fault of the handler")


@pytest.mark.parametrize("refusal", [{"maxmemory": "1"}, {"min-replicas-to-write": "1"}], ids=["full", "no replica"])
async def test_a_relay_continues_after_redis_refused_an_entry(database, redis, redis_url, refusal):
    before = metric_value("marquee_task_failures_total", task="outbox relay", kind="outage")

    async def has_failed():
        return metric_value("marquee_task_failures_total", task="outbox relay", kind="outage") > before

    async with test_events.running(Peer(database, redis_url)) as peer:
        async with configured(redis, **refusal):
            await peer.register("refused first")
            await until(has_failed)

        assert await peer.until_done(1) == ["refused first"]


async def test_a_relay_continues_after_redis_could_not_save(database, killable_redis, tmp_path):
    before = metric_value("marquee_task_failures_total", task="outbox relay", kind="outage")

    async def has_failed():
        return metric_value("marquee_task_failures_total", task="outbox relay", kind="outage") > before

    client = kit_redis.connect(killable_redis.url)
    async with test_events.running(Peer(database, killable_redis.url)) as peer:
        async with testing.unable_to_save(client, tmp_path / "dump"):
            await peer.register("refused first")
            await until(has_failed)

        assert await peer.until_done(1) == ["refused first"]
    await client.aclose()


async def test_a_consumer_that_starts_while_redis_is_full_handles_what_is_in_the_stream(database, redis, redis_url):
    async with test_events.running(Peer(database, redis_url)) as peer:
        await peer.register("creates the group")
        await peer.until_done(1)
    registered = event_internal_pb2.AccountRegistered(account_id="already in the stream")
    event = event_internal_pb2.Event(event_id=ids.new(), account_registered=registered)
    await redis.xadd(STREAM, {event_streams.FIELD: event.SerializeToString()})

    async with configured(redis, maxmemory="1"), test_events.running(Peer(database, redis_url)) as peer:
        done = await peer.until_done(2)

    assert ["creates the group", "already in the stream"] == done


async def test_no_more_events_wait_for_redis_than_postgresql_should_hold(database, redis, redis_url, monkeypatch):
    monkeypatch.setattr(events, "_MAX_WAITING", 20)
    monkeypatch.setattr(events, "_MAX_WAITING_DEFERRABLE", 5)

    async def waiting():
        return metric_value("marquee_outbox_waiting", stream=STREAM)

    async def five_wait():
        return await waiting() == 5

    async def twenty_wait():
        return await waiting() == 20

    async def accepts(peer, **options):
        try:
            async with database.transaction() as session:
                registered = event_internal_pb2.AccountRegistered(account_id="one more")
                await peer.outbox.add(session, account_registered=registered, **options)
        except errors.RedisUnavailable:
            return False
        return True

    async with test_events.running(Peer(database, redis_url)) as peer:
        async with configured(redis, maxmemory="1"):
            for _ in range(5):
                assert await accepts(peer)
            await until(five_wait)
            deferrable = await accepts(peer, is_deferrable=True)
            for _ in range(15):
                assert await accepts(peer)
            await until(twenty_wait)
            change = await accepts(peer)
        await peer.until_done(20)

        async def none_waits():
            return await waiting() == 0

        await until(none_waits)
        assert await accepts(peer, is_deferrable=True)

    assert (False, False) == (deferrable, change)


async def test_outages_do_not_count_as_attempts_of_an_event(database, redis, redis_url):
    read_only = asyncpg.ReadOnlySQLTransactionError("cannot execute INSERT in a read-only transaction")
    outages = [errors.RedisUnavailable(), read_only, TimeoutError()] * 3

    async with test_events.running(Peer(database, redis_url, *outages, fault())) as peer:
        await peer.register("patient")

        assert await peer.until_done(1) == ["patient"]
    assert (11, 0) == (peer.attempts, await dead_letters.DeadLetters("viewing", redis).count())


async def test_an_event_that_always_fails_becomes_a_dead_letter_and_can_be_replayed(database, redis, redis_url):
    letters = dead_letters.DeadLetters("viewing", redis)
    before = metric_value("marquee_events_set_aside_total", group="viewing")

    async with test_events.running(Peer(database, redis_url, *(fault() for _ in range(8)))) as peer:
        await peer.register("stubborn")
        await peer.register("behind it")
        first = await peer.until_done(1)
        [letter] = [letter async for letter in letters.list()]
        set_aside = (await letters.count(), metric_value("marquee_events_set_aside_total", group="viewing") - before)
        replayed = await letters.replay()
        both_handled = await peer.until_done(2)

    assert (["behind it"], ["behind it", "stubborn"]) == (first, both_handled)
    assert ("stubborn", STREAM) == (letter.event.account_registered.account_id, letter.stream)
    assert "RuntimeError: a fault of the handler" == letter.cause
    assert ((1, 1), 1, 0) == (set_aside, replayed, await letters.count())
    assert 2 == await redis.xlen(STREAM)  # A replay adds nothing to the stream.


async def test_dead_letters_are_deleted_by_their_ids(redis):
    letters = dead_letters.DeadLetters("viewing", redis)
    for number in range(3):
        event = event_internal_pb2.Event(event_id=ids.new(), request_id=f"{number}")
        await letters.add(STREAM, {event_streams.FIELD: event.SerializeToString()}, "cause")
    first = await anext(letters.list())

    dropped = await letters.drop([first.letter_id, "1-1"])

    assert 1 == dropped
    assert ["1", "2"] == [letter.event.request_id async for letter in letters.list()]
    assert (2, 0) == (await letters.drop(), await letters.count())


async def test_two_relays_keep_the_order_of_events(database, redis, redis_url, url):
    """The second relay waits for a lock while the first adds its batch to the stream."""
    peers = [Peer(database, redis_url) for _ in range(2)]
    slow, entered, leave = peers[0], asyncio.Event(), asyncio.Event()
    pipeline = slow.outbox._redis.pipeline

    def blocking_pipeline(**options):
        pipe = pipeline(**options)
        execute = pipe.execute

        async def execute_later():
            entered.set()
            await leave.wait()
            return await execute()

        pipe.execute = execute_later
        return pipe

    slow.outbox._redis.pipeline = blocking_pipeline
    await slow.register("first")
    relays = [asyncio.create_task(slow.outbox.relay())]
    async with asyncio.timeout(testing.PATIENCE):
        await entered.wait()
    await peers[1].register("second")
    relays.append(asyncio.create_task(peers[1].outbox.relay()))
    connection = await asyncpg.connect(url.replace("postgresql+asyncpg://", "postgresql://"))

    async def second_waits():
        return await connection.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")

    async def are_added():
        return await redis.xlen(STREAM) == 2

    await until(second_waits)
    leave.set()
    await until(are_added)
    entries = await redis.xrange(STREAM)
    account_ids = [event_streams.read_event(fields).account_registered.account_id for _, fields in entries]

    assert ["first", "second"] == account_ids
    await connection.close()
    for task in relays:
        await test_events.cancel_and_wait(task)
    for peer in peers:
        await peer.stop()


async def test_rows_of_the_inbox_are_deleted_once_their_events_cannot_be_delivered_again(database, redis_url):
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
        event_ids = set((await session.execute(text("SELECT event_id FROM inbox"))).scalars())
    assert {rows["old event that came late"][0], rows["new"][0]} == event_ids


async def test_a_pending_entry_that_was_deleted_is_counted_as_lost_and_blocks_nothing(
    database, redis, redis_url, monkeypatch
):
    monkeypatch.setattr(events, "_ABANDONED_MILLISECONDS", 0)
    before = metric_value("marquee_events_lost_total", group="viewing")
    await redis.xgroup_create(STREAM, "viewing", id="0", mkstream=True)
    entry_id = await redis.xadd(STREAM, {event_streams.FIELD: b""})
    await redis.xreadgroup("viewing", "dead", {STREAM: ">"})
    await redis.xdel(STREAM, entry_id)

    async with test_events.running(Peer(database, redis_url)) as peer:
        await peer.register("after")
        done = await peer.until_done(1)

    assert (["after"], 1) == (done, metric_value("marquee_events_lost_total", group="viewing") - before)
    assert 0 == (await redis.xpending(STREAM, "viewing"))["pending"]


async def test_a_failed_listener_is_notified_of_missed_events_and_receives_the_next_one(redis_url, redis):
    request_ids, missed = [], asyncio.Event()

    async def listen(event):
        request_ids.append(event.request_id)
        if len(request_ids) == 1:
            raise ZeroDivisionError

    async def on_missed():
        missed.set()

    async with test_events.subscriber_client(redis_url) as client:
        subscriber = broadcast_subscriber.BroadcastSubscriber(["identity"], client, listen, on_missed)
        await subscriber.start()
        task = asyncio.create_task(subscriber.run())
        for number in range(2):
            event = event_internal_pb2.Event(request_id=f"{number}")
            await redis.xadd(STREAM, {event_streams.FIELD: event.SerializeToString()})

        async def both_received():
            return len(request_ids) == 2

        await until(both_received)
        async with asyncio.timeout(testing.PATIENCE):
            await missed.wait()
        await test_events.cancel_and_wait(task)

    assert ["0", "1"] == request_ids
