"""The contracts, the services and the files follow the conventions of the project."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2
from google.rpc import code_pb2
from marquee.policy.v1 import policy_pb2

from clients.generate import __main__ as generate
from clients.generate import errors
from deploy.local import topology
from services.embedding import model
from services.kit import service_identity
from services.recommendation import tables
from tests import service_layout

CONTRACTS = (generate.GENERATED / "marquee.binpb").read_bytes()
SERVICES = generate.ROOT / "services"
AREAS = sorted(path.name for path in SERVICES.iterdir() if (path / "__main__.py").exists())


def ours():
    files = descriptor_pb2.FileDescriptorSet.FromString(CONTRACTS).file
    return [file for file in files if file.package.startswith("marquee.")]


def methods():
    for file in ours():
        for service in file.service:
            for method in service.method:
                yield f"{file.package}.{service.name}/{method.name}", method


def handlers_of(room):
    files = [*room.rglob("handlers*.py"), *(room / "handlers").rglob("*.py")]
    return "\n".join(path.read_text() for path in files)


def test_the_page_of_errors_agrees_with_the_contracts():
    assert errors.TARGET.read_text() == errors.page(CONTRACTS), "run `make docs`"


def test_every_reason_begins_with_a_canonical_code():
    for file in ours():
        for reason, code, meaning in errors._reasons(file):
            assert code_pb2.Code.Value(code), f"{file.name}: {reason}"
            assert meaning.endswith("."), f"{file.name}: {reason}"


def test_every_reason_of_the_contracts_is_raised_somewhere():
    code = "\n".join(
        path.read_text() for room in ("services", "gateway") for path in (generate.ROOT / room).rglob("*.py")
    )
    never = [
        f"{file.package}: {reason}"
        for file in ours()
        for reason, _, _ in errors._reasons(file)
        if not re.search(rf"\b(ERROR_REASON_)?{reason}\b", code)
    ]

    assert never == []


@pytest.mark.parametrize(("name", "method"), list(methods()), ids=lambda value: value if isinstance(value, str) else "")
def test_every_method_has_an_audience_a_timeout_and_a_rate_class(name, method):
    policy = method.options.Extensions[policy_pb2.method]

    assert policy.audience != policy_pb2.AUDIENCE_UNSPECIFIED
    assert policy.rate_class != policy_pb2.RATE_CLASS_UNSPECIFIED
    assert policy.HasField("timeout") or method.server_streaming


@pytest.mark.parametrize(("name", "method"), list(methods()), ids=lambda value: value if isinstance(value, str) else "")
def test_every_method_has_a_handler(name, method):
    package = name.split(".")[1]
    room = generate.ROOT / ("gateway" if package == "gateway" else f"services/{package}")

    assert f"async def {method.name}(" in handlers_of(room)


def callers_in_code(service, method):
    """Returns the services, and the operator, whose code makes a stub of `service` and calls `method`."""
    rooms = {area: SERVICES / area for area in AREAS} | {service_identity.OPERATOR: generate.ROOT / "deploy"}
    code = {
        name: "\n".join(path.read_text() for path in room.rglob("*.py") if "tests" not in path.parts)
        for name, room in rooms.items()
    }
    return {name for name, text in code.items() if f".{service}Stub(" in text and re.search(rf"\.{method}\b", text)}


def test_every_internal_method_names_the_callers_that_it_has_and_no_others():
    for name, method in methods():
        policy = method.options.Extensions[policy_pb2.method]
        internal = policy.audience == policy_pb2.AUDIENCE_INTERNAL
        service = name.rpartition("/")[0].rpartition(".")[2]

        assert internal == bool(policy.callers), name
        assert not internal or callers_in_code(service, method.name) == set(policy.callers), name


def test_no_public_contract_imports_an_internal_one():
    for file in ours():
        internal = [path for path in file.dependency if path.endswith("_internal.proto")]

        assert not internal or file.name.endswith("_internal.proto"), file.name


def test_internal_methods_are_declared_in_internal_contracts():
    for file in ours():
        for method in (method for service in file.service for method in service.method):
            internal = method.options.Extensions[policy_pb2.method].audience == policy_pb2.AUDIENCE_INTERNAL

            assert internal == file.name.endswith("_internal.proto"), f"{file.name}: {method.name}"


def test_no_message_names_a_title_and_an_episode_beside_each_other():
    """`marquee.type.v1.Subject` names what is played, allowed or recommended."""
    titles = {"marquee.catalog.v1"}  # An episode of the catalog names its series.
    for file in ours():
        for message in file.message_type:
            names = {field.name for field in message.field}

            assert file.package in titles or message.name == "Subject" or not names >= {"title_id", "episode_id"}, (
                message
            )


def test_every_contract_can_be_compiled_for_other_languages():
    for file in ours():
        area = file.package.split(".")[1]

        assert file.options.go_package == f"marquee/gen/go/marquee/{area}/v1;{area}v1", file.name
        assert file.options.java_package == f"tv.marquee.{area}.v1", file.name
        assert file.options.java_multiple_files, file.name
        assert file.options.objc_class_prefix == "MRQ", file.name


def modules_of(area):
    """Returns the modules at the root of a service: files and packages, without tests and migrations."""
    files = {path.stem for path in (SERVICES / area).glob("*.py")} - {"__init__"}
    packages = {path.parent.name for path in (SERVICES / area).glob("*/__init__.py")} - {"tests"}
    return files, packages


@pytest.mark.parametrize("area", AREAS)
def test_every_service_has_the_fixed_files_and_tests(area):
    names = set.union(*modules_of(area))
    required = {"__main__", "config", "domain", "convert", "errors", "handlers"}
    if area in topology.SCHEMAS:
        required |= {"tables", "storage"}
        assert (SERVICES / area / "migrations").is_dir()

    assert required <= names
    assert list((SERVICES / area / "tests").glob("test_*.py"))


@pytest.mark.parametrize("area", AREAS)
def test_no_service_has_a_module_that_its_layout_does_not_allow(area):
    names = set.union(*modules_of(area))

    assert set() == names - service_layout.allowed(area), "tests/service_layout.py says which names are allowed"


@pytest.mark.parametrize("area", AREAS)
def test_slices_are_packages_and_no_name_of_the_layout_is_left_over(area):
    files, packages = modules_of(area)

    assert set(service_layout.SLICES.get(area, ())) == packages - set(service_layout.FIXED)
    assert set(service_layout.FILES.get(area, ())) == files - set(service_layout.FIXED)


@pytest.mark.parametrize("area", AREAS)
def test_the_layers_of_import_linter_name_every_module_of_a_service(area):
    contracts = tomllib.loads((generate.ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    [contract] = [found for found in contracts if found.get("containers") == [f"services.{area}"]]
    layered = [name for layer in contract["layers"] for name in re.split(r" [|:] ", layer)]

    assert contract["exhaustive"]
    assert sorted(set.union(*modules_of(area))) == sorted(layered)


def test_services_with_slices_have_no_other_files_at_their_root():
    assert set() == set(service_layout.SLICES) & set(service_layout.FILES)


#: Names that do not say what a module holds, or are not terms of the field.
VAGUE = {"common", "helper", "helpers", "manager", "misc", "util", "utils"} | {
    *("answers", "ledger", "places", "room", "shelf", "stage", "things", "vault", "view", "views", "words"),
    *("finding", "following", "hearing", "going_on", "telling", "waiting", "watching"),
}


def test_no_module_has_a_vague_name():
    tracked = subprocess.run(["git", "ls-files", "*.py"], cwd=generate.ROOT, capture_output=True, text=True, check=True)
    names = {path: Path(path).stem.removeprefix("test_") for path in tracked.stdout.split()}

    assert {} == {path: name for path, name in names.items() if name in VAGUE and (generate.ROOT / path).exists()}


def test_no_file_has_more_than_350_lines():
    tracked = subprocess.run(
        ["git", "ls-files", "*.py", "*.ts", "*.tsx"], cwd=generate.ROOT, capture_output=True, text=True, check=True
    )
    long = {
        name: lines
        for name in tracked.stdout.split()
        if (path := Path(generate.ROOT, name)).exists() and (lines := path.read_text().count("\n")) > 350
    }

    assert long == {}


def test_the_schema_stores_vectors_of_the_dimension_that_embedding_accepts():
    assert tables.DIMENSION == model.SCHEMA_DIMENSION


_IMPORT_EACH = """
import importlib, sys
forbidden = {"onnxruntime", "onnx", "tokenizers", "sentence_transformers", "torch", "transformers", "alembic"}
for name in sys.argv[1:]:
    importlib.import_module(name)
    loaded = forbidden & sys.modules.keys()
    assert not loaded, f"{name} imports {loaded}"
"""


def test_no_service_imports_what_only_embedding_needs():
    kit = ["services.kit.process", "services.kit.db", "services.kit.events"]
    services = [f"services.{area}.__main__" for area in AREAS if area != "embedding"]

    run = subprocess.run(
        [sys.executable, "-c", _IMPORT_EACH, *kit, *services],
        capture_output=True,
        text=True,
        check=False,
        cwd=generate.ROOT,
    )

    assert (0, "") == (run.returncode, run.stderr)


def test_every_file_that_the_documentation_names_exists():
    pages = [
        *generate.ROOT.glob("*.md"),
        *(generate.ROOT / "docs").rglob("*.md"),
        *generate.ROOT.glob("clients/*/*.md"),
    ]
    roots = "clients|deploy|docs|envoy|gateway|proto|services|tests"
    named = {
        (page, target)
        for page in pages
        for name, link in re.findall(rf"`((?:{roots})/[\w/.-]+\.\w+)`|\]\((?!https?:)([^)#]+)", page.read_text())
        for target in [generate.ROOT / name if name else page.parent / link]
    }

    assert len(named) > 100
    assert set() == {(page, target) for page, target in named if not target.exists()}


def test_every_variable_that_the_code_reads_is_in_the_page_about_operating():
    files = [path for room in ("services", "gateway", "deploy") for path in (generate.ROOT / room).rglob("*.py")]
    code = "\n".join(path.read_text() for path in files if "tests" not in path.parts)
    read = set(re.findall(r'"(MARQUEE_[A-Z_]+|[A-Z]+_API_KEY)"', code))
    page = (generate.ROOT / "docs" / "operating.md").read_text()

    assert len(read) > 30
    assert set() == {name for name in read if f"`{name}`" not in page}
