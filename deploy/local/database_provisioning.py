"""Makes the database, its roles and schemas, and says which schemas have migrations to run."""

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
    """The role that owns the schema of a service."""
    return f"marquee_{area}"


def service_url(admin: str, area: str, password: Callable[[str], str]) -> str:
    """Where a service finds its database, as SQLAlchemy writes it."""
    return _address(admin, "postgresql+asyncpg", role(area), password(role(area)))


async def provision(admin: str, areas: list[str], password: Callable[[str], str]) -> None:
    """Makes what is missing: the database, the extension, a role and a schema for each area.

    `password` answers the password of a role.
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
            await _make_area(connection, area, password(role(area)))
    finally:
        await connection.close()


async def pending(admin: str, areas: list[str], project: Path = settings_module.PROJECT) -> list[str]:
    """The areas whose schema is not at the newest of its migrations.

    Read straight from the version tables: loading the migration tool for each area to find
    nothing to do would take most of a warm start.
    """
    connection = await asyncpg.connect(_address(admin, "postgresql"))
    try:
        return [
            area
            for area in areas
            if await _version(connection, area) != newest(project / "services" / area / "migrations")
        ]
    finally:
        await connection.close()


def newest(migrations: Path) -> set[str]:
    """The revisions no other revision follows; empty when there are no migrations."""
    texts = [file.read_text() for file in migrations.rglob("*.py")]
    revisions = {match.group(1) for text in texts if (match := _REVISION.search(text))}
    parents = {match.group(1) for text in texts if (match := _PARENT.search(text))}
    return revisions - parents


async def _version(connection: Any, area: str) -> set[str]:
    table = f"{area}.alembic_version"
    if await connection.fetchval("SELECT to_regclass($1)", table) is None:
        return set()
    return {row["version_num"] for row in await connection.fetch(f"SELECT version_num FROM {table}")}


async def _make_area(connection: Any, area: str, password: str) -> None:
    name = role(area)
    if not await _exists(connection, "pg_roles", "rolname", name):
        await connection.execute(f"CREATE ROLE {name} LOGIN")
    await connection.execute(f"ALTER ROLE {name} PASSWORD '{password}'")
    await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {area} AUTHORIZATION {name}")
    # The extension's types live in public, which nobody but the administrator may write to.
    await connection.execute(f"ALTER ROLE {name} SET search_path = {area}, public")


async def _exists(connection: Any, catalog: str, column: str, name: str) -> bool:
    query = f"SELECT EXISTS (SELECT FROM {catalog} WHERE {column} = $1)"
    return bool(await connection.fetchval(query, name))


def _address(admin: str, scheme: str, user: str | None = None, password: str | None = None) -> str:
    parts = urlsplit(admin)
    place = f"{parts.hostname or '127.0.0.1'}:{parts.port or 5432}"
    login = user or parts.username or "postgres"
    key = password or parts.password
    # Neither needs escaping: ours is hexadecimal, the administrator's is escaped already.
    netloc = f"{login}:{key}@{place}" if key else f"{login}@{place}"
    return urlunsplit((scheme, netloc, f"/{DATABASE}", parts.query, ""))
