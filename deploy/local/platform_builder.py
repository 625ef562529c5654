"""Builds the units and steps of the supervisor from the topology, the settings and the secrets."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Mapping

from deploy.local import (
    bootstrap_files,
    database_provisioning,
    engines,
    health_probes,
    log_files,
    orphan_cleanup,
    process_environment,
    secret_files,
    service_keys,
    supervisor,
    topology,
)
from deploy.local import settings as settings_module

DATABASE_STEP = "database"
PARALLEL_MIGRATIONS = 2


class PlatformBuilder:
    """Builds the units, steps and health probes of one platform."""

    def __init__(self, settings: settings_module.Settings, secrets: secret_files.Secrets) -> None:
        self._settings = settings
        self._secrets = secrets
        self._postgres = process_environment.postgres(settings, secrets)
        self._redis = process_environment.redis(settings, secrets)
        self._processes = settings.processes()

    def units(self) -> list[supervisor.Unit]:
        """Returns a unit for each process of the topology."""
        return [self._unit(process) for process in self._processes]

    def steps(self) -> list[supervisor.Step]:
        """Returns the steps: the database must have its schemas before a service reads them."""
        postgres = tuple(process.unit for process in self._processes if process.name == "postgres")
        return [supervisor.Step(DATABASE_STEP, self._prepare_database, after=postgres)]

    def probes(self) -> dict[str, health_probes.Probe]:
        """Returns the health probe of each process."""
        return {process.unit: self._probe(process) for process in self._processes}

    def ports(self) -> list[int]:
        """Returns every port that the platform listens on."""
        edge = self._settings.port
        return [port.number(edge) for process in self._processes for port in process.ports]

    def _unit(self, process: topology.Process) -> supervisor.Unit:
        prepare = {
            topology.Health.POSTGRES: self._postgres.prepare,
            topology.Health.REDIS: self._redis.prepare,
        }
        return supervisor.Unit(
            name=process.unit,
            command=self._command(process),
            probe=self._probe(process),
            environment=process_environment.of_process(process, self._settings, self._secrets),
            ports={port.label: port.number(self._settings.port) for port in process.ports},
            after=self._after(process),
            # On SIGTERM PostgreSQL waits for its clients; SIGINT stops it at once and as safely.
            stop_signal=signal.SIGINT if process.name == "postgres" else signal.SIGTERM,
            # Envoy creates its sockets in its working directory.
            directory=self._settings.run if process.name == "envoy" else settings_module.PROJECT,
            prepare=prepare.get(process.health),
        )

    def _command(self, process: topology.Process) -> tuple[str, ...]:
        program, *arguments = process.command
        match program:
            case "postgres":
                return self._postgres.command()
            case "redis-server":
                return self._redis.command()
            case "envoy":
                return engines.envoy_command(self._settings.run / "edge.yaml")
            case _:
                return (sys.executable, *arguments)

    def _probe(self, process: topology.Process) -> health_probes.Probe:
        number = process.ports[0].number(self._settings.port)
        match process.health:
            case topology.Health.POSTGRES:
                return health_probes.postgres(self._postgres.dsn())
            case topology.Health.REDIS:
                return health_probes.redis(process_environment.HOST, number, self._redis.password)
            case topology.Health.GRPC:
                return health_probes.grpc(process_environment.HOST, number, process.serves)
            case topology.Health.HTTP:
                return health_probes.http(process_environment.HOST, number, "/healthz", tls=self._settings.tls)

    def _after(self, process: topology.Process) -> tuple[str, ...]:
        units = tuple(other.unit for other in self._processes if other.name in process.after)
        return (*units, DATABASE_STEP) if process.owns_schema else units

    async def _prepare_database(self) -> None:
        admin = process_environment.admin_database(self._settings, self._secrets)
        areas = list(topology.SCHEMAS)
        await database_provisioning.provision(admin, areas, self._secrets.role_password)
        limit = asyncio.Semaphore(PARALLEL_MIGRATIONS)

        async def migrate(area: str) -> None:
            async with limit:
                await self._migrate(area)

        await asyncio.gather(*(migrate(area) for area in await database_provisioning.list_outdated_areas(admin, areas)))

    async def _migrate(self, area: str) -> None:
        variables = process_environment.of_migrations(area, self._settings, self._secrets)
        await self._run_tool("migrations", ("-m", "services.kit.migrations", area), variables)

    async def _run_tool(self, name: str, arguments: tuple[str, ...], variables: Mapping[str, str]) -> None:
        tags = orphan_cleanup.ProcessTags(self._settings.home)
        with log_files.open_log(self._settings.logs, name) as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, *arguments),
                cwd=settings_module.PROJECT,
                env={**variables, **tags.environment(name)},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            code = await process.wait()
        except asyncio.CancelledError:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await process.wait()
            raise
        if code:
            file = log_files.path(self._settings.logs, name)
            last_lines = "\n".join(f"  {line}" for line in log_files.tail(file, 15))
            command = " ".join(("python", *arguments))
            raise supervisor.StartFailed(f"`{command}` failed; {file} ends with:\n{last_lines}")


def prepare_home(settings: settings_module.Settings) -> None:
    """Creates the directories, keys and bootstrap files that must exist before any process starts."""
    for directory in (settings.home, settings.media_directory, settings.logs, settings.run):
        directory.mkdir(parents=True, exist_ok=True)
    # It holds the sockets through which Envoy is administered and learns the public keys.
    settings.run.chmod(0o700)
    service_keys.create(settings.service_keys)
    bootstrap_files.write(settings.run, process_environment.edge_bootstrap(settings))
