"""Creates the database, its roles and schemas, and lists the schemas that need migrations."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from deploy.local import settings as settings_module

DATABASE = "marquee"

_REVISION = re.compile(r"^revision\b[^=]*=\s*['\"]([^'\"]+)", re.MULTILINE)
_PARENT = re.compile(r"^down_revision\b[^=]*=\s*['\"]([^'\"]+)", re.MULTILINE)


def role(area: str) -> str:
    """Returns the role that owns the schema of a service."""
    return f"marquee_{area}"


def service_url(admin: str, area: str, password: Callable[[str], str]) -> str:
    """Returns the URL of the database of a service, in the form of SQLAlchemy."""
    return _address(admin, "postgresql+asyncpg", role(area), password(role(area)))


async def provision(admin: str, areas: list[str], password: Callable[[str], str]) -> None:
    """Creates what is missing of the database, the extension, and a role and a schema for each area.

    `password` returns the password of a role.
    """
    connection = await asyncpg.connect(admin)
    try:
        if not await _exists(connection, "pg_database", "datname", DATABASE):
            await connection.execute(f"CREATE DATABASE {DATABASE}")
    finally:
        await connection.close()
    connection = await asyncpg.connect(_address(admin, "postgresql"))
    try:
        await connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
        for area in areas:
            await _create_area(connection, area, password(role(area)))
    finally:
        await connection.close()


async def list_outdated_areas(admin: str, areas: list[str], project: Path = settings_module.PROJECT) -> list[str]:
    """Returns the areas whose schema is not at its newest migration.

    The version tables are read directly, because loading the migration tool for each area would take most of a start
    that has nothing to migrate.
    """
    connection = await asyncpg.connect(_address(admin, "postgresql"))
    try:
        return [
            area
            for area in areas
            if await _version(connection, area) != head_revisions(project / "services" / area / "migrations")
        ]
    finally:
        await connection.close()


def head_revisions(migrations: Path) -> set[str]:
    """Returns the revisions that no other revision follows; empty when there are no migrations."""
    texts = [file.read_text() for file in migrations.rglob("*.py")]
    revisions = {match.group(1) for text in texts if (match := _REVISION.search(text))}
    parents = {match.group(1) for text in texts if (match := _PARENT.search(text))}
    return revisions - parents


async def _version(connection: Any, area: str) -> set[str]:
    table = f"{area}.alembic_version"
    if await connection.fetchval("SELECT to_regclass($1)", table) is None:
        return set()
    return {row["version_num"] for row in await connection.fetch(f"SELECT version_num FROM {table}")}


async def _create_area(connection: Any, area: str, password: str) -> None:
    name = role(area)
    if not await _exists(connection, "pg_roles", "rolname", name):
        await connection.execute(f"CREATE ROLE {name} LOGIN")
    await connection.execute(f"ALTER ROLE {name} PASSWORD '{password}'")
    await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {area} AUTHORIZATION {name}")
    # The types of the extension are in `public`, which only the administrator may write to.
    await connection.execute(f"ALTER ROLE {name} SET search_path = {area}, public")


async def _exists(connection: Any, catalog: str, column: str, name: str) -> bool:
    query = f"SELECT EXISTS (SELECT FROM {catalog} WHERE {column} = $1)"
    return bool(await connection.fetchval(query, name))


def _address(admin: str, scheme: str, user: str | None = None, password: str | None = None) -> str:
    parts = urlsplit(admin)
    address = f"{parts.hostname or '127.0.0.1'}:{parts.port or 5432}"
    name = user or parts.username or "postgres"
    secret = password or parts.password
    # Neither password needs escaping: ours is hexadecimal, and that of the administrator is escaped already.
    netloc = f"{name}:{secret}@{address}" if secret else f"{name}@{address}"
    return urlunsplit((scheme, netloc, f"/{DATABASE}", parts.query, ""))
