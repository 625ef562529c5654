"""Stream slots on a real Redis: no order of calls gives an account more streams than its limit."""

import asyncio
from datetime import timedelta

import pytest
import redis as sync_redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.kit import ids, testing
from services.kit import redis as kit_redis
from services.playback import domain, stream_slots


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


starts = st.tuples(st.sampled_from(["start", "replace"]), st.integers(1, 3))
touches = st.tuples(st.sampled_from(["beat", "stop", "look"]), st.integers(0, 9))
waits = st.tuples(st.just("wait"), st.integers(1, 35))


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(starts | touches | waits, max_size=30))
def test_the_limit_holds_in_every_order_of_calls(redis_url, steps):
    async def run():
        client = kit_redis.connect(redis_url)
        slots, account_id, at = stream_slots.StreamSlots(client), ids.new(), testing.NOW
        started, ends = [], {}
        for step, figure in steps:
            live = {session_id for session_id, end in ends.items() if end > at}
            which = started[figure % len(started)].session_id if started else ""
            match step:
                case "wait":
                    at += timedelta(seconds=figure)
                case "start" | "replace":
                    session = a_session(account_id)
                    replaced = which if step == "replace" else ""
                    taken = await slots.take(session, figure, a_request(replace_session_id=replaced), at)
                    assert isinstance(taken, stream_slots.Taken) == (len(live - {replaced}) < figure)
                    if isinstance(taken, stream_slots.Taken):
                        started.append(session)
                        ends.pop(replaced, None)
                        ends[session.session_id] = at + domain.LEASE
                    else:
                        assert {each.session_id for each in taken.sessions} == live
                case "beat":
                    renewed = await slots.renew(account_id, which, at)
                    assert (renewed is not None) == (which in live)
                    if renewed:
                        ends[which] = at + domain.LEASE
                case "stop":
                    await slots.free(account_id, which)
                    ends.pop(which, None)
                case "look":
                    seen = await slots.get(account_id, which, at)
                    assert (seen is not None) == (which in live)
        await client.aclose()

    asyncio.run(run())


async def test_concurrent_calls_take_no_more_slots_than_the_limit(redis_url):
    client = kit_redis.connect(redis_url)
    slots, account_id = stream_slots.StreamSlots(client), ids.new()

    taken = await asyncio.gather(*(slots.take(a_session(account_id), 4, a_request(), testing.NOW) for _ in range(40)))
    await client.aclose()

    assert sum(isinstance(each, stream_slots.Taken) for each in taken) == 4


async def test_a_session_is_read_as_it_was_written(redis_url):
    client = kit_redis.connect(redis_url)
    slots, session = stream_slots.StreamSlots(client), a_session(ids.new())
    await slots.take(session, 1, a_request(), testing.NOW)

    seen = await slots.get(session.account_id, session.session_id, testing.NOW)
    await client.aclose()

    assert seen == session


async def test_accounts_do_not_share_slots(redis_url):
    client = kit_redis.connect(redis_url)
    slots = stream_slots.StreamSlots(client)

    taken = [await slots.take(a_session(ids.new()), 1, a_request(), testing.NOW) for _ in range(3)]
    await client.aclose()

    assert all(isinstance(each, stream_slots.Taken) for each in taken)


async def test_every_key_in_redis_expires(redis_url):
    client = kit_redis.connect(redis_url)
    await stream_slots.StreamSlots(client).take(a_session(ids.new()), 1, a_request(), testing.NOW)
    await client.aclose()

    with sync_redis.Redis.from_url(redis_url) as looking:
        assert all(0 < looking.ttl(key) <= 60 for key in looking.keys("playback:*"))


@pytest.mark.parametrize("gone", ["stopped", "lapsed"])
async def test_a_request_that_is_repeated_after_its_session_ended_starts_another(redis_url, gone):
    client = kit_redis.connect(redis_url)
    slots, first, request, at = stream_slots.StreamSlots(client), a_session(ids.new()), a_request(), testing.NOW
    await slots.take(first, 1, request, at)
    if gone == "stopped":
        await slots.free(first.account_id, first.session_id)
    else:
        at += domain.LEASE
    taken = await slots.take(a_session(first.account_id), 1, request, at)
    await client.aclose()

    assert isinstance(taken, stream_slots.Taken)
    assert not taken.repeated
