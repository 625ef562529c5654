"""Streams of events and dead letters stay within their age and their memory."""

from marquee.event.v1 import event_internal_pb2

from services.kit import dead_letters, event_streams, ids
from services.kit.tests.test_events_refused import STREAM, configured


async def test_a_stream_without_new_entries_is_trimmed_by_age(redis):
    await redis.xadd(STREAM, {event_streams.FIELD: b"old"}, id="1-1")
    for number in range(300):  # Redis removes whole blocks of a stream.
        await redis.xadd(STREAM, {event_streams.FIELD: b"old"}, id=f"2-{number}")
    await redis.xadd(STREAM, {event_streams.FIELD: b"new"})

    await event_streams.trim(redis, STREAM)

    assert await redis.xlen(STREAM) <= 101


async def test_a_stream_is_trimmed_to_an_eighth_of_the_memory_limit(redis):
    limit = 40 * 1024 * 1024
    await redis.xgroup_create(STREAM, "viewing", id="0", mkstream=True)
    async with configured(redis, maxmemory=str(limit)):
        for _ in range(80):
            await redis.xadd(STREAM, {event_streams.FIELD: bytes(100_000)})

        await event_streams.trim(redis, STREAM)

        assert await redis.memory_usage(STREAM) <= limit / 8
    assert await redis.xlen(STREAM) > 10


async def test_handled_entries_are_trimmed_before_unhandled_ones(redis):
    await redis.xgroup_create(STREAM, "viewing", id="0", mkstream=True)
    async with configured(redis, maxmemory=str(40 * 1024 * 1024)):
        for _ in range(80):
            await redis.xadd(STREAM, {event_streams.FIELD: bytes(100_000)})
        [(_, taken)] = await redis.xreadgroup("viewing", "one", {STREAM: ">"}, count=60)
        await redis.xack(STREAM, "viewing", *(entry_id for entry_id, _ in taken[:50]))

        await event_streams.trim(redis, STREAM)

    [(oldest, _)] = await redis.xrange(STREAM, count=1)
    assert (taken[50][0], 30) == (oldest, await redis.xlen(STREAM))


async def test_dead_letters_are_trimmed_for_their_memory(redis):
    letters = dead_letters.DeadLetters("viewing", redis)
    limit = 64 * 1024 * 1024
    async with configured(redis, maxmemory=str(limit)):
        for number in range(60):
            event = event_internal_pb2.Event(event_id=ids.new(), request_id=f"{number:<50000}")
            await letters.add(STREAM, {event_streams.FIELD: event.SerializeToString()}, "cause")

        assert await redis.memory_usage("marquee:dead-letters:viewing") <= limit / 32
    kept = [letter.event.request_id.strip() async for letter in letters.list()]
    assert 10 < len(kept) < 60
    assert "59" == kept[-1]
