"""Tests of `marquee import` with a small fake catalog on a real gRPC server."""

import gzip
import json
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
import pytest
from click.testing import CliRunner, Result
from google.protobuf import any_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status
from marquee.catalog.v1 import catalog_admin_service_pb2, catalog_admin_service_pb2_grpc
from marquee.identity.v1 import identity_service_pb2, identity_service_pb2_grpc

from deploy.cli import __main__ as cli


class Catalog(catalog_admin_service_pb2_grpc.CatalogAdminServiceServicer):
    """Counts rows. A row with `bad` is an error, and a file with `refused` is refused."""

    def __init__(self) -> None:
        self.options = catalog_admin_service_pb2.ImportOptions()
        self.authorization = ""

    def ImportTitles(self, request_iterator: Any, context: Any) -> catalog_admin_service_pb2.ImportTitlesResponse:
        self.authorization = dict(context.invocation_metadata())["authorization"]
        self.options.CopyFrom(next(request_iterator).options)
        data = b"".join(request.chunk for request in request_iterator)
        if data.startswith(b"\x1f\x8b"):
            data = gzip.decompress(data)
        if b"refused" in data:
            reason = any_pb2.Any()
            reason.Pack(error_details_pb2.ErrorInfo(reason="IMPORT_UNREADABLE", metadata={"row": "7"}))
            refusal = status_pb2.Status(
                code=code_pb2.INVALID_ARGUMENT, message="The file ends early.", details=[reason]
            )
            context.abort_with_status(rpc_status.to_status(refusal))
        rows = data.decode().splitlines()
        bad = [number for number, row in enumerate(rows, start=1) if "bad" in row]
        return catalog_admin_service_pb2.ImportTitlesResponse(
            row_count=len(rows),
            created_count=len(rows) - len(bad),
            error_count=len(bad),
            errors=[
                catalog_admin_service_pb2.ImportRowError(row=row, field="year", message="is not a year") for row in bad
            ],
            committed=not bad and not self.options.dry_run,
        )


class Identity(identity_service_pb2_grpc.IdentityServiceServicer):
    """Accepts every log-in."""

    def LogIn(self, request: identity_service_pb2.LogInRequest, _context: Any) -> identity_service_pb2.LogInResponse:
        return identity_service_pb2.LogInResponse(access_token=f"token of {request.email}")


@pytest.fixture
def catalog() -> Catalog:
    return Catalog()


@pytest.fixture
def address(catalog: Catalog) -> Iterator[str]:
    server = grpc.server(futures.ThreadPoolExecutor(2))
    catalog_admin_service_pb2_grpc.add_CatalogAdminServiceServicer_to_server(catalog, server)
    identity_service_pb2_grpc.add_IdentityServiceServicer_to_server(Identity(), server)  # type: ignore[abstract] # only LogIn is called
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "titles.jsonl"


def run(address: str, file: Path, *flags: str) -> Result:
    return CliRunner().invoke(cli.main, ["import", str(file), "--server", address, *flags])


def test_a_file_larger_than_a_chunk_arrives_complete_and_with_a_token(
    address: str, catalog: Catalog, file: Path
) -> None:
    file.write_text('{"title": "Harbour Lights"}\n' * 40_000)

    result = run(address, file, "--json")

    assert 0 == result.exit_code
    assert {"rows": 40_000, "created": 40_000, "committed": True}.items() <= json.loads(result.stdout).items()
    assert "Bearer token of admin@ott.test" == catalog.authorization


def test_a_compressed_array_is_detected_as_films(address: str, catalog: Catalog, file: Path) -> None:
    file.write_bytes(gzip.compress(b'[\n{"title": "Harbour Lights"}\n]'))

    result = run(address, file)

    assert 0 == result.exit_code
    assert catalog_admin_service_pb2.IMPORT_FORMAT_WIKIPEDIA_FILMS == catalog.options.format


def test_each_bad_row_is_reported_with_its_number(address: str, file: Path) -> None:
    file.write_text('{"title": "good"}\n{"title": "bad"}\n')

    result = run(address, file)

    assert 6 == result.exit_code
    assert "row 2, year: is not a year" in result.output
    assert "Nothing was written." in result.output


def test_a_dry_run_writes_nothing_and_says_so(address: str, catalog: Catalog, file: Path) -> None:
    file.write_text('{"title": "good"}\n')

    result = run(address, file, "--dry-run")

    assert 0 == result.exit_code
    assert catalog.options.dry_run
    assert "Nothing was written because of --dry-run." in result.output


def test_a_refusal_is_reported_with_its_reason(address: str, file: Path) -> None:
    file.write_text('{"title": "refused"}\n')

    result = run(address, file)

    assert 1 == result.exit_code
    assert "The file ends early." in result.output
    assert "IMPORT_UNREADABLE (row 7)" in result.output


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "is empty"), (b"title,year\n", "neither JSON lines"), (b"\x1f\x8b\x08broken", "cannot be read")],
)
def test_an_invalid_file_is_refused_before_anything_is_sent(
    address: str, file: Path, content: bytes, message: str
) -> None:
    file.write_bytes(content)

    result = run(address, file)

    assert 1 == result.exit_code
    assert message in result.output
