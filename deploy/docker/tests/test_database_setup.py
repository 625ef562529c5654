"""Tests of the container that sets up the database."""

import asyncpg

from deploy.docker import database_setup
from deploy.local import database_provisioning, topology

AREAS = list(topology.SCHEMAS)


async def test_every_schema_is_migrated_and_a_second_run_changes_nothing(postgres, capsys) -> None:
    await database_setup.setup_database(postgres.dsn(), "password")
    capsys.readouterr()
    await database_setup.setup_database(postgres.dsn(), "password")

    assert [f"{area}: up to date" for area in AREAS] == capsys.readouterr().out.splitlines()
    assert [] == await database_provisioning.list_outdated_areas(postgres.dsn(), AREAS)
    for area in AREAS:
        url = database_provisioning.service_url(postgres.dsn(), area, lambda _role: "password").replace("+asyncpg", "")
        connection = await asyncpg.connect(url)
        assert await connection.fetchval("SELECT current_schema()") == area
        await connection.close()
