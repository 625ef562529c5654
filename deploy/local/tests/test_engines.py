"""Tests of PostgreSQL and Redis on free ports and in their own home directories."""

import asyncio
import contextlib
import os
import stat
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import asyncpg
import pytest
from redis import asyncio as redis

from deploy.local import (
    database_provisioning,
    orphan_cleanup,
    platform_builder,
    platform_state,
    process_environment,
    secret_files,
    settings,
    supervisor,
    topology,
)
from deploy.local.tests import port_allocation
from services.kit import testing

AREAS = list(topology.SCHEMAS)


@pytest.fixture
def config(tmp_path: Path) -> settings.Settings:
    return settings.Settings(home=tmp_path, port=port_allocation.free_edge_port(tmp_path))


@pytest.fixture
async def running(config: settings.Settings) -> AsyncIterator[secret_files.Secrets]:
    secrets = secret_files.load(config)
    units = [
        unit for unit in platform_builder.PlatformBuilder(config, secrets).units() if unit.name in {"postgres", "redis"}
    ]
    ready = asyncio.Event()

    async def announce() -> None:
        ready.set()

    platform_supervisor = supervisor.Supervisor(config.home, units, [])
    run = asyncio.create_task(platform_supervisor.run(announce))
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait({run, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if run.done():
        run.result()
    yield secrets
    platform_supervisor.stop()
    await run
    assert [] == orphan_cleanup.find_processes(f"{config.home}#")


async def test_the_role_of_a_service_can_write_only_to_its_own_schema(
    config: settings.Settings, running: secret_files.Secrets
) -> None:
    admin = process_environment.admin_database(config, running)
    await database_provisioning.provision(admin, AREAS, running.role_password)
    await database_provisioning.provision(admin, AREAS, running.role_password)
    url = process_environment.service_database("catalog", config, running).replace("+asyncpg", "")

    connection = await asyncpg.connect(url)
    try:
        await connection.execute("CREATE TABLE vectors (v vector(3))")
        schema = await connection.fetchval("SELECT schemaname FROM pg_tables WHERE tablename = 'vectors'")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("CREATE TABLE identity.foreign_table (id int)")
    finally:
        await connection.close()

    assert "catalog" == schema


async def test_a_wrong_password_is_refused(config: settings.Settings, running: secret_files.Secrets) -> None:
    wrong_url = process_environment.admin_database(config, running).replace(running.postgres, "guess")

    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(wrong_url)


async def test_only_schemas_behind_their_newest_migration_are_migrated(
    config: settings.Settings, running: secret_files.Secrets, tmp_path: Path
) -> None:
    admin = process_environment.admin_database(config, running)
    await database_provisioning.provision(admin, ["catalog", "identity"], running.role_password)
    for area in ("catalog", "identity"):
        folder = tmp_path / "services" / area / "migrations" / "versions"
        folder.mkdir(parents=True)
        (folder / "0001_first.py").write_text('revision = "0001"\ndown_revision = None\n')
        (folder / "0002_second.py").write_text('revision: str = "0002"\ndown_revision: str | None = "0001"\n')
    connection = await asyncpg.connect(admin.rpartition("/")[0] + "/marquee")
    await connection.execute("CREATE TABLE catalog.alembic_version (version_num text)")
    await connection.execute("INSERT INTO catalog.alembic_version VALUES ('0002')")
    await connection.close()

    assert ["identity"] == await database_provisioning.list_outdated_areas(admin, ["catalog", "identity"], tmp_path)


async def test_redis_writes_an_append_only_file_and_evicts_nothing(
    config: settings.Settings, running: secret_files.Secrets
) -> None:
    client = redis.Redis.from_url(process_environment.redis(config, running).url)
    try:
        configuration = await client.config_get("append*")
        policy = await client.config_get("maxmemory-policy")
    finally:
        await client.aclose()

    assert "yes" == configuration["appendonly"]
    assert "everysec" == configuration["appendfsync"]
    assert "noeviction" == policy["maxmemory-policy"]


async def connect_or_none(url: str) -> asyncpg.Connection | None:
    try:
        return await asyncpg.connect(url)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return None


async def test_a_killed_postgresql_is_restarted(config: settings.Settings, running: secret_files.Secrets) -> None:
    platform = platform_state.read(config.home)
    assert platform is not None
    pid = platform.nodes["postgres"].pid
    assert pid is not None

    os.kill(pid, 9)
    admin = process_environment.admin_database(config, running)
    async with asyncio.timeout(testing.PATIENCE):
        while (connection := await connect_or_none(admin)) is None:
            await asyncio.sleep(0.05)

    assert await connection.fetchval("SELECT true")
    await connection.close()


def test_a_full_disk_leaves_no_empty_secret(small_disk: Callable[[int], Path]) -> None:
    config = settings.Settings(home=small_disk(64 * 1024))
    (config.home / "secrets").mkdir()
    filler = config.home / "filler"
    with contextlib.suppress(OSError):
        filler.write_bytes(bytes(1024 * 1024))

    with pytest.raises(OSError, match="No space left"):
        secret_files.load(config)
    filler.unlink()

    assert secret_files.load(config).postgres
    assert ["postgres", "redis"] == sorted(file.name for file in (config.home / "secrets").iterdir())


def test_secrets_are_created_once_and_only_their_owner_can_read_them(config: settings.Settings) -> None:
    first, second = secret_files.load(config), secret_files.load(config)

    assert first == second
    for file in (config.home / "secrets").iterdir():
        assert 0o600 == stat.S_IMODE(file.stat().st_mode)
