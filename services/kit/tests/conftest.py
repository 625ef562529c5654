"""Fixtures: a database with the tables that kit needs, and Redis."""

import asyncio
import subprocess

import asyncpg
import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.ext.asyncio import create_async_engine

from services.kit import db, events, ids, jobs, testing
from services.kit import redis as kit_redis

AREA = "kit"


@pytest.fixture
async def url(postgres):
    """The URL of a database with an outbox, an inbox, a job queue and the table `done`, where tests record work."""
    name = f"test_{ids.new().replace('-', '')}"
    admin = await asyncpg.connect(postgres.dsn())
    await admin.execute(f"CREATE DATABASE {name}")
    address = postgres.dsn(name).replace("postgresql://", "postgresql+asyncpg://")
    engine = create_async_engine(address, connect_args={"server_settings": {"search_path": AREA}})
    async with engine.begin() as connection:
        await connection.run_sync(_create)
    await engine.dispose()
    yield address
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


def _create(connection):
    connection.exec_driver_sql(f"CREATE SCHEMA {AREA}")
    connection.exec_driver_sql("CREATE TABLE done (what text NOT NULL)")
    with Operations.context(MigrationContext.configure(connection)) as op:
        events.create_tables(op)
        jobs.create_tables(op)


@pytest.fixture
async def database(url):
    connected = db.Database(url, AREA)
    yield connected
    await connected.close()


@pytest.fixture
async def redis(redis_url):
    client = kit_redis.connect(redis_url)
    yield client
    await client.aclose()


class Redis:
    """A separate Redis that a test can kill and start again."""

    def __init__(self, server):
        self.url = server.url
        # A confirmed write must survive the kill; by default Redis delays fsync.
        self._command = (*server.command(), "--appendfsync", "always")
        self._process = None

    async def start(self):
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        client = kit_redis.connect(self.url)
        async with asyncio.timeout(testing.PATIENCE):
            while True:
                try:
                    await client.ping()
                    break
                except kit_redis.AWAY:
                    await asyncio.sleep(0.02)
        await client.aclose()

    def kill(self):
        self._process.kill()
        self._process.wait()


@pytest.fixture
async def killable_redis(tmp_path):
    from deploy.local import engines

    server = engines.Redis(tmp_path, testing.free_port(), "tests")
    await server.prepare()
    engine = Redis(server)
    await engine.start()
    yield engine
    engine.kill()
