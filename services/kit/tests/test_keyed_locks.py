"""Locks by key."""

import asyncio

from services.kit import keyed_locks


async def test_holders_of_one_key_follow_each_other_and_those_of_other_keys_do_not_wait():
    locks, steps, release = keyed_locks.KeyedLocks(), [], asyncio.Event()

    async def hold(key, name):
        async with locks.hold(key):
            steps.append(name)
            await release.wait()

    async with asyncio.TaskGroup() as group:
        for key, name in (("a", "a1"), ("a", "a2"), ("b", "b1"), ("a", "a3")):
            group.create_task(hold(key, name))
        while len(steps) < 2:
            await asyncio.sleep(0)
        release.set()

    assert ["a1", "b1", "a2", "a3"] == steps
    assert 0 == len(locks)


async def test_a_holder_that_fails_and_one_that_stops_waiting_leave_the_lock_to_the_next():
    locks, passed = keyed_locks.KeyedLocks(), []

    async def hold(name):
        async with locks.hold("a"):
            passed.append(name)

    async def fail():
        async with locks.hold("a"):
            waiting = [asyncio.create_task(hold(name)) for name in ("cancelled", "next")]
            await asyncio.sleep(0)
            waiting[0].cancel()
            raise ZeroDivisionError

    await asyncio.gather(fail(), return_exceptions=True)
    await hold("last")

    assert ["next", "last"] == passed
