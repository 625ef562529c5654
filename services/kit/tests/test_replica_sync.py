"""The data of a replica catches up with its source, and stays in step."""

import asyncio

from services.kit import broadcast_subscriber, errors, event_streams, replica_sync, testing
from services.kit import redis as kit_redis


class Source:
    """Rows that are loaded, with failures before."""

    def __init__(self, *failures):
        self.failures = list(failures)
        self.rows = ["first"]
        self.held = []
        self.took = asyncio.Event()

    async def load(self):
        if self.failures:
            raise self.failures.pop(0)
        self.held = list(self.rows)
        self.took.set()


async def until(event):
    async with asyncio.timeout(testing.PATIENCE):
        await event.wait()


async def ended(task):
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_load_that_fails_is_tried_again_and_what_is_behind_is_loaded():
    source = Source(errors.DatabaseUnavailable(), errors.Internal("a fault of a peer"))
    sync = replica_sync.ReplicaSync("test", source.load, poll=None)
    running = asyncio.create_task(sync.run())

    await until(sync.loaded)
    first = source.held
    source.rows.append("second")
    source.took.clear()
    sync.mark_behind()
    await until(source.took)
    await ended(running)

    assert (["first"], ["first", "second"]) == (first, source.held)


async def test_nothing_falls_between_what_is_loaded_and_the_events_after_it(redis_url):
    client = kit_redis.connect(redis_url, timeout=None)
    heard = asyncio.Event()

    async def listen(event):
        heard.set()

    async def load():
        # Told while the snapshot is read: the subscriber has noted the end of the stream before.
        await client.xadd(event_streams.name_of("catalog"), {b"event": b""})

    sync = replica_sync.ReplicaSync("test", load, poll=None)
    subscriber = broadcast_subscriber.BroadcastSubscriber(["catalog"], client, listen, sync.missed)
    running = asyncio.create_task(replica_sync.follow(subscriber, sync))

    await until(heard)
    await ended(running)
    await client.aclose()
