"""No event is lost, and none acts twice."""

import asyncio
import contextlib
from datetime import timedelta

from marquee.event.v1 import event_internal_pb2
from sqlalchemy import text

from services.kit import broadcast_subscriber, event_streams, events, testing
from services.kit import redis as kit_redis


class Peer:
    """A producer and a consumer on one database, each with the Redis it is given."""

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
async def following(redis_url):
    client = kit_redis.connect(redis_url, timeout=None)
    try:
        yield client
    finally:
        await client.aclose()


def noting(redis):
    """Answers an event that is set once a read of a client has failed."""
    failed, read = asyncio.Event(), redis.xread

    async def noted(*arguments, **options):
        try:
            return await read(*arguments, **options)
        except kit_redis.AWAY:
            failed.set()
            raise

    redis.xread = noted
    return failed


async def ended(task):
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_an_event_reaches_the_consumer_in_the_order_it_was_written(database, redis_url):
    async with running(Peer(database, redis_url)) as peer:
        for number in range(50):
            await peer.register(f"account {number}")

        done = await peer.until_done(50)

    assert done == [f"account {number}" for number in range(50)]


async def test_an_event_of_a_rolled_back_change_is_never_told(database, redis_url):
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


async def test_a_clock_that_is_ahead_costs_no_events(database, redis, redis_url):
    peer = Peer(database, redis_url)
    peer.outbox = events.Outbox("identity", database, redis, testing.a_clock(testing.NOW + timedelta(days=3650)))
    async with database.transaction() as session:
        for number in range(300):
            registered = event_internal_pb2.AccountRegistered(account_id=f"account {number}")
            await peer.outbox.add(session, account_registered=registered)
    async with running(peer):
        await peer.until_done(300)

    assert 300 == await redis.xlen(event_streams.name_of("identity"))


async def test_an_event_that_comes_twice_acts_once(database, redis_url):
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


async def test_a_consumer_that_fails_tries_the_event_again(database, redis_url):
    async with running(Peer(database, redis_url, fail_first=2)) as peer:
        await peer.register("stubborn")

        done = await peer.until_done(1)

    assert done == ["stubborn"]


async def test_no_event_is_lost_when_redis_is_killed_and_comes_back(database, killable_redis):
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


async def test_a_tail_sees_what_happens_from_its_start_on(database, redis_url):
    seen, anything_missed = [], []
    peer = Peer(database, redis_url)

    async def listen(event):
        seen.append(event.account_registered.account_id)

    async def missed():
        anything_missed.append(True)

    async with running(peer), following(redis_url) as redis:
        await peer.register("too early")
        await peer.until_done(1)
        tail = broadcast_subscriber.BroadcastSubscriber(["identity"], redis, listen, missed)
        await tail.start()
        tailing = asyncio.create_task(tail.run())
        await peer.register("in time")
        async with asyncio.timeout(testing.PATIENCE):
            while not seen:
                await asyncio.sleep(0.02)
        await ended(tailing)

    assert (seen, anything_missed) == (["in time"], [])


async def test_a_tail_says_that_it_may_have_missed_something_while_redis_was_away(killable_redis):
    missed = asyncio.Event()

    async def listen(event):
        raise AssertionError(event)

    async def note():
        missed.set()

    async with following(killable_redis.url) as redis:
        noticed = noting(redis)
        tail = broadcast_subscriber.BroadcastSubscriber(["identity"], redis, listen, note)
        await tail.start()
        tailing = asyncio.create_task(tail.run())
        killable_redis.kill()
        await asyncio.wait_for(noticed.wait(), testing.PATIENCE)
        await killable_redis.start()

        assert await asyncio.wait_for(missed.wait(), testing.PATIENCE)
        await ended(tailing)
