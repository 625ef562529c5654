"""Brings a service's schema up to date: `python -m services.kit.migrations <area>`.

Each service keeps its own versions in `services/<area>/migrations`, and its own version table in its own schema.
"""

import asyncio
import os
import sys
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

_SERVICES = Path(__file__).resolve().parents[1]
_VERSION_TABLE = "alembic_version"


async def migrate(url: str, area: str) -> list[str]:
    """Applies the versions that the schema `area` has not seen, in one transaction; returns their names.

    Args:
        url: `postgresql+asyncpg://…` of the role that owns the schema.
        area: the service, and its schema.
    """
    engine = create_async_engine(url, connect_args={"server_settings": {"search_path": f"{area},public"}})
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(_upgrade, area)
    finally:
        await engine.dispose()


def _upgrade(connection: Connection, area: str) -> list[str]:
    # Replicas that start together migrate one after the other.
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:area))"), {"area": f"migrate {area}"})
    # A role that owns its schema may lack the right to create one, which IF NOT EXISTS checks first.
    if connection.scalar(text("SELECT to_regnamespace(:area)"), {"area": area}) is None:
        connection.execute(text(f'CREATE SCHEMA "{area}"'))
    folder = _SERVICES / area / "migrations"
    scripts = ScriptDirectory(str(folder), version_locations=[str(folder)])
    applied: list[str] = []

    def pending(heads: tuple[str, ...] | str, _context: MigrationContext) -> list[object]:
        # The type of alembic's steps is private.
        steps = scripts._upgrade_revs("heads", heads)  # type: ignore[arg-type]
        applied.extend(str(step.revision.revision) for step in steps)
        return list(steps)

    migration = MigrationContext.configure(
        connection,
        opts={"version_table": _VERSION_TABLE, "version_table_schema": area, "fn": pending},
    )
    with Operations.context(migration):
        migration.run_migrations()
    return applied


def _main() -> int:
    if len(sys.argv) != 2:  # noqa: PLR2004 - the program and the area
        print("usage: python -m services.kit.migrations <area>", file=sys.stderr)  # noqa: T201
        return 2
    applied = asyncio.run(migrate(os.environ["MARQUEE_DATABASE_URL"], sys.argv[1]))
    print(f"{sys.argv[1]}: {', '.join(applied) or 'up to date'}")  # noqa: T201 - a command line speaks by printing
    return 0


if __name__ == "__main__":
    sys.exit(_main())
