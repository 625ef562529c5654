"""A process that was killed leaves no event and no consumer behind."""

import asyncio
import sys

from services.kit import event_streams, events, testing
from services.kit.tests import test_events

STREAM = event_streams.name_of("identity")

#: A process that takes an event and never ends handling it.
_PROCESS = """
import asyncio, sys
from services.kit import db, events, redis

async def handle(session, event):
    print("taken", flush=True)
    await asyncio.Event().wait()

async def main(database_url, redis_url):
    client = redis.connect(redis_url, timeout=None)
    await events.Consumer("viewing", ["identity"], db.Database(database_url, "kit"), client, handle).run()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_consumers_of_dead_processes_are_removed_unless_they_have_pending_entries(
    database, redis, redis_url, monkeypatch
):
    monkeypatch.setattr(events, "_DEAD_MILLISECONDS", -1)
    await redis.xgroup_create(STREAM, "viewing", id="0", mkstream=True)
    await redis.xgroup_createconsumer(STREAM, "viewing", "dead")
    await redis.xadd(STREAM, {event_streams.FIELD: b""})
    await redis.xreadgroup("viewing", "dead with an entry", {STREAM: ">"})
    peer = test_events.Peer(database, redis_url)

    await peer.consumer.clean_up()
    await peer.stop()

    assert [b"dead with an entry"] == [each["name"] for each in await redis.xinfo_consumers(STREAM, "viewing")]


async def test_the_events_of_a_killed_process_are_taken_over_and_its_consumer_is_removed(
    database, url, redis, redis_url, monkeypatch
):
    monkeypatch.setattr(events, "_ABANDONED_MILLISECONDS", 0)
    monkeypatch.setattr(events, "_DEAD_MILLISECONDS", 2_500)  # A consumer that runs reads each second.
    peer = test_events.Peer(database, redis_url)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _PROCESS, url, redis_url, stdout=asyncio.subprocess.PIPE
    )
    relay = asyncio.create_task(peer.outbox.relay())
    await peer.register("taken by the killed process")
    async with asyncio.timeout(testing.PATIENCE):
        assert b"taken\n" == await process.stdout.readline()
    [dead] = await redis.xinfo_consumers(STREAM, "viewing")
    process.kill()
    await process.wait()
    await test_events.cancel_and_wait(relay)

    async with test_events.running(peer):
        done = await peer.until_done(1)
        async with asyncio.timeout(testing.PATIENCE):
            while dead["name"] in await consumer_names(redis):
                await peer.consumer.clean_up()
                await asyncio.sleep(0.1)
        await peer.register("next")

        assert ["taken by the killed process", "next"] == await peer.until_done(2)
    assert ["taken by the killed process"] == done
    assert (1, 0) == (len(await consumer_names(redis)), (await redis.xpending(STREAM, "viewing"))["pending"])


async def consumer_names(redis):
    return [each["name"] for each in await redis.xinfo_consumers(STREAM, "viewing")]
