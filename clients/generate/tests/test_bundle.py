"""The contract bundle compiles alone, in other people's tools."""

import io
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2

from clients.generate import __main__ as generate
from clients.generate import bundle, descriptors

BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundle")
    with tarfile.open(fileobj=io.BytesIO(bundle.archive()), mode="r:gz") as tar:
        tar.extractall(folder, filter="data")
    return folder / bundle.NAME


def run(folder, *command):
    ran = subprocess.run(list(map(str, command)), cwd=folder, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def sources(unpacked, *roots):
    proto = unpacked / "proto"
    return sorted(str(path.relative_to(proto)) for root in roots for path in (proto / root).rglob("*.proto"))


def test_it_holds_every_public_contract_and_no_internal_one(unpacked):
    assert descriptors.public_sources(generate.PROTO) == sources(unpacked, "marquee")
    assert not list(unpacked.rglob("*_internal.proto"))
    assert {"README.md", "CHANGELOG.md", "LICENSE", "VERSION", "buf.yaml", "marquee.binpb", "proto", "docs"} == {
        path.name for path in unpacked.iterdir()
    }


def test_its_descriptor_set_holds_the_public_contracts_with_their_imports(unpacked):
    compiled = descriptor_pb2.FileDescriptorSet.FromString((unpacked / "marquee.binpb").read_bytes())
    names = {file.name for file in compiled.file}

    assert set(descriptors.public_sources(generate.PROTO)) <= names
    assert all(set(file.dependency) <= names for file in compiled.file)


def test_its_changelog_describes_its_version(unpacked):
    version = (unpacked / "VERSION").read_text().strip()

    first_section = (unpacked / "CHANGELOG.md").read_text().split("\n## ")[1]
    assert first_section.startswith(f"Version {version} of the contract\n")


def test_its_page_of_errors_holds_the_reasons_of_public_contracts_only(unpacked):
    page = (unpacked / "docs" / "errors.md").read_text()

    assert "## `playback.marquee`" in page
    assert "`SESSION_ENDED`" in page
    assert "embedding.marquee" not in page
    assert "make docs" not in page


def test_buf_builds_it(unpacked):
    run(unpacked, BIN / "buf", "build")


def test_protoc_generates_python_from_it(unpacked, tmp_path):
    files = sources(unpacked, "marquee", "buf")
    run(
        unpacked,
        sys.executable,
        "-m",
        "grpc_tools.protoc",
        "-Iproto",
        f"--python_out={tmp_path}",
        f"--grpc_python_out={tmp_path}",
        *files,
    )
    imports = "; ".join(f"import {name[:-6].replace('/', '.')}_pb2" for name in files)
    run(tmp_path, sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {imports}")


def test_protoc_generates_typescript_from_it(unpacked, tmp_path):
    plugin = generate.WEB / "node_modules" / ".bin" / "protoc-gen-es"
    run(
        unpacked,
        sys.executable,
        "-m",
        "grpc_tools.protoc",
        "-Iproto",
        f"--plugin=protoc-gen-es={plugin}",
        f"--es_out={tmp_path}",
        "--es_opt=target=ts",
        *sources(unpacked, "marquee"),
    )

    assert (tmp_path / "marquee" / "catalog" / "v1" / "catalog_service_pb.ts").exists()


@pytest.mark.parametrize(
    ("option", "plugin", "expected"),
    [
        ("--java_out", None, "tv/marquee/catalog/v1/Title.java"),
        ("--kotlin_out", None, "tv/marquee/catalog/v1/TitleKt.kt"),
        ("--go_out", "protoc-gen-go", "marquee/gen/go/marquee/catalog/v1/catalog.pb.go"),
    ],
)
def test_protoc_generates_other_languages_from_it(unpacked, tmp_path, option, plugin, expected):
    protoc = shutil.which("protoc")
    missing = protoc is None or (plugin is not None and shutil.which(plugin) is None)
    if missing:
        pytest.skip("needs Debian's protobuf-compiler and protoc-gen-go")
    run(unpacked, protoc, "-Iproto", f"{option}={tmp_path}", *sources(unpacked, "marquee"))

    assert (tmp_path / expected).exists()


def test_the_printed_validation_rules_are_those_of_the_package(unpacked, tmp_path):
    rules = tmp_path / "rules.binpb"
    descriptors.write_validate_rules(rules)
    original = descriptor_pb2.FileDescriptorSet.FromString(rules.read_bytes()).file[-1]
    compiled = descriptor_pb2.FileDescriptorSet.FromString((unpacked / "marquee.binpb").read_bytes())
    run(
        unpacked,
        sys.executable,
        "-m",
        "grpc_tools.protoc",
        "-Iproto",
        f"--descriptor_set_out={tmp_path / 'printed.binpb'}",
        descriptors.BUF_VALIDATE,
    )
    printed = descriptor_pb2.FileDescriptorSet.FromString((tmp_path / "printed.binpb").read_bytes()).file[0]

    for file in (original, printed):
        file.ClearField("syntax")
    assert original == printed
    assert any(file.name == descriptors.BUF_VALIDATE for file in compiled.file)
