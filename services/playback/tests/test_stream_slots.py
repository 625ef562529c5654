"""Stream slots on a real Redis: no order of calls gives an account more streams than its limit."""

import asyncio
import dataclasses
from datetime import timedelta

import pytest
import redis as sync_redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import exceptions

from services.kit import errors, ids, stream_leases, testing
from services.kit import redis as kit_redis
from services.playback import domain
from services.playback.sessions import stream_slots
from services.playback.tests import harness


def a_session(account_id):
    return domain.Session(
        session_id=ids.new(),
        account_id=account_id,
        profile_id=ids.new(),
        subject=("episode_id", ids.new()),
        parent_title_id=ids.new(),
        asset_id=ids.new(),
        device=domain.Device("", "Phone"),
        codecs=("avc1.640028",),
        protocols=(1, 2),
        duration=timedelta(hours=1),
        resume_position=timedelta(seconds=1.5),
        start_time=testing.NOW,
        maturity_ceiling=13,
        country_code="US",
        next_episode=domain.Episode(ids.new(), 1, 2, "Ebb", (domain.Image(4, "/stills/2.webp", 320, 180),)),
    )


def a_request(**changes):
    return stream_slots.Request(ids.new(), **changes)


LEASE_SECONDS = domain.LEASE.total_seconds()

starts = st.tuples(st.sampled_from(["start", "replace"]), st.integers(1, 3))
touches = st.tuples(st.sampled_from(["beat", "stop", "look"]), st.integers(0, 9))
waits = st.tuples(st.just("wait"), st.integers(1, 35))


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(starts | touches | waits, max_size=30))
def test_the_limit_holds_in_every_order_of_calls(redis_url, steps):
    async def run():
        client = kit_redis.connect(redis_url)
        slots, account_id = stream_slots.StreamSlots(client), ids.new()
        started, left = [], {}  # The sessions, and the seconds that each lease still holds.
        for step, figure in steps:
            live = {session_id for session_id, seconds in left.items() if seconds > 0}
            which = started[figure % len(started)].session_id if started else ""
            match step:
                case "wait":
                    await harness.age_leases(client, timedelta(seconds=figure))
                    left = {session_id: seconds - figure for session_id, seconds in left.items()}
                case "start" | "replace":
                    session = a_session(account_id)
                    replaced = which if step == "replace" else ""
                    taken = await slots.take(session, figure, a_request(replace_session_id=replaced))
                    assert isinstance(taken, stream_slots.Taken) == (len(live - {replaced}) < figure)
                    left = {session_id: left[session_id] for session_id in live}  # Those that lapsed cannot be resumed.
                    if isinstance(taken, stream_slots.Taken):
                        assert await slots.renew(account_id, session.session_id)
                        started.append(session)
                        left.pop(replaced, None)
                        left[session.session_id] = LEASE_SECONDS
                    else:
                        assert {each.session_id for each in taken.sessions} == live
                case "beat":
                    renewed = await slots.renew(account_id, which)
                    assert (renewed is not None) == (which in left)
                    if renewed:
                        left[which] = LEASE_SECONDS
                case "stop":
                    await slots.free(account_id, which)
                    left.pop(which, None)
                case "look":
                    seen = await slots.get(account_id, which)
                    assert (seen is not None) == (which in live)
        await client.aclose()

    asyncio.run(run())


async def test_concurrent_calls_take_no_more_slots_than_the_limit(redis_url):
    client = kit_redis.connect(redis_url)
    slots, account_id = stream_slots.StreamSlots(client), ids.new()

    taken = await asyncio.gather(*(slots.take(a_session(account_id), 4, a_request()) for _ in range(40)))
    await client.aclose()

    assert sum(isinstance(each, stream_slots.Taken) for each in taken) == 4


async def test_a_session_is_read_as_it_was_written(redis_url):
    client = kit_redis.connect(redis_url)
    slots, session = stream_slots.StreamSlots(client), a_session(ids.new())
    await slots.take(session, 1, a_request())

    seen = await slots.get(session.account_id, session.session_id)
    await client.aclose()

    assert seen == session


async def test_accounts_do_not_share_slots(redis_url):
    client = kit_redis.connect(redis_url)
    slots = stream_slots.StreamSlots(client)

    taken = [await slots.take(a_session(ids.new()), 1, a_request()) for _ in range(3)]
    await client.aclose()

    assert all(isinstance(each, stream_slots.Taken) for each in taken)


async def test_every_key_in_redis_expires(redis_url):
    client = kit_redis.connect(redis_url)
    await stream_slots.StreamSlots(client).take(a_session(ids.new()), 1, a_request())
    await client.aclose()

    with sync_redis.Redis.from_url(redis_url) as looking:
        assert all(0 < looking.ttl(key) <= 630 for key in looking.keys("playback:*"))


@pytest.mark.parametrize("gone", ["stopped", "lapsed"])
async def test_a_request_that_is_repeated_after_its_session_ended_starts_another(redis_url, gone):
    client = kit_redis.connect(redis_url)
    slots, first, request = stream_slots.StreamSlots(client), a_session(ids.new()), a_request()
    await slots.take(first, 1, request)
    if gone == "stopped":
        await slots.free(first.account_id, first.session_id)
    else:
        await harness.age_leases(client, domain.LEASE)
    taken = await slots.take(a_session(first.account_id), 1, request)
    await client.aclose()

    assert isinstance(taken, stream_slots.Taken)
    assert not taken.repeated


async def test_a_slot_of_a_start_that_was_not_finished_is_free_soon(redis_url):
    client = kit_redis.connect(redis_url)
    slots, account_id = stream_slots.StreamSlots(client), ids.new()
    unfinished = await slots.take(a_session(account_id), 1, a_request())
    refused = await slots.take(a_session(account_id), 1, a_request())
    await harness.age_leases(client, timedelta(seconds=5))
    taken = await slots.take(a_session(account_id), 1, a_request())
    await client.aclose()

    assert [isinstance(each, stream_slots.Taken) for each in (unfinished, refused, taken)] == [True, False, True]


async def test_a_full_redis_keeps_and_starts_sessions(redis_url):
    client = kit_redis.connect(redis_url)
    slots, first, second = stream_slots.StreamSlots(client), a_session(ids.new()), a_session(ids.new())
    await slots.take(first, 1, a_request())
    await client.config_set("maxmemory", "1")
    try:
        with pytest.raises(exceptions.OutOfMemoryError):
            await client.set("anything", "else")
        renewed = await slots.renew(first.account_id, first.session_id)
        taken = await slots.take(second, 1, a_request())
        confirmed = await slots.renew(second.account_id, second.session_id)
        await slots.free(first.account_id, first.session_id)
        freed = await slots.get(first.account_id, first.session_id)
    finally:
        await client.config_set("maxmemory", "0")
        await client.aclose()

    assert (renewed, isinstance(taken, stream_slots.Taken), confirmed, freed) == (first, True, second, None)


async def test_a_session_does_not_lapse_while_redis_cannot_save(killable_redis, tmp_path):
    """Redis refuses heartbeats then, so the player is not to blame."""
    _, url = killable_redis
    client = kit_redis.connect(url)
    slots, session, stopped = stream_slots.StreamSlots(client), a_session(ids.new()), a_session(ids.new())
    for each in (session, stopped):
        await slots.take(each, 1, a_request())
    await slots.free(stopped.account_id, stopped.session_id)
    async with testing.unable_to_save(client, tmp_path / "dump"):
        with pytest.raises(errors.RedisUnavailable):
            await slots.renew(session.account_id, session.session_id)
        held = await slots.get(session.account_id, session.session_id)
        await until_lapsed(client, session)
        with pytest.raises(errors.RedisUnavailable):
            await slots.get(session.account_id, session.session_id)
        ended = await slots.get(stopped.account_id, stopped.session_id)
    lapsed = await slots.get(session.account_id, session.session_id)
    resumed = await slots.renew(session.account_id, session.session_id)
    await client.aclose()

    assert (held, ended, lapsed, resumed) == (session, None, None, session)


async def until_lapsed(client, session):
    """Waits until a lease has ended: leases cannot be made older in a Redis that takes no writes."""
    key = stream_leases.slots_key(stream_leases.account_reference(session.account_id))
    async with asyncio.timeout(testing.PATIENCE):
        while await client.zscore(key, session.session_id) > (await client.time())[0] * 1000:
            await asyncio.sleep(0.05)


async def test_a_session_moves_on_its_channel_while_it_lives(redis_url):
    client = kit_redis.connect(redis_url)
    slots, places = stream_slots.StreamSlots(client), [domain.ChannelPlace(ids.new(), each, each, 9) for each in (1, 2)]
    session = dataclasses.replace(a_session(ids.new()), place=domain.ChannelPlace(ids.new(), 0, 0, 0, 1.25))
    await slots.take(session, 1, a_request())

    assert places[0] == (await slots.move(session, places[0])).place
    assert await slots.move(session, places[1], unless_moved=True) is None
    read = await slots.get(session.account_id, session.session_id)
    assert places[0] == read.place
    assert places[1] == (await slots.move(read, places[1], unless_moved=True)).place
    await slots.free(session.account_id, session.session_id)
    assert await slots.move(read, places[0]) is None
    await client.aclose()
