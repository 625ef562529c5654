"""Jobs run after their transaction is committed; if a worker stops, another worker runs its jobs."""

import asyncio
import contextlib

import asyncpg
import pytest

from services.kit import jobs, testing

#: A worker with these options neither polls for jobs nor takes over jobs of other workers during a test.
_NOTIFICATIONS_ONLY = {"poll": 3600, "heartbeat_timeout": 3600}


@contextlib.asynccontextmanager
async def working(url, work, **seconds):
    task = asyncio.create_task(jobs.Worker(url, "kit", {"greet": work}, **seconds).run())
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_a_job_runs_after_its_transaction_is_committed(database, url):
    done = asyncio.Queue()
    with contextlib.suppress(ZeroDivisionError):
        async with database.transaction() as session:
            await jobs.enqueue(session, "greet", b"rolled back")
            raise ZeroDivisionError
    async with database.transaction() as session:
        await jobs.enqueue(session, "greet", b"committed")

    async with working(url, done.put):
        first = await asyncio.wait_for(done.get(), testing.PATIENCE)

    assert (first, done.empty()) == (b"committed", True)


async def test_a_job_of_higher_priority_goes_first(database, url):
    done = asyncio.Queue()
    async with database.transaction() as session:
        await jobs.enqueue(session, "greet", b"later", priority=1)
        await jobs.enqueue(session, "greet", b"sooner", priority=9)

    async with working(url, done.put):
        order = [await asyncio.wait_for(done.get(), testing.PATIENCE) for _ in range(2)]

    assert order == [b"sooner", b"later"]


async def test_a_job_queued_later_wakes_the_worker(database, url):
    done, payloads = asyncio.Queue(), []

    async with working(url, done.put, **_NOTIFICATIONS_ONLY):
        for payload in (b"first", b"second", b"third"):
            async with database.transaction() as session:
                await jobs.enqueue(session, "greet", payload)
            payloads.append(await asyncio.wait_for(done.get(), testing.PATIENCE))

    assert payloads == [b"first", b"second", b"third"]


@pytest.mark.parametrize(
    "loss",
    [
        ConnectionResetError(),
        asyncpg.CannotConnectNowError("the database system is starting up"),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress"),
    ],
    ids=lambda loss: type(loss).__name__,
)
async def test_a_worker_continues_after_each_kind_of_lost_connection(database, url, loss):
    losses, done = [loss], asyncio.Queue()

    class FailingWorker(jobs.Worker):
        async def _work(self):
            if losses:
                raise losses.pop()
            await super()._work()

    async with database.transaction() as session:
        await jobs.enqueue(session, "greet", b"later")
    task = asyncio.create_task(FailingWorker(url, "kit", {"greet": done.put}).run())
    await asyncio.wait({task, payload := asyncio.create_task(done.get())}, return_when=asyncio.FIRST_COMPLETED)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert b"later" == payload.result()


async def test_a_job_of_a_stopped_worker_is_run_by_the_next_worker_at_once(database, url):
    started = asyncio.Queue()

    async def block(payload):
        await started.put(payload)
        await asyncio.sleep(60)

    async with database.transaction() as session:
        await jobs.enqueue(session, "greet", b"again")
    async with working(url, block):
        await asyncio.wait_for(started.get(), testing.PATIENCE)

    async with working(url, started.put, **_NOTIFICATIONS_ONLY):
        again = await asyncio.wait_for(started.get(), testing.PATIENCE)

    assert again == b"again"
