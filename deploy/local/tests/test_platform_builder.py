"""Each process receives its command, ports and variables from the topology, the settings and the secrets."""

import os
import stat
import sys
from pathlib import Path

import pytest

from deploy.local import (
    bootstrap_files,
    orphan_cleanup,
    platform_builder,
    platform_state,
    postgres_user,
    process_environment,
    secret_files,
    seed_runner,
    service_keys,
    settings,
    topology,
)
from services.kit import method_policy

NOBODY = (65_534, 65_534)


def a_platform(home: Path, **changes: object) -> settings.Settings:
    values: dict[str, object] = {"home": home, "port": 8080, **changes}
    return settings.Settings(**values)  # type: ignore[arg-type]


def platform_variables(variables: dict[str, str]) -> set[str]:
    return {name for name in variables if name.startswith(("MARQUEE_", "GRPC_XDS"))}


@pytest.mark.parametrize("process", topology.PROCESSES, ids=[process.name for process in topology.PROCESSES])
def test_a_process_receives_the_variables_of_its_row_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, process: topology.Process
) -> None:
    monkeypatch.setenv("MARQUEE_DATABASE_URL_ADMIN", "postgresql://the-administrator@elsewhere/postgres")
    monkeypatch.delenv(method_policy.TIMEOUT_FACTOR)
    config = a_platform(tmp_path)

    variables = process_environment.of_process(process, config, secret_files.load(config))

    assert set(process.variables) == platform_variables(variables)


@pytest.mark.parametrize("process", topology.PROCESSES, ids=[process.name for process in topology.PROCESSES])
def test_every_process_receives_the_factor_of_timeouts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, process: topology.Process
) -> None:
    monkeypatch.setenv(method_policy.TIMEOUT_FACTOR, "7")
    config = a_platform(tmp_path)

    variables = process_environment.of_process(process, config, secret_files.load(config))

    assert "7" == variables[method_policy.TIMEOUT_FACTOR]


def test_a_service_is_given_its_own_private_key_and_a_tool_that_of_the_operator(tmp_path: Path) -> None:
    chosen = a_platform(tmp_path)
    secrets = secret_files.load(chosen)
    given = {
        process.name: process_environment.of_process(process, chosen, secrets)["MARQUEE_SERVICE_KEY"]
        for process in topology.SERVICES
    }
    given["operator"] = process_environment.of_tool(chosen, secrets)["MARQUEE_SERVICE_KEY"]

    assert {name: str(service_keys.private_key(chosen.service_keys, name)) for name in service_keys.NAMES} == given


def test_an_option_of_a_row_is_passed_on_only_where_it_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARQUEE_CORS_ORIGINS", "https://tv.example")
    config = a_platform(tmp_path)

    variables = process_environment.of_process(topology.GATEWAY, config, secret_files.load(config))

    assert "https://tv.example" == variables["MARQUEE_CORS_ORIGINS"]
    assert "MARQUEE_TLS_CERT" not in variables


def test_no_two_ports_of_a_platform_are_the_same(tmp_path: Path) -> None:
    config = a_platform(tmp_path, replicas={service.name: topology.MAX_REPLICAS for service in topology.SERVICES})

    numbers = platform_builder.PlatformBuilder(config, secret_files.load(config)).ports()

    assert len(set(numbers)) == len(numbers)
    assert settings.HIGHEST_PORT + max(numbers) - config.port <= 65_535


def test_the_gateway_receives_every_replica(tmp_path: Path) -> None:
    config = a_platform(tmp_path, replicas={"catalog": 2})

    assert "catalog=127.0.0.1:18092|127.0.0.1:18132" in process_environment.endpoints(config)


def test_the_edge_waits_for_every_replica(tmp_path: Path) -> None:
    config = a_platform(tmp_path, replicas={"catalog": 2})

    units = {unit.name: unit for unit in platform_builder.PlatformBuilder(config, secret_files.load(config)).units()}

    assert {"gateway", "catalog", "catalog-2", "identity"} <= set(units["envoy"].after)


def test_a_configured_engine_replaces_the_built_in_one(tmp_path: Path) -> None:
    config = a_platform(
        tmp_path, database_url="postgresql://root:s3@db:6000/postgres?sslmode=require", redis_url="redis://cache:6379/1"
    )
    secrets = secret_files.load(config)

    builder = platform_builder.PlatformBuilder(config, secrets)
    catalog = process_environment.of_process(topology.SERVICES[1], config, secrets)

    assert not {"postgres", "redis"} & {unit.name for unit in builder.units()}
    assert "redis://cache:6379/1" == catalog["MARQUEE_REDIS_URL"]
    assert catalog["MARQUEE_DATABASE_URL"].startswith("postgresql+asyncpg://marquee_catalog:")
    assert catalog["MARQUEE_DATABASE_URL"].endswith("@db:6000/marquee?sslmode=require")


def test_a_placeholder_without_a_value_is_reported_by_name() -> None:
    with pytest.raises(bootstrap_files.UnknownPlaceholder, match="NO_VALUE"):
        bootstrap_files.render("port: {{ EDGE_PORT }} {{ NO_VALUE }}", {"EDGE_PORT": "8080"})


def test_the_bootstrap_file_of_envoy_has_no_placeholder_left(tmp_path: Path) -> None:
    config = a_platform(tmp_path)

    platform_builder.prepare_home(config)

    assert "{{" not in (config.run / "edge.yaml").read_text()
    assert '"127.0.0.1:18081"' in (config.run / "mesh.json").read_text()


def test_a_directory_closed_to_the_user_of_postgresql_is_found(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    (closed / "home").mkdir(parents=True)
    closed.chmod(stat.S_IRWXU)

    closest = postgres_user.closed_directory(closed / "home" / "postgres", NOBODY)

    # A parent of the test directory may be closed too; then it is returned.
    assert closest is not None
    assert closed == closest or closest in closed.parents


async def test_a_seed_that_succeeds_is_not_due_again(tmp_path: Path) -> None:
    config = a_platform(tmp_path)
    command = "import os; assert os.environ['MARQUEE_SERVICE_KEY'] and os.environ['GRPC_XDS_BOOTSTRAP']"

    failed = await seed_runner.seed(config, sys.stderr, ("-c", "raise SystemExit(1)"))
    due_after_failure = seed_runner.is_due(config)
    succeeded = await seed_runner.seed(config, sys.stderr, ("-c", command))

    assert (1, True) == (failed, due_after_failure)
    assert (0, False) == (succeeded, seed_runner.is_due(config))


async def test_the_seed_can_run_without_media(tmp_path: Path) -> None:
    command = ("-c", "import sys; sys.exit(sys.argv[1:] != ['--no-media'])")

    assert 0 == await seed_runner.seed(a_platform(tmp_path), sys.stderr, command, with_media=False)
    assert 1 == await seed_runner.seed(a_platform(tmp_path), sys.stderr, command)


async def test_production_is_never_seeded(tmp_path: Path) -> None:
    config = a_platform(tmp_path, mode="production")

    assert not seed_runner.is_due(config)
    with pytest.raises(secret_files.UnsafeProduction):
        await seed_runner.seed(config, sys.stderr)


def test_the_state_is_read_as_it_was_written(tmp_path: Path) -> None:
    node = platform_state.Node(
        "catalog", platform_state.Status.HEALTHY, pid=7, ports={"grpc": 18092}, restarts=2, start_seconds=1.5
    )
    platform = platform_state.Platform(
        {"catalog": node}, platform_state.Phase.READY, port=8080, replicas={"catalog": 2}
    )

    platform.write(platform_state.path(tmp_path))

    assert platform == platform_state.read(tmp_path)


def test_the_tag_of_one_unit_is_not_a_prefix_of_the_tag_of_another(tmp_path: Path) -> None:
    tags = orphan_cleanup.ProcessTags(tmp_path)

    assert not tags.of_unit("catalog-2").startswith(tags.of_unit("catalog"))
    assert tags.environment("catalog")[orphan_cleanup.VARIABLE].startswith(f"{tmp_path}#{os.getpid()}#")
