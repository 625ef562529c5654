"""The database: transactions, read-only sessions, outages and reconnection."""

import asyncio
import signal
import subprocess

import asyncpg
import pytest
from sqlalchemy import text

from deploy.local import engines
from services.kit import db, errors, testing


class Postgres:
    """A PostgreSQL of its own that can be killed and started again."""

    def __init__(self, server):
        self.url = server.dsn().replace("postgresql://", "postgresql+asyncpg://")
        self._command = server.command()
        self._process = None

    async def start(self):
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", start_new_session=True
        )
        probe = db.Database(self.url, "public")
        async with asyncio.timeout(testing.PATIENCE):
            while True:
                try:
                    async with probe.reading():
                        break
                except errors.DatabaseUnavailable:
                    await asyncio.sleep(0.05)
        await probe.close()

    def end(self, number):
        self._process.send_signal(number)
        self._process.wait()


@pytest.fixture
async def killable_postgres(tmp_path):
    tmp_path.chmod(0o755)
    server = engines.Postgres(tmp_path, testing.free_port(), "tests")
    await server.prepare()
    engine = Postgres(server)
    await engine.start()
    yield engine
    engine.end(signal.SIGINT)


async def count(database):
    async with database.reading() as session:
        return (await session.execute(text("SELECT count(*) FROM stored"))).scalar_one()


async def test_an_unavailable_database_is_reported_and_used_again_without_a_restart(killable_postgres):
    database = db.Database(killable_postgres.url, "public")
    async with database.transaction() as session:
        await session.execute(text("CREATE TABLE stored AS SELECT 1 AS one"))

    killable_postgres.end(signal.SIGQUIT)
    with pytest.raises(errors.DatabaseUnavailable):
        await count(database)
    await killable_postgres.start()

    assert await count(database) == 1
    await database.close()


async def test_a_transaction_that_raises_is_rolled_back(database):
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as session:
            await session.execute(text("INSERT INTO done VALUES ('half')"))
            raise ZeroDivisionError

    async with database.reading() as session:
        assert (await session.execute(text("SELECT count(*) FROM done"))).scalar_one() == 0


async def test_transactions_that_wait_for_one_lock_leave_the_other_connections_free(url):
    database = db.Database(url, "kit", pool_size=1)
    lock = text("SELECT pg_advisory_xact_lock(1)")

    async def write():
        async with database.transaction(serialize_by="a row") as session:
            await session.execute(lock)

    other = db.Database(url, "kit")
    async with other.transaction() as blocking:
        await blocking.execute(lock)
        writes = [asyncio.create_task(write()) for _ in range(20)]
        while not await count_waiting(other):
            await asyncio.sleep(0)
        async with database.transaction(serialize_by="another row") as session:
            await session.execute(text("INSERT INTO done VALUES ('meanwhile')"))
        waiting = await count_waiting(other)
    await asyncio.gather(*writes)

    assert 1 == waiting
    for each in (database, other):
        await each.close()


async def count_waiting(database):
    """Returns the number of connections that wait for a lock."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with database.reading() as session:
        return (await session.execute(text(query))).scalar_one()


async def test_a_callback_runs_after_the_commit_only(database):
    called = []
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as session:
            db.after_commit(session, lambda: called.append("never"))
            raise ZeroDivisionError
    async with database.transaction() as session:
        db.after_commit(session, lambda: called.append("once"))

    assert called == ["once"]


async def test_a_reading_session_cannot_write(database):
    with pytest.raises(db.WriteWhileReading):
        async with database.reading() as session:
            await session.execute(text("INSERT INTO done VALUES ('no')"))


@pytest.mark.parametrize("session_of", [db.Database.reading, db.Database.transaction])
async def test_a_statement_beyond_the_timeout_is_cancelled_with_a_retryable_error(url, session_of):
    database = db.Database(url, "kit", statement_timeout=0.05)

    with pytest.raises(errors.DatabaseTimeout):
        async with session_of(database) as session:
            await session.execute(text("SELECT pg_sleep(5)"))
    await database.close()


async def test_a_server_that_became_read_only_is_an_outage_for_writers(database):
    with pytest.raises(errors.DatabaseUnavailable):
        async with database.transaction() as session:
            await session.execute(text("SET TRANSACTION READ ONLY"))
            await session.execute(text("INSERT INTO done VALUES ('no')"))


async def test_queries_succeed_after_the_server_closed_idle_connections(url):
    database = db.Database(url, "kit", idle_timeout=0.1)

    async def read_one(together):
        async with database.reading() as session:
            await together.wait()
            return (await session.execute(text("SELECT 1"))).scalar_one()

    for _ in range(2):
        together = asyncio.Barrier(3)
        assert await asyncio.gather(*(read_one(together) for _ in range(3))) == [1, 1, 1]
        async with asyncio.timeout(testing.PATIENCE):
            while await count_connections(url):
                await asyncio.sleep(0.02)
    await database.close()


async def count_connections(url):
    """Returns the number of other connections to a database."""
    connection = await asyncpg.connect(url.replace("postgresql+asyncpg://", "postgresql://"))
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    count = await connection.fetchval(query)
    await connection.close()
    return count


@pytest.mark.parametrize(
    "statement",
    [
        "DO $$ BEGIN RAISE 'no space left on device' USING ERRCODE = '53100'; END $$",
        "DO $$ BEGIN RAISE 'deadlock detected' USING ERRCODE = '40P01'; END $$",
        "SET TRANSACTION READ ONLY; INSERT INTO done VALUES ('no')",
    ],
)
async def test_a_full_deadlocked_or_read_only_database_is_unavailable(database, statement):
    with pytest.raises(errors.DatabaseUnavailable):
        async with database.transaction() as session:
            for each in [statement] if "$$" in statement else statement.split("; "):
                await session.execute(text(each))
