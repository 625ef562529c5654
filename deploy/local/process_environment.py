"""Builds the environment of each process: exactly the variables that its row of the topology names."""

import os
from collections.abc import Mapping

from deploy.local import database_provisioning, engines, secret_files, service_keys, topology
from deploy.local import settings as settings_module

HOST = "127.0.0.1"

TIMEOUT_FACTOR = "MARQUEE_TIMEOUT_FACTOR"
"""Multiplies the timeouts of calls. It depends on the speed of the machine, so every process receives it."""


def of_process(
    process: topology.Process, settings: settings_module.Settings, secrets: secret_files.Secrets
) -> dict[str, str]:
    """Returns the environment of a process: that of the machine, and the variables of its row."""
    platform = _platform(settings, secrets)
    numbers = {port.label: port.number(settings.port) for port in process.ports}
    if "grpc" in numbers:
        platform["MARQUEE_LISTEN"] = f"{HOST}:{numbers['grpc']}"
        platform["MARQUEE_METRICS_LISTEN"] = f"{HOST}:{numbers['metrics']}"
    if process.is_service:
        platform["MARQUEE_SERVICE_KEY"] = str(service_keys.private_key(settings.service_keys, process.name))
    if process.owns_schema:
        platform["MARQUEE_DATABASE_URL"] = service_database(process.name, settings, secrets)
    required = {name: platform[name] for name in process.variables}
    optional = {name: os.environ[name] for name in process.options if name in os.environ}
    return {**_machine(os.environ), **required, **optional}


def of_tool(settings: settings_module.Settings, secrets: secret_files.Secrets) -> dict[str, str]:
    """Returns the environment of a command of the operator that calls the running platform, such as the seed."""
    return {**_machine(os.environ), **_platform(settings, secrets)}


def of_migrations(area: str, settings: settings_module.Settings, secrets: secret_files.Secrets) -> dict[str, str]:
    """Returns the environment of the migrations of one schema."""
    url = service_database(area, settings, secrets)
    return {**of_tool(settings, secrets), "MARQUEE_DATABASE_URL": url}


def postgres(settings: settings_module.Settings, secrets: secret_files.Secrets) -> engines.Postgres:
    """Returns the PostgreSQL of the platform."""
    number = topology.POSTGRES.ports[0].number(settings.port)
    return engines.Postgres(settings.home, number, secrets.postgres)


def redis(settings: settings_module.Settings, secrets: secret_files.Secrets) -> engines.Redis:
    """Returns the Redis of the platform."""
    return engines.Redis(settings.home, topology.REDIS.ports[0].number(settings.port), secrets.redis)


def admin_database(settings: settings_module.Settings, secrets: secret_files.Secrets) -> str:
    """Returns the URL of the server that holds the schemas: the configured one, or that of the platform."""
    return settings.database_url or postgres(settings, secrets).dsn()


def service_database(area: str, settings: settings_module.Settings, secrets: secret_files.Secrets) -> str:
    """Returns the URL of the database of one service."""
    return database_provisioning.service_url(admin_database(settings, secrets), area, secrets.role_password)


def edge_bootstrap(settings: settings_module.Settings) -> dict[str, str]:
    """Returns the values of the placeholders in the bootstrap file of Envoy."""
    web = settings_module.PROJECT / "clients"
    return {
        "NODE_ID": "marquee-edge",
        "GATEWAY_HOST": HOST,
        "GATEWAY_PORT": str(topology.GATEWAY.ports[0].number(settings.port)),
        "MEDIA_DIR": str(settings.media_directory),
        "WEB_DIR": str(web / "web" / "dist"),
        "ADMIN_DIR": str(web / "admin" / "dist"),
    }


def _platform(settings: settings_module.Settings, secrets: secret_files.Secrets) -> dict[str, str]:
    return {
        "MARQUEE_ENV": settings.mode,
        "MARQUEE_HOME": str(settings.home),
        "MARQUEE_PORT": str(settings.port),
        "MARQUEE_PUBLIC_URL": settings.url,
        "MARQUEE_EDGE_ADDRESS": settings.edge_address,
        "MARQUEE_SERVICE_KEY": str(service_keys.private_key(settings.service_keys, service_keys.OPERATOR)),
        "MARQUEE_SERVICE_JWKS": str(service_keys.public_keys(settings.service_keys)),
        "MARQUEE_REDIS_URL": settings.redis_url or redis(settings, secrets).url,
        "MARQUEE_MEDIA": str(settings.media_directory),
        "MARQUEE_IDENTITY_KEYS": str(settings.home / "keys" / "identity"),
        "MARQUEE_PLAYBACK_KEYS": str(settings.home / "keys" / "playback"),
        "MARQUEE_ENDPOINTS": endpoints(settings),
        "GRPC_XDS_BOOTSTRAP": str(settings.run / "mesh.json"),
    }


def endpoints(settings: settings_module.Settings) -> str:
    """Returns every service with the addresses of its replicas, in the form that the gateway reads."""
    addresses: dict[str, list[str]] = {}
    for process in settings.processes():
        if process.is_service:
            number = process.ports[0].number(settings.port)
            addresses.setdefault(process.name, []).append(f"{HOST}:{number}")
    return "static:" + ",".join(f"{name}={'|'.join(hosts)}" for name, hosts in addresses.items())


def _machine(environ: Mapping[str, str]) -> dict[str, str]:
    inherited = {
        name: value for name, value in environ.items() if not name.startswith("MARQUEE_") or name == TIMEOUT_FACTOR
    }
    return {**inherited, "PYTHONUNBUFFERED": "1", **_MEMORY, **_THREADS}


#: Each thread of a gRPC server would otherwise keep its own allocator arena, and memory that was used during imports
#: would not be returned to the system.
_MEMORY = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": "1048576", "MALLOC_TRIM_THRESHOLD_": "2097152"}
#: Homes compute many matrix products at once. With several threads for each product, the threads would wait for each
#: other on a busy machine.
_THREADS = {"OPENBLAS_NUM_THREADS": "1"}
