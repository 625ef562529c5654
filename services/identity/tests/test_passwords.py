"""Passwords: hashed by argon2id, as many at once as the machine can do."""

import asyncio
import time

import argon2
import pytest
from google.rpc import error_details_pb2

from services.identity import domain, errors, passwords


@pytest.fixture
def secrets():
    made = passwords.Passwords(concurrency=1, queue_limit=3)
    yield made
    made.close()


async def test_a_hash_is_argon2id_with_a_salt_of_its_own(secrets):
    one, two = await secrets.hash("a quiet harbour"), await secrets.hash("a quiet harbour")

    assert one != two
    assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await secrets.matches(one, "a quiet harbour")
    assert not await secrets.matches(one, "a loud harbour")


async def test_letters_that_look_the_same_are_the_same(secrets):
    composed, decomposed = "caf\u00e9 au lait", "cafe\u0301 au lait"

    assert await secrets.matches(await secrets.hash(composed), decomposed)


async def test_nobody_waits_in_vain(secrets):
    results = await asyncio.gather(*(secrets.hash("a quiet harbour") for _ in range(5)), return_exceptions=True)

    busy = [result for result in results if isinstance(result, errors.SignInBusy)]
    assert 2 == len(busy)
    [detail] = busy[0].details
    assert isinstance(detail, error_details_pb2.RetryInfo)
    assert 1 == detail.retry_delay.seconds
    assert await secrets.hash("and then there is room again")


async def test_the_queue_forgets_callers_that_went_away(secrets):
    for _ in range(5):
        asking = asyncio.create_task(secrets.hash("a quiet harbour"))
        await asyncio.sleep(0)  # It queues now.
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)

    assert await secrets.hash("a quiet harbour")


async def test_a_broken_hash_matches_nothing(secrets):
    assert not await secrets.matches("not a hash", "anything")


def test_a_hash_with_other_parameters_is_outdated(secrets):
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash("a quiet harbour")

    assert secrets.outdated(weak)


@pytest.mark.parametrize(
    ("password", "email", "strong"),
    [
        ("a quiet harbour", "ada@example.org", True),
        ("correct horse", "horst@example.org", True),
        ("jolly good", "jo@example.org", True),
        ("\uff50assword1", "ada@example.org", False),
        ("PASSWORD123", "ada@example.org", False),
        ("i am byron", "Byron@example.org", False),
        ("seven77", "ada@example.org", False),
        ("p4$$w0rd1", "ada@example.org", False),
        ("4@8({[<369!|17$50+%2", "ada@example.org", True),
    ],
)
def test_a_password_is_judged_by_what_guessers_try(password, email, strong):
    assert strong == (domain.password_weakness(password, email) is None)


def test_no_password_takes_much_longer_to_judge_than_another():
    """zxcvbn tries all readings of signs as letters; a password of all such signs would take seconds."""
    seconds = {}

    for password in (
        "a quiet harbour under a lantern, and seventeen gulls on the breakwater",
        "4@8({[<369!|17$50+%2" * 4,
        "$@!|(<{[01+7" * 6,
    ):
        started = time.process_time()
        assert domain.password_weakness(password, "ada@example.org") is None
        seconds[password] = time.process_time() - started

    first, *others = seconds.values()
    assert max(others) < 20 * first, seconds
