"""Real engines: one PostgreSQL and one Redis per process, an empty database and an empty Redis for each test.

`make test` runs tests in several processes, each with its own engines and ports.
"""

import asyncio
import collections
import itertools
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import asyncpg
import hypothesis
import pytest
import redis
from xdist.scheduler import LoadFileScheduling

from deploy.local import engines
from services.kit import ids, method_policy, migrations, testing

_START_SECONDS = 120.0
_PASSWORD = "tests"  # noqa: S105 - of a server that ends with the tests

#: The journeys share one platform, so one process runs all of them.
_JOURNEYS = "tests/journeys/"

# The time of an example depends on the load of the machine.
_UNHURRIED = hypothesis.settings(deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
# Every run uses the same examples; `--hypothesis-profile=explore` uses others.
hypothesis.settings.register_profile("marquee", _UNHURRIED, derandomize=True)
hypothesis.settings.register_profile("explore", _UNHURRIED)
hypothesis.settings.load_profile("marquee")

# The data of these servers is temporary, so no write has to wait for the disk.
_POSTGRES_FLAGS = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")
_REDIS_FLAGS = ("--appendonly", "no")
# A Redis that is killed keeps every write that it has answered; by default it delays them while the disk is busy.
_KILLABLE_REDIS_FLAGS = ("--appendfsync", "always")


def pytest_configure() -> None:
    """Sets the environment of this process, and of all that tests start."""
    os.environ.setdefault(method_policy.TIMEOUT_FACTOR, "10")
    # The threads of one computation wait for each other in busy loops, which slow down all other processes.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


class _JourneyScheduling(LoadFileScheduling):
    """Assigns tests to processes by file, and all journeys to one process."""

    def _split_scope(self, nodeid: str) -> str:
        return _JOURNEYS if nodeid.startswith(_JOURNEYS) else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _JourneyScheduling:
    """Returns the scheduler of tests that run in several processes."""
    return _JourneyScheduling(config, log)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Prints how long the tests of each room took, in all processes together, when more than one room was tested."""
    node_ids: dict[str, set[str]] = collections.defaultdict(set)
    seconds: dict[str, float] = collections.defaultdict(float)
    for report in itertools.chain.from_iterable(terminalreporter.stats.values()):
        if isinstance(report, pytest.TestReport):
            room = str(PurePosixPath(report.nodeid.partition("::")[0]).parent).removesuffix("/tests")
            node_ids[room].add(report.nodeid)
            seconds[room] += report.duration
    if len(seconds) > 1:
        terminalreporter.section("time per room")
        for room in sorted(seconds, key=seconds.__getitem__, reverse=True):
            terminalreporter.write_line(f"{room:<28} {len(node_ids[room]):>5} tests {seconds[room]:>7.1f} s")


@pytest.fixture(scope="session")
def engine_home() -> Iterator[Path]:
    """A folder that the user of the servers can read; it is deleted after the tests."""
    with tempfile.TemporaryDirectory(prefix="marquee-tests-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        yield home


@pytest.fixture(scope="session")
def postgres(engine_home: Path) -> Iterator[engines.Postgres]:
    """The PostgreSQL of this process."""
    server = engines.Postgres(engine_home, testing.free_port(), _PASSWORD)
    asyncio.run(server.prepare())
    command = (*server.command(), *_POSTGRES_FLAGS)
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
    try:
        _wait(lambda: asyncio.run(_ping_postgres(server.dsn())))
        yield server
    finally:
        process.send_signal(
            signal.SIGINT
        )  # Closes connections that a failed test left open; SIGTERM would wait for them.
        process.wait()


@pytest.fixture(scope="session")
def redis_server(engine_home: Path) -> Iterator[engines.Redis]:
    """The Redis of this process."""
    server = engines.Redis(engine_home, testing.free_port(), _PASSWORD)
    asyncio.run(server.prepare())
    command = (*server.command(), *_REDIS_FLAGS)
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(lambda: _ping_redis(server.url))
        yield server
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def redis_url(redis_server: engines.Redis) -> str:
    """The URL of an empty Redis."""
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
    return redis_server.url


@pytest.fixture(scope="session")
def _templates() -> set[str]:
    return set()


@pytest.fixture
def database_url(postgres: engines.Postgres, _templates: set[str]) -> Iterator[Callable[[str], Awaitable[str]]]:
    """Returns a function that creates an empty database with the schema of a service."""
    made: list[str] = []

    async def make(area: str) -> str:
        if area not in _templates:
            await _execute(postgres, f"CREATE DATABASE template_{area}")
            await _execute(postgres, "CREATE EXTENSION IF NOT EXISTS vector", f"template_{area}")
            await migrations.migrate(_url(postgres, f"template_{area}"), area)
            _templates.add(area)
        name = f"test_{ids.new().replace('-', '')}"
        # Copying files takes half the time of writing each page to the log, which is the default.
        await _execute(postgres, f"CREATE DATABASE {name} TEMPLATE template_{area} STRATEGY file_copy")
        made.append(name)
        return _url(postgres, name)

    yield make
    for name in made:
        asyncio.run(_execute(postgres, f"DROP DATABASE {name} WITH (FORCE)"))


class KillableEngine:
    """An engine that a test can kill and start again."""

    def __init__(self, server: engines.Postgres | engines.Redis, *flags: str) -> None:
        self._server = server
        self._command = (*server.command(), *flags)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts the engine; returns before it answers."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")

    def kill(self) -> None:
        """Ends the engine at once, like a crash."""
        if self._process is not None:
            # PostgreSQL's immediate shutdown, with its children; SIGKILL would leave them.
            postgres = isinstance(self._server, engines.Postgres)
            self._process.send_signal(signal.SIGQUIT if postgres else signal.SIGKILL)
            self._process.wait()
            self._process = None


@pytest.fixture
def killable_redis(tmp_path: Path) -> Iterator[tuple[KillableEngine, str]]:
    """A Redis that can be killed, with its URL."""
    server = engines.Redis(tmp_path, testing.free_port(), _PASSWORD)
    asyncio.run(server.prepare())
    engine = KillableEngine(server, *_KILLABLE_REDIS_FLAGS)
    engine.start()
    _wait(lambda: _ping_redis(server.url))
    yield engine, server.url
    engine.kill()


@pytest.fixture
def killable_postgres() -> Iterator[tuple[KillableEngine, str]]:
    """A PostgreSQL that can be killed, with the URL of its empty database."""
    with tempfile.TemporaryDirectory(prefix="marquee-killable-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        server = engines.Postgres(home, testing.free_port(), _PASSWORD)
        asyncio.run(server.prepare())
        engine = KillableEngine(server)
        engine.start()
        _wait(lambda: asyncio.run(_ping_postgres(server.dsn())))
        yield engine, _url(server, engines.SUPERUSER)
        engine.kill()


def _url(server: engines.Postgres, database: str) -> str:
    return server.dsn(database).replace("postgresql://", "postgresql+asyncpg://")


async def _execute(server: engines.Postgres, statement: str, database: str = "postgres") -> None:
    connection = await asyncpg.connect(server.dsn(database))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _ping_redis(url: str) -> None:
    with redis.Redis.from_url(url) as client:
        client.ping()


async def _ping_postgres(dsn: str) -> None:
    await (await asyncpg.connect(dsn, timeout=10)).close()


def _wait(ping: Callable[[], object]) -> None:
    """Pings until it succeeds. Raises the last error after a timeout."""
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            ping()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, redis.RedisError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Returns a function that mounts a file system of that many bytes; skips the test where that is not allowed."""
    mounted: list[Path] = []

    def mount(size: int) -> Path:
        folder = tmp_path / f"disk-{len(mounted)}"
        folder.mkdir()
        command = ("mount", "-t", "tmpfs", "-o", f"size={size}", "marquee-tests", str(folder))
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"needs the right to mount a file system: {done.stderr.strip()}")
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        # A file that is still open must not keep the mount.
        subprocess.run(("umount", "--lazy", str(folder)), check=True)
