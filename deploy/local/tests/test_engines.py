"""Promises about the real PostgreSQL and Redis, on free ports and a home of their own."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator
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
def chosen(tmp_path: Path) -> settings.Settings:
    return settings.Settings(home=tmp_path, port=port_allocation.an_edge_port(tmp_path))


@pytest.fixture
async def running(chosen: settings.Settings) -> AsyncIterator[secret_files.Secrets]:
    secrets = secret_files.load(chosen)
    units = [unit for unit in platform_builder.Assembly(chosen, secrets).units() if unit.name in {"postgres", "redis"}]
    ready = asyncio.Event()

    async def announce() -> None:
        ready.set()

    watcher = supervisor.Supervisor(chosen.home, units, [])
    life = asyncio.create_task(watcher.run(announce))
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait({life, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if life.done():
        life.result()
    yield secrets
    watcher.stop()
    await life
    assert [] == orphan_cleanup.marked(f"{chosen.home}#")


async def test_each_service_has_a_role_that_owns_its_schema_alone(
    chosen: settings.Settings, running: secret_files.Secrets
) -> None:
    admin = process_environment.admin_database(chosen, running)
    await database_provisioning.provision(admin, AREAS, running.role_password)
    await database_provisioning.provision(admin, AREAS, running.role_password)
    url = process_environment.service_database("catalog", chosen, running).replace("+asyncpg", "")

    connection = await asyncpg.connect(url)
    try:
        await connection.execute("CREATE TABLE vectors (v vector(3))")
        place = await connection.fetchval("SELECT schemaname FROM pg_tables WHERE tablename = 'vectors'")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("CREATE TABLE identity.intruder (id int)")
    finally:
        await connection.close()

    assert "catalog" == place


async def test_nobody_enters_the_database_without_the_password(
    chosen: settings.Settings, running: secret_files.Secrets
) -> None:
    open_door = process_environment.admin_database(chosen, running).replace(running.postgres, "guess")

    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(open_door)


async def test_only_schemas_behind_their_newest_migration_are_migrated(
    chosen: settings.Settings, running: secret_files.Secrets, tmp_path: Path
) -> None:
    admin = process_environment.admin_database(chosen, running)
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

    assert ["identity"] == await database_provisioning.pending(admin, ["catalog", "identity"], tmp_path)


async def test_redis_keeps_what_it_was_told(chosen: settings.Settings, running: secret_files.Secrets) -> None:
    client = redis.Redis.from_url(process_environment.redis(chosen, running).url)
    try:
        configuration = await client.config_get("append*")
        policy = await client.config_get("maxmemory-policy")
    finally:
        await client.aclose()

    assert "yes" == configuration["appendonly"]
    assert "everysec" == configuration["appendfsync"]
    assert "noeviction" == policy["maxmemory-policy"]


async def connected(url: str) -> asyncpg.Connection | None:
    try:
        return await asyncpg.connect(url)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return None


async def test_a_lost_postgresql_comes_back(chosen: settings.Settings, running: secret_files.Secrets) -> None:
    platform = platform_state.read(chosen.home)
    assert platform is not None
    pid = platform.nodes["postgres"].pid
    assert pid is not None

    os.kill(pid, 9)
    admin = process_environment.admin_database(chosen, running)
    async with asyncio.timeout(testing.PATIENCE):
        while (connection := await connected(admin)) is None:
            await asyncio.sleep(0.05)

    assert await connection.fetchval("SELECT true")
    await connection.close()


def test_secrets_are_made_once_and_only_their_owner_reads_them(chosen: settings.Settings) -> None:
    first, second = secret_files.load(chosen), secret_files.load(chosen)

    assert first == second
    for file in (chosen.home / "secrets").iterdir():
        assert 0o600 == stat.S_IMODE(file.stat().st_mode)
