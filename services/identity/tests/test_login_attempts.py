"""Guesses of one account's password run out, whether or not the account exists."""

import asyncio

import grpc
import pytest
from google.rpc import error_details_pb2

from services.identity import login_attempts
from services.kit import rate_budget, status, testing

FEW = rate_budget.Budget(3, 3600)


async def outcome_of(call):
    """Returns the reason with which a call is refused, and its code; None if it succeeds."""
    try:
        await call
    except grpc.aio.AioRpcError as refused:
        return testing.reason_of(refused), refused.code()
    return None


def guesses(identity, count, email="ada@example.org"):
    return asyncio.gather(*(outcome_of(identity.log_in(email, f"a loud harbour {n}")) for n in range(count)))


BAD = ("BAD_CREDENTIALS", grpc.StatusCode.UNAUTHENTICATED)
SPENT = ("TOO_MANY_ATTEMPTS", grpc.StatusCode.RESOURCE_EXHAUSTED)


def test_an_email_address_is_counted_however_it_is_written():
    assert login_attempts.key_of("Ada@Example.org") == login_attempts.key_of(" ada@example.org")
    assert login_attempts.key_of("ada@example.org") != login_attempts.key_of("eve@example.org")
    assert "ada" not in login_attempts.key_of("ada@example.org")


@pytest.mark.parametrize("email", ["ada@example.org", "nobody@example.org"])
async def test_guesses_run_out_alike_with_and_without_an_account(start_harness, email):
    identity = await start_harness(attempts=FEW)
    await identity.registered()

    outcomes = await guesses(identity, 3, email)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await identity.log_in(email, "a quiet harbour")

    assert [BAD] * 3 == outcomes
    error = status.raised_by(refused.value, "identity")
    (retry,) = error.details
    assert SPENT == (error.reason, error.code)
    assert isinstance(retry, error_details_pb2.RetryInfo)
    assert 0 < retry.retry_delay.ToSeconds() <= 1200


async def test_registrations_guess_from_the_same_budget(start_harness):
    identity = await start_harness(attempts=FEW)
    await identity.registered()

    outcomes = [await outcome_of(identity.registered(password=f"a loud harbour {n}")) for n in range(4)]

    assert [("REGISTRATION_REFUSED", grpc.StatusCode.FAILED_PRECONDITION)] * 3 + [SPENT] == outcomes
    assert SPENT == await outcome_of(identity.log_in())


async def test_guesses_at_the_same_time_do_not_pass_together(start_harness):
    identity = await start_harness(attempts=FEW)
    await identity.registered()

    outcomes = await guesses(identity, 8)

    assert 5 == outcomes.count(SPENT)


async def test_log_ins_that_succeed_spend_nothing(start_harness):
    identity = await start_harness(attempts=FEW)
    await identity.registered()

    for _ in range(5):
        assert None is await outcome_of(identity.log_in())


async def test_one_account_is_open_while_another_is_guessed_at(start_harness):
    identity = await start_harness(attempts=FEW)
    await identity.registered()
    await guesses(identity, 4, "eve@example.org")

    assert None is await outcome_of(identity.log_in())


async def test_nobody_logs_in_while_log_ins_cannot_be_counted(start_harness, killable_redis):
    redis, url = killable_redis
    identity = await start_harness(attempts=FEW, redis_url=url)
    await identity.registered()
    redis.kill()

    assert ("REDIS_UNAVAILABLE", grpc.StatusCode.UNAVAILABLE) == await outcome_of(identity.log_in())
    redis.start()
    async with asyncio.timeout(testing.PATIENCE):
        while await outcome_of(identity.log_in()) is not None:
            await asyncio.sleep(0.05)
