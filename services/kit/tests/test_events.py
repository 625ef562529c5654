"""Each event is delivered, and is handled once."""

import asyncio
import contextlib
from datetime import timedelta

from marquee.event.v1 import event_internal_pb2
from sqlalchemy import text

from services.kit import broadcast_subscriber, event_streams, events, testing
from services.kit import redis as kit_redis


class Peer:
    """A producer and a consumer with the same database and Redis."""

    def __init__(self, database, redis_url, *, fail_first=0):
        self.database = database
        self._redis = kit_redis.connect(redis_url)
        self.outbox = events.Outbox("identity", database, self._redis, testing.a_clock())
        self._waiting = kit_redis.connect(redis_url, timeout=None)
        self.consumer = events.Consumer("viewing", ["identity"], database, self._waiting, self._handle)
        self.failures = fail_first
        self._running = []

    async def _handle(self, session, event):
        if self.failures:
            self.failures -= 1
            raise RuntimeError("not this time")
        what = {"what": event.account_registered.account_id}
        await session.execute(text("INSERT INTO done VALUES (:what)"), what)

    async def register(self, account_id):
        async with self.database.transaction() as session:
            registered = event_internal_pb2.AccountRegistered(account_id=account_id)
            await self.outbox.add(session, account_registered=registered)

    async def done(self):
        async with self.database.reading() as session:
            return list((await session.execute(text("SELECT what FROM done"))).scalars())

    async def until_done(self, count):
        async with asyncio.timeout(testing.PATIENCE):
            while len(await self.done()) < count:
                await asyncio.sleep(0.02)
        return await self.done()

    def start(self):
        self._running = [asyncio.create_task(self.outbox.relay()), asyncio.create_task(self.consumer.run())]

    async def stop(self):
        for task in self._running:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self._redis.aclose()
        await self._waiting.aclose()


@contextlib.asynccontextmanager
async def running(peer):
    peer.start()
    try:
        yield peer
    finally:
        await peer.stop()


@contextlib.asynccontextmanager
async def subscriber_client(redis_url):
    client = kit_redis.connect(redis_url, timeout=None)
    try:
        yield client
    finally:
        await client.aclose()


def watch_reads(redis):
    """Returns an `asyncio.Event` that is set once a read of the client has failed."""
    failed, read = asyncio.Event(), redis.xread

    async def watched_read(*arguments, **options):
        try:
            return await read(*arguments, **options)
        except kit_redis.AWAY:
            failed.set()
            raise

    redis.xread = watched_read
    return failed


async def cancel_and_wait(task):
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_events_reach_the_consumer_in_the_order_of_their_writes(database, redis_url):
    async with running(Peer(database, redis_url)) as peer:
        for number in range(50):
            await peer.register(f"account {number}")

        done = await peer.until_done(50)

    assert done == [f"account {number}" for number in range(50)]


async def test_an_event_of_a_rolled_back_transaction_is_not_published(database, redis_url):
    async with running(Peer(database, redis_url)) as peer:
        with contextlib.suppress(ZeroDivisionError):
            async with database.transaction() as session:
                await peer.outbox.add(
                    session, account_registered=event_internal_pb2.AccountRegistered(account_id="nobody")
                )
                raise ZeroDivisionError
        await peer.register("somebody")

        done = await peer.until_done(1)

    assert done == ["somebody"]


async def test_a_clock_that_is_ahead_loses_no_events(database, redis, redis_url):
    peer = Peer(database, redis_url)
    peer.outbox = events.Outbox("identity", database, redis, testing.a_clock(testing.NOW + timedelta(days=3650)))
    async with database.transaction() as session:
        for number in range(300):
            registered = event_internal_pb2.AccountRegistered(account_id=f"account {number}")
            await peer.outbox.add(session, account_registered=registered)
    async with running(peer):
        await peer.until_done(300)

    assert 300 == await redis.xlen(event_streams.name_of("identity"))


async def test_an_event_that_is_delivered_twice_is_handled_once(database, redis_url):
    async with running(Peer(database, redis_url)) as peer:
        await peer.register("first")
        await peer.until_done(1)
        client = kit_redis.connect(redis_url)
        [(_, fields)] = await client.xrange(event_streams.name_of("identity"))
        await client.xadd(event_streams.name_of("identity"), fields)
        await client.aclose()
        await peer.register("second")

        done = await peer.until_done(2)

    assert done == ["first", "second"]


async def test_a_consumer_that_fails_retries_the_event(database, redis_url):
    async with running(Peer(database, redis_url, fail_first=2)) as peer:
        await peer.register("stubborn")

        done = await peer.until_done(1)

    assert done == ["stubborn"]


async def test_no_event_is_lost_when_redis_is_killed_and_restarted(database, killable_redis):
    async with running(Peer(database, killable_redis.url)) as peer:
        for number in range(20):
            await peer.register(f"before {number}")
        killable_redis.kill()
        for number in range(20):
            await peer.register(f"during {number}")
        await killable_redis.start()
        await peer.register("after")

        done = await peer.until_done(41)

    assert sorted(done) == sorted([*(f"before {n}" for n in range(20)), *(f"during {n}" for n in range(20)), "after"])


async def test_a_subscriber_receives_events_from_its_start_on(database, redis_url):
    account_ids, missed_calls = [], []
    peer = Peer(database, redis_url)

    async def listen(event):
        account_ids.append(event.account_registered.account_id)

    async def missed():
        missed_calls.append(True)

    async with running(peer), subscriber_client(redis_url) as redis:
        await peer.register("too early")
        await peer.until_done(1)
        subscriber = broadcast_subscriber.BroadcastSubscriber(["identity"], redis, listen, missed)
        await subscriber.start()
        task = asyncio.create_task(subscriber.run())
        await peer.register("in time")
        async with asyncio.timeout(testing.PATIENCE):
            while not account_ids:
                await asyncio.sleep(0.02)
        await cancel_and_wait(task)

    assert (account_ids, missed_calls) == (["in time"], [])


async def test_a_subscriber_replays_the_latest_events_and_knows_its_position(redis_url):
    name, received, done = event_streams.name_of("identity"), [], asyncio.Event()

    async def listen(event):
        received.append((event.event_id, subscriber.position("identity")))
        if event.event_id == "5":
            done.set()

    async with subscriber_client(redis_url) as redis:
        entry_ids = [
            await redis.xadd(
                name, {event_streams.FIELD: event_internal_pb2.Event(event_id=str(number)).SerializeToString()}
            )
            for number in range(6)
        ]
        subscriber = broadcast_subscriber.BroadcastSubscriber(["identity"], redis, listen, listen, replayed_count=3)
        await subscriber.start()
        task = asyncio.create_task(subscriber.run())
        await asyncio.wait_for(done.wait(), testing.PATIENCE)
        await cancel_and_wait(task)

    assert [(str(number), entry_ids[number]) for number in (3, 4, 5)] == received


async def test_a_subscriber_reports_possibly_missed_events_after_an_outage_of_redis(killable_redis):
    missed = asyncio.Event()

    async def listen(event):
        raise AssertionError(event)

    async def on_missed():
        missed.set()

    async with subscriber_client(killable_redis.url) as redis:
        read_failed = watch_reads(redis)
        subscriber = broadcast_subscriber.BroadcastSubscriber(["identity"], redis, listen, on_missed)
        await subscriber.start()
        task = asyncio.create_task(subscriber.run())
        killable_redis.kill()
        await asyncio.wait_for(read_failed.wait(), testing.PATIENCE)
        await killable_redis.start()

        assert await asyncio.wait_for(missed.wait(), testing.PATIENCE)
        await cancel_and_wait(task)
