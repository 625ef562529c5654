"""A replica loads the data of its source, and keeps it up to date."""

import asyncio

from services.kit import broadcast_subscriber, errors, event_streams, replica_sync, testing
from services.kit import redis as kit_redis


class Source:
    """A source of rows; its first loads raise the given failures."""

    def __init__(self, *failures):
        self.failures = list(failures)
        self.rows = ["first"]
        self.loaded_rows = []
        self.was_loaded = asyncio.Event()

    async def load(self):
        if self.failures:
            raise self.failures.pop(0)
        self.loaded_rows = list(self.rows)
        self.was_loaded.set()


async def until(event):
    async with asyncio.timeout(testing.PATIENCE):
        await event.wait()


async def cancel_and_wait(task):
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_failed_load_is_retried_and_outdated_data_is_reloaded():
    source = Source(errors.DatabaseUnavailable(), errors.Internal("a fault of a peer"))
    sync = replica_sync.ReplicaSync("test", source.load, poll=None)
    running = asyncio.create_task(sync.run())

    await until(sync.loaded)
    first = source.loaded_rows
    source.rows.append("second")
    source.was_loaded.clear()
    sync.mark_behind()
    await until(source.was_loaded)
    await cancel_and_wait(running)

    assert (["first"], ["first", "second"]) == (first, source.loaded_rows)


async def test_no_event_is_lost_between_the_snapshot_and_the_subscription(redis_url):
    client = kit_redis.connect(redis_url, timeout=None)
    received = asyncio.Event()

    async def listen(event):
        received.set()

    async def load():
        # The event is published while the snapshot is read; the subscriber stored the end of the stream before that.
        await client.xadd(event_streams.name_of("catalog"), {b"event": b""})

    sync = replica_sync.ReplicaSync("test", load, poll=None)
    subscriber = broadcast_subscriber.BroadcastSubscriber(["catalog"], client, listen, sync.missed)
    running = asyncio.create_task(replica_sync.follow(subscriber, sync))

    await until(received)
    await cancel_and_wait(running)
    await client.aclose()
