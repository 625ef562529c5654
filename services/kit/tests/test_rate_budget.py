"""Call budgets, which all replicas share in Redis."""

import asyncio

import hypothesis
from hypothesis import strategies

from services.kit import rate_budget, redis

BUDGET = rate_budget.Budget(3, 3600)


@hypothesis.given(calls=strategies.integers(1, 100_000), seconds=strategies.sampled_from([1, 60, 3600]))
def test_a_bucket_never_fills_faster_than_its_budget(calls, seconds):
    refilled, every = rate_budget.Budget(calls, seconds).pace

    assert refilled >= 1
    assert every >= 1
    assert refilled * seconds <= calls * every


@hypothesis.given(calls=strategies.integers(1, 100_000), seconds=strategies.sampled_from([1, 60, 3600]))
def test_the_shares_of_all_calls_sum_to_at_most_the_window(calls, seconds):
    budget = rate_budget.Budget(calls, seconds)

    assert 0 <= budget.window - budget.share * calls < calls


async def test_replicas_share_one_budget(redis_url):
    async with redis.connect(redis_url) as one, redis.connect(redis_url) as two:
        counters = [rate_budget.BudgetCounter(client) for client in (one, two)]
        waits = await asyncio.gather(*(counters[turn % 2].spend("key", BUDGET) for turn in range(8)))

        assert 3 == waits.count(0)
        assert all(0 < wait <= 1200 for wait in waits if wait)
        assert 0 == await counters[0].spend("other key", BUDGET)


async def test_a_refunded_call_may_be_made_again(redis_url):
    async with redis.connect(redis_url) as client:
        counter = rate_budget.BudgetCounter(client)
        for _ in range(3):
            await counter.spend("key", BUDGET)
        wait_seconds = await counter.spend("key", BUDGET)
        await counter.refund("key", BUDGET)

        assert wait_seconds > 0
        assert 0 == await counter.spend("key", BUDGET)
        assert await counter.spend("key", BUDGET) > 0


async def test_an_unspent_budget_has_no_key_in_redis(redis_url):
    async with redis.connect(redis_url) as client:
        counter = rate_budget.BudgetCounter(client)
        await counter.refund("key", BUDGET)
        await counter.spend("key", BUDGET)
        await counter.refund("key", BUDGET)

        assert [] == await client.keys()


async def test_calls_are_counted_in_a_full_redis(redis_url):
    async with redis.connect(redis_url) as client:
        counter = rate_budget.BudgetCounter(client)
        await client.config_set("maxmemory", "1")
        try:
            waits = [await counter.spend("key", BUDGET) for _ in range(4)]
            await counter.refund("key", BUDGET)
            refunded = await counter.spend("key", BUDGET)
        finally:
            await client.config_set("maxmemory", "0")

        assert ([0, 0, 0], True, 0) == (waits[:3], waits[3] > 0, refunded)
        assert 0 < await client.ttl("key") <= BUDGET.seconds
