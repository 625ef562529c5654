"""Background jobs: queued in a transaction, run by workers, taken over when a worker dies."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import asyncpg
from pgqueuer import AsyncpgDriver, Job, PgQueuer, Queries
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment
from pgqueuer.errors import RetryRequested

from services.kit import context, db, ids, logs, periodic_task

_HEARTBEAT_SECONDS = 10.0
_POLL_SECONDS = 5.0
_RETRY_SECONDS = 1.0

_log = logs.logger()

#: Does one job, given its payload. It must be safe to repeat: a worker may die after the work.
Work = Callable[[bytes], Awaitable[None]]


def create_tables(op: Any) -> None:
    """Creates the queue of a service in its schema; called from its first migration with `alembic.op`."""
    for statement in _statements(QueryBuilderEnvironment().build_install_query(create_schema=False)):
        op.execute(statement)


async def enqueue(session: db.WriteSession, kind: str, payload: bytes, *, priority: int = 0) -> None:
    """Queues a job in the transaction of `session`. Higher priorities go first."""
    queries = Queries(AsyncpgDriver(await db.driver_connection(session)))
    await queries.enqueue(kind, payload, priority)


class Worker:
    """Runs the jobs of a service.

    Args:
        url: the service's database, `postgresql+asyncpg://…`.
        area: the schema of the service.
        kinds: the function for each kind of job.
        concurrency: how many jobs run at the same time.
        poll: how often to look for jobs without a notification, in seconds.
        heartbeat_timeout: after how many seconds without a heartbeat a worker counts as dead and its job is given away.
    """

    def __init__(
        self,
        url: str,
        area: str,
        kinds: Mapping[str, Work],
        *,
        concurrency: int = 1,
        poll: float = _POLL_SECONDS,
        heartbeat_timeout: float = _HEARTBEAT_SECONDS,
    ) -> None:
        self._url = url.replace("postgresql+asyncpg://", "postgresql://")
        self._settings = {"search_path": f"{area},public", "application_name": f"marquee-{area}-jobs"}
        self._kinds = kinds
        self._semaphore = asyncio.Semaphore(concurrency)
        self._concurrency = concurrency
        self._poll = timedelta(seconds=poll)
        self._heartbeat_timeout = timedelta(seconds=heartbeat_timeout)
        self._running: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Runs jobs until it is cancelled; then it stops the running ones and returns them to the queue.

        The database may go and come back.
        """
        await periodic_task.run("job worker", self._work, period=_RETRY_SECONDS)

    async def _work(self) -> None:
        async with asyncpg.create_pool(
            self._url, min_size=1, max_size=3, server_settings=self._settings, timeout=2.0
        ) as pool:
            queue = PgQueuer.from_asyncpg_pool(pool)
            for kind, work in self._kinds.items():
                queue.entrypoint(kind)(self._observed(kind, work))
            running = asyncio.ensure_future(
                queue.run(
                    dequeue_timeout=self._poll,
                    heartbeat_timeout=self._heartbeat_timeout,
                    batch_size=1,
                    # The queue takes at least two jobs at a time; a job beyond `concurrency` waits for the semaphore.
                    max_concurrent_tasks=max(2, self._concurrency),
                )
            )
            try:
                # The queue ends only after its jobs, so they are cancelled first.
                await asyncio.shield(running)
            finally:
                queue.shutdown.set()
                for job in self._running:
                    job.cancel()
                await asyncio.wait({running})

    def _observed(self, kind: str, work: Work) -> Callable[[Job], Awaitable[None]]:
        async def run(job: Job) -> None:
            context.CURRENT.set(context.Call(method=f"job {kind}", request_id=ids.new()))
            work_task = asyncio.ensure_future(self._run_job(kind, job, work))
            self._running.add(work_task)
            try:
                await work_task
            except asyncio.CancelledError:
                raise RetryRequested(reason="the worker stopped") from None
            finally:
                self._running.discard(work_task)

        return run

    async def _run_job(self, kind: str, job: Job, work: Work) -> None:
        async with self._semaphore:
            _log.info("job starts", kind=kind, job=int(job.id))
            await work(job.payload or b"")
            _log.info("job ends", kind=kind, job=int(job.id))


def _statements(script: str) -> list[str]:
    """Splits a script at the semicolons outside dollar quotes: asyncpg prepares one statement at a time."""
    statements, current, quoted = [], "", False
    for line in script.splitlines():
        current += line + "\n"
        quoted ^= line.count("$$") % 2 == 1
        if line.rstrip().endswith(";") and not quoted:
            statements.append(current)
            current = ""
    return [statement for statement in [*statements, current] if statement.strip()]
