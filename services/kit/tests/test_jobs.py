"""Jobs run once their transaction is committed, and on another worker if theirs dies."""

import asyncio
import contextlib

import asyncpg
import pytest

from services.kit import jobs, testing

#: A worker with these neither looks by itself for jobs nor takes others for dead while a test lasts.
_ONLY_WHEN_TOLD = {"poll": 3600, "heartbeat_timeout": 3600}


@contextlib.asynccontextmanager
async def working(url, work, **seconds):
    task = asyncio.create_task(jobs.Worker(url, "kit", {"greet": work}, **seconds).run())
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_a_job_is_done_when_its_transaction_is_committed(database, url):
    done = asyncio.Queue()
    with contextlib.suppress(ZeroDivisionError):
        async with database.transaction() as session:
            await jobs.enqueue(session, "greet", b"rolled back")
            raise ZeroDivisionError
    async with database.transaction() as session:
        await jobs.enqueue(session, "greet", b"kept")

    async with working(url, done.put):
        first = await asyncio.wait_for(done.get(), testing.PATIENCE)

    assert (first, done.empty()) == (b"kept", True)


async def test_a_job_of_higher_priority_goes_first(database, url):
    done = asyncio.Queue()
    async with database.transaction() as session:
        await jobs.enqueue(session, "greet", b"later", priority=1)
        await jobs.enqueue(session, "greet", b"sooner", priority=9)

    async with working(url, done.put):
        order = [await asyncio.wait_for(done.get(), testing.PATIENCE) for _ in range(2)]

    assert order == [b"sooner", b"later"]


async def test_a_job_queued_later_wakes_the_worker(database, url):
    done, told = asyncio.Queue(), []

    async with working(url, done.put, **_ONLY_WHEN_TOLD):
        for word in (b"first", b"second", b"third"):
            async with database.transaction() as session:
                await jobs.enqueue(session, "greet", word)
            told.append(await asyncio.wait_for(done.get(), testing.PATIENCE))

    assert told == [b"first", b"second", b"third"]


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
async def test_a_worker_outlives_each_way_to_lose_the_database(database, url, loss):
    losses, done = [loss], asyncio.Queue()

    class Unlucky(jobs.Worker):
        async def _work(self):
            if losses:
                raise losses.pop()
            await super()._work()

    async with database.transaction() as session:
        await jobs.enqueue(session, "greet", b"later")
    task = asyncio.create_task(Unlucky(url, "kit", {"greet": done.put}).run())
    await asyncio.wait({task, told := asyncio.create_task(done.get())}, return_when=asyncio.FIRST_COMPLETED)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert b"later" == told.result()


async def test_a_job_of_a_worker_that_is_stopped_goes_to_the_next_at_once(database, url):
    started = asyncio.Queue()

    async def dawdle(payload):
        await started.put(payload)
        await asyncio.sleep(60)

    async with database.transaction() as session:
        await jobs.enqueue(session, "greet", b"again")
    async with working(url, dawdle):
        await asyncio.wait_for(started.get(), testing.PATIENCE)

    async with working(url, started.put, **_ONLY_WHEN_TOLD):
        again = await asyncio.wait_for(started.get(), testing.PATIENCE)

    assert again == b"again"
