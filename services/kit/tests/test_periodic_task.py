"""Periodic tasks continue after every failure."""

import asyncio
import contextlib

import asyncpg
import prometheus_client
import pytest
import redis.exceptions

from services.kit import db, errors, periodic_task, testing


class FailingAction:
    """An action that raises the given errors, one per run, and then cancels its task."""

    def __init__(self, *failures):
        self.failures = list(failures)
        self.runs = 0

    async def __call__(self):
        self.runs += 1
        if self.failures:
            raise self.failures.pop(0)
        raise asyncio.CancelledError


async def run(action, **options):
    async with asyncio.timeout(testing.PATIENCE):
        with contextlib.suppress(asyncio.CancelledError):
            await periodic_task.run("test", action, period=0, first_pause=0.001, longest_pause=0.01, **options)


def failures(kind):
    return (
        prometheus_client.REGISTRY.get_sample_value("marquee_task_failures_total", {"task": "test", "kind": kind}) or 0
    )


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (asyncpg.QueryCanceledError("canceling statement due to statement timeout"), "outage"),
        (asyncpg.ReadOnlySQLTransactionError("cannot execute INSERT in a read-only transaction"), "outage"),
        (redis.exceptions.OutOfMemoryError("command not allowed"), "outage"),
        (errors.DatabaseUnavailable(), "outage"),
        (errors.Aborted("a concurrent write was first"), "fault"),
        (KeyError("a fault of the code"), "fault"),
    ],
    ids=repr,
)
async def test_a_failure_is_counted_by_its_kind_and_retried(error, kind):
    before, action = failures(kind), FailingAction(error)

    await run(action)

    assert (2, before + 1) == (action.runs, failures(kind))


async def test_a_task_continues_after_a_statement_timeout(url):
    database = db.Database(url, "kit", statement_timeout=0.05)
    statements = ["SELECT pg_sleep(5)", "SELECT 1"]
    done = asyncio.Event()

    async def run_statement():
        from sqlalchemy import text

        async with database.transaction() as tx:
            await tx.execute(text(statements.pop(0)))
        done.set()

    task = asyncio.create_task(periodic_task.run("test", run_statement, period=3600, first_pause=0.001))
    async with asyncio.timeout(testing.PATIENCE):
        await done.wait()

    assert not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await database.close()


async def test_pauses_grow_up_to_the_longest(monkeypatch):
    pauses = []

    async def sleep(seconds):
        pauses.append(seconds)

    monkeypatch.setattr(periodic_task.asyncio, "sleep", sleep)
    action = FailingAction(*[OSError()] * 6)

    with contextlib.suppress(asyncio.CancelledError):
        await periodic_task.run("test", action, period=0, first_pause=1, longest_pause=8)

    expected = [1, 2, 4, 8, 8, 8]
    assert all(abs(pause - base) <= 0.2 * base for pause, base in zip(pauses, expected, strict=True))


async def test_a_wake_up_during_a_run_starts_another_run():
    wake, runs = asyncio.Event(), []

    async def action():
        runs.append(len(runs))
        if len(runs) < 3:
            wake.set()
        else:
            raise asyncio.CancelledError

    async with asyncio.timeout(testing.PATIENCE):
        with contextlib.suppress(asyncio.CancelledError):
            await periodic_task.run("test", action, period=None, wake=wake)

    assert [0, 1, 2] == runs


@pytest.mark.parametrize("swallowed_as", [None, OSError("connection lost")])
async def test_a_cancellation_that_a_library_swallows_still_ends_the_task(swallowed_as):
    entered = asyncio.Event()

    async def action():
        entered.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if swallowed_as is not None:
                raise swallowed_as from None

    task = asyncio.create_task(periodic_task.run("test", action, period=3600, first_pause=3600, longest_pause=3600))
    await entered.wait()
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=testing.PATIENCE)

    assert {task} == done
    assert task.cancelled()
