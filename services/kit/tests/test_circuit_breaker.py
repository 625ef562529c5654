"""The circuit breaker counts failures of the callee, and none of its callers."""

import asyncio
import time

import pytest

from services.kit import circuit_breaker, context, errors


class Time:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def now():
    return Time()


@pytest.fixture
def breaker(now):
    return circuit_breaker.CircuitBreaker("viewing", patience=0.05, failures=2, pause=2.0, monotonic=now)


@pytest.fixture(autouse=True)
def _unhurried():
    token = context.CURRENT.set(context.Call("test", "r"))
    yield
    context.CURRENT.reset(token)


def hurry(seconds):
    context.CURRENT.set(context.Call("test", "r", deadline=time.monotonic() + seconds))


async def answer():
    return "answer"


async def fails():
    raise errors.Unavailable("away")


async def hangs():
    await asyncio.Event().wait()


async def late():
    raise errors.DeadlineExceeded("late")


async def failing(breaker, call, **options):
    with pytest.raises(errors.Error) as caught:
        await breaker.call(call, **options)
    return type(caught.value)


async def test_a_callee_that_fails_is_left_alone_until_the_pause_is_over(breaker, now):
    raised = [await failing(breaker, fails) for _ in range(2)]
    refused = await failing(breaker, answer)
    now.now += 2.0

    assert [errors.Unavailable, errors.Unavailable, circuit_breaker.CircuitOpen] == [*raised, refused]
    assert "answer" == await breaker.call(answer)
    assert not breaker.is_open


async def test_an_answer_that_does_not_come_is_a_failure(breaker):
    assert [errors.DeadlineExceeded] * 2 == [await failing(breaker, hangs) for _ in range(2)]
    assert breaker.is_open


@pytest.mark.parametrize("call", [hangs, late])
async def test_a_caller_with_little_time_opens_no_circuit(breaker, call):
    hurry(0.01)

    for _ in range(5):
        assert await failing(breaker, call, patience=0.02) == errors.DeadlineExceeded

    assert not breaker.is_open


async def test_a_caller_that_goes_away_opens_no_circuit(breaker):
    for _ in range(5):
        task = asyncio.create_task(breaker.call(hangs, patience=60))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert not breaker.is_open


async def test_a_refusal_is_an_answer(breaker):
    async def refuses():
        raise errors.NotFound("no such profile")

    raised = [await failing(breaker, call) for call in (fails, refuses, fails)]

    assert [errors.Unavailable, errors.NotFound, errors.Unavailable] == raised
    assert not breaker.is_open


async def test_one_call_alone_tries_a_callee_after_the_pause(breaker, now):
    for _ in range(2):
        await failing(breaker, fails)
    now.now += 2.0
    going = asyncio.Event()

    async def slow():
        await going.wait()
        raise errors.Unavailable("still away")

    probe = asyncio.create_task(breaker.call(slow, patience=60))
    await asyncio.sleep(0)
    assert await failing(breaker, answer) == circuit_breaker.CircuitOpen
    going.set()
    with pytest.raises(errors.Unavailable, match="still away"):
        await probe

    # One failure opens it again: it was half open.
    assert await failing(breaker, answer) == circuit_breaker.CircuitOpen


async def test_a_probe_that_is_cancelled_lets_the_next_one_try(breaker, now):
    for _ in range(2):
        await failing(breaker, fails)
    now.now += 2.0
    probe = asyncio.create_task(breaker.call(hangs, patience=60))
    await asyncio.sleep(0)
    probe.cancel()
    await asyncio.gather(probe, return_exceptions=True)

    assert "answer" == await breaker.call(answer)


async def test_a_patient_caller_is_let_through(breaker):
    for _ in range(2):
        await failing(breaker, fails)

    assert "answer" == await breaker.call(answer, force=True)
