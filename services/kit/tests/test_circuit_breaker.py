"""The circuit breaker counts failures of the service that is called, and no failures of callers."""

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
def _no_deadline():
    token = context.CURRENT.set(context.Call("test", "r"))
    yield
    context.CURRENT.reset(token)


def set_deadline(seconds):
    context.CURRENT.set(context.Call("test", "r", deadline=time.monotonic() + seconds))


async def succeeds():
    return "response"


async def fails():
    raise errors.Unavailable("unavailable")


async def hangs():
    await asyncio.Event().wait()


async def late():
    raise errors.DeadlineExceeded("late")


async def error_type_of(breaker, call, **options):
    with pytest.raises(errors.Error) as raised:
        await breaker.call(call, **options)
    return type(raised.value)


async def test_a_failing_service_is_not_called_until_the_pause_is_over(breaker, now):
    error_types = [await error_type_of(breaker, fails) for _ in range(2)]
    error_type = await error_type_of(breaker, succeeds)
    now.now += 2.0

    assert [errors.Unavailable, errors.Unavailable, circuit_breaker.CircuitOpen] == [*error_types, error_type]
    assert "response" == await breaker.call(succeeds)
    assert not breaker.is_open


async def test_a_timeout_is_a_failure(breaker):
    assert [errors.DeadlineExceeded] * 2 == [await error_type_of(breaker, hangs) for _ in range(2)]
    assert breaker.is_open


@pytest.mark.parametrize("call", [hangs, late])
async def test_a_short_deadline_of_a_caller_opens_no_circuit(breaker, call):
    set_deadline(0.01)

    for _ in range(5):
        assert await error_type_of(breaker, call, patience=0.02) == errors.DeadlineExceeded

    assert not breaker.is_open


async def test_a_cancelled_caller_opens_no_circuit(breaker):
    for _ in range(5):
        task = asyncio.create_task(breaker.call(hangs, patience=60))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert not breaker.is_open


async def test_an_expected_error_is_not_a_failure(breaker):
    async def refuses():
        raise errors.NotFound("no such profile")

    error_types = [await error_type_of(breaker, call) for call in (fails, refuses, fails)]

    assert [errors.Unavailable, errors.NotFound, errors.Unavailable] == error_types
    assert not breaker.is_open


async def test_only_one_call_probes_the_service_after_the_pause(breaker, now):
    for _ in range(2):
        await error_type_of(breaker, fails)
    now.now += 2.0
    may_fail = asyncio.Event()

    async def slow():
        await may_fail.wait()
        raise errors.Unavailable("still unavailable")

    probe = asyncio.create_task(breaker.call(slow, patience=60))
    await asyncio.sleep(0)
    assert await error_type_of(breaker, succeeds) == circuit_breaker.CircuitOpen
    may_fail.set()
    with pytest.raises(errors.Unavailable, match="still unavailable"):
        await probe

    # In the half-open state one failure opens the circuit again.
    assert await error_type_of(breaker, succeeds) == circuit_breaker.CircuitOpen


async def test_after_a_cancelled_probe_the_next_call_probes(breaker, now):
    for _ in range(2):
        await error_type_of(breaker, fails)
    now.now += 2.0
    probe = asyncio.create_task(breaker.call(hangs, patience=60))
    await asyncio.sleep(0)
    probe.cancel()
    await asyncio.gather(probe, return_exceptions=True)

    assert "response" == await breaker.call(succeeds)


async def test_a_forced_call_passes_an_open_circuit(breaker):
    for _ in range(2):
        await error_type_of(breaker, fails)

    assert "response" == await breaker.call(succeeds, force=True)
