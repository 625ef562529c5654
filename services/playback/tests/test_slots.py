"""Slots against a real Redis: no order of starting, beating, stopping and waiting gives an account one too many."""

import asyncio
from datetime import timedelta

import pytest
import redis as sync_redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.kit import ids, testing
from services.kit import redis as kit_redis
from services.playback import domain, slots


def a_session(account_id):
    return domain.Session(
        session_id=ids.new(),
        account_id=account_id,
        profile_id=ids.new(),
        title_id=ids.new(),
        episode_id="",
        package_id=ids.new(),
        title="Tides",
        device=domain.Device("", "Phone"),
        duration=timedelta(hours=1),
        resume_position=timedelta(seconds=1.5),
        start_time=testing.NOW,
        maturity_ceiling=3,
        country_code="US",
        next_episode=domain.Episode(ids.new(), 1, 2, "Ebb"),
    )


starts = st.tuples(st.just("start"), st.integers(1, 3))
touches = st.tuples(st.sampled_from(["beat", "stop", "look"]), st.integers(0, 9))
waits = st.tuples(st.just("wait"), st.integers(1, 35))


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(starts | touches | waits, max_size=30))
def test_whatever_happens_in_whatever_order_the_limit_holds(redis_url, steps):
    async def run():
        client = kit_redis.connect(redis_url)
        leases, account_id, at = slots.Slots(client), ids.new(), testing.NOW
        begun, ends = [], {}
        for step, figure in steps:
            live = {session_id for session_id, end in ends.items() if end > at}
            which = begun[figure % len(begun)].session_id if begun else ""
            match step:
                case "wait":
                    at += timedelta(seconds=figure)
                case "start":
                    session = a_session(account_id)
                    taken = await leases.take(session, figure, "", at)
                    assert isinstance(taken, slots.Taken) == (len(live) < figure)
                    if isinstance(taken, slots.Taken):
                        begun.append(session)
                        ends[session.session_id] = at + domain.LEASE
                    else:
                        assert {each.session_id for each in taken.sessions} == live
                case "beat":
                    renewed = await leases.renew(account_id, which, at)
                    assert (renewed is not None) == (which in live)
                    if renewed:
                        ends[which] = at + domain.LEASE
                case "stop":
                    await leases.free(account_id, which)
                    ends.pop(which, None)
                case "look":
                    seen = await leases.get(account_id, which, at)
                    assert (seen is not None) == (which in live)
        await client.aclose()

    asyncio.run(run())


async def test_of_many_at_once_only_as_many_as_there_are_slots_get_one(redis_url):
    client = kit_redis.connect(redis_url)
    leases, account_id = slots.Slots(client), ids.new()

    taken = await asyncio.gather(*(leases.take(a_session(account_id), 4, "", testing.NOW) for _ in range(40)))
    await client.aclose()

    assert sum(isinstance(each, slots.Taken) for each in taken) == 4


async def test_a_session_comes_back_as_it_went(redis_url):
    client = kit_redis.connect(redis_url)
    leases, session = slots.Slots(client), a_session(ids.new())
    await leases.take(session, 1, "", testing.NOW)

    seen = await leases.get(session.account_id, session.session_id, testing.NOW)
    await client.aclose()

    assert seen == session


async def test_accounts_do_not_share_slots(redis_url):
    client = kit_redis.connect(redis_url)
    leases = slots.Slots(client)

    taken = [await leases.take(a_session(ids.new()), 1, "", testing.NOW) for _ in range(3)]
    await client.aclose()

    assert all(isinstance(each, slots.Taken) for each in taken)


async def test_what_is_left_in_redis_goes_away_by_itself(redis_url):
    client = kit_redis.connect(redis_url)
    await slots.Slots(client).take(a_session(ids.new()), 1, ids.new(), testing.NOW)
    await client.aclose()

    with sync_redis.Redis.from_url(redis_url) as looking:
        assert all(0 < looking.ttl(key) <= 60 for key in looking.keys("playback:*"))


@pytest.mark.parametrize("gone", ["stopped", "lapsed"])
async def test_a_request_repeated_after_its_session_ended_starts_anew(redis_url, gone):
    client = kit_redis.connect(redis_url)
    leases, first, request_id, at = slots.Slots(client), a_session(ids.new()), ids.new(), testing.NOW
    await leases.take(first, 1, request_id, at)
    if gone == "stopped":
        await leases.free(first.account_id, first.session_id)
    else:
        at += domain.LEASE
    taken = await leases.take(a_session(first.account_id), 1, request_id, at)
    await client.aclose()

    assert isinstance(taken, slots.Taken)
    assert not taken.repeated
