"""Tests of `marquee guide` with a small fake epg on a real gRPC server."""

import gzip
import json
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
import pytest
from click.testing import CliRunner, Result
from google.api import httpbody_pb2
from marquee.epg.v1 import (
    epg_admin_service_pb2,
    epg_admin_service_pb2_grpc,
    epg_service_pb2,
    epg_service_pb2_grpc,
)
from marquee.identity.v1 import identity_service_pb2, identity_service_pb2_grpc

from deploy.cli import __main__ as cli


class EpgAdmin(epg_admin_service_pb2_grpc.EpgAdminServiceServicer):
    """Counts the programmes of a file, and matches the channels that the options state."""

    def __init__(self) -> None:
        self.options = epg_admin_service_pb2.ImportOptions()
        self.data = b""
        self.authorization = ""

    def ImportGuide(self, request_iterator: Any, context: Any) -> epg_admin_service_pb2.ImportGuideResponse:
        self.authorization = dict(context.invocation_metadata())["authorization"]
        self.options.CopyFrom(next(request_iterator).options)
        self.data = b"".join(request.chunk for request in request_iterator)
        if not self.data:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "The file cannot be read at line 1: it is empty.")
        count = self.data.count(b"<programme")
        matched = "one" in self.options.channel_ids
        return epg_admin_service_pb2.ImportGuideResponse(
            channels=[
                epg_admin_service_pb2.ImportedChannel(
                    source_channel_id="one",
                    display_name="One",
                    match="CHANNEL_MATCH_STATED" if matched else "CHANNEL_MATCH_UNSPECIFIED",
                    proposed_channel_ids=[] if matched else ["c1"],
                )
            ],
            channel_count=1,
            unmatched_count=0 if matched else 1,
            programme_count=count,
            changes=epg_admin_service_pb2.ScheduleChanges(created_count=count if matched else 0),
            problems=[
                epg_admin_service_pb2.ImportProblems(
                    kind="OVERLAP",
                    message="It was cut.",
                    count=2,
                    examples=[epg_admin_service_pb2.ImportProblem(line=7)],
                )
            ],
            committed=matched and not self.options.dry_run,
        )


class Epg(epg_service_pb2_grpc.EpgServiceServicer):
    """Exports the request as a document of two parts, and refuses the language `xx`."""

    def ExportGuide(self, request: epg_service_pb2.ExportGuideRequest, context: Any) -> Iterator[httpbody_pb2.HttpBody]:
        yield httpbody_pb2.HttpBody(data=b"<tv>")
        if request.display_language_code == "xx":
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "There is no such language.")
        yield httpbody_pb2.HttpBody(data=f"{request.display_language_code} {request.base_url}</tv>".encode())

    def ExportChannels(
        self, request: epg_service_pb2.ExportChannelsRequest, _context: Any
    ) -> Iterator[httpbody_pb2.HttpBody]:
        yield httpbody_pb2.HttpBody(data=f"#EXTM3U {request.stream_url}".encode())


class Identity(identity_service_pb2_grpc.IdentityServiceServicer):
    """Accepts every log-in."""

    def LogIn(self, request: identity_service_pb2.LogInRequest, _context: Any) -> identity_service_pb2.LogInResponse:
        return identity_service_pb2.LogInResponse(access_token=f"token of {request.email}")


@pytest.fixture
def epg() -> EpgAdmin:
    return EpgAdmin()


@pytest.fixture
def address(epg: EpgAdmin) -> Iterator[str]:
    server = grpc.server(futures.ThreadPoolExecutor(2))
    epg_admin_service_pb2_grpc.add_EpgAdminServiceServicer_to_server(epg, server)
    epg_service_pb2_grpc.add_EpgServiceServicer_to_server(Epg(), server)  # type: ignore[abstract] # only exports are called
    identity_service_pb2_grpc.add_IdentityServiceServicer_to_server(Identity(), server)  # type: ignore[abstract] # only LogIn is called
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "guide.xml"
    path.write_text("<tv>" + "<programme/>" * 30_000 + "</tv>")
    return path


def run(address: str, file: Path | str, *flags: str, data: bytes | None = None) -> Result:
    arguments = ["guide", "import", str(file), "--source", "operator", "--server", address, *flags]
    return CliRunner().invoke(cli.main, arguments, input=data)


def test_a_guide_arrives_complete_with_the_options(address: str, epg: EpgAdmin, file: Path) -> None:
    flags = ("--match", "one=c1", "--time-zone", "Europe/Berlin", "--ignore-offsets", "--create-channels")
    flags += ("--channel-time-zone", "two=Asia/Kolkata")
    result = run(address, file, *flags, "--allow-shrinking", "--json")

    assert 0 == result.exit_code
    assert 30_000 == json.loads(result.stdout)["changes"]["created_count"]
    assert file.read_bytes() == epg.data
    assert "Bearer token of admin@ott.test" == epg.authorization
    assert epg.options == epg_admin_service_pb2.ImportOptions(
        format="IMPORT_FORMAT_XMLTV",
        source="operator",
        time_zone="Europe/Berlin",
        ignore_offsets=True,
        channel_ids={"one": "c1"},
        create_channels=True,
        allow_shrinking=True,
        channel_time_zones={"two": "Asia/Kolkata"},
    )


def test_problems_and_similar_channels_are_printed(address: str, file: Path) -> None:
    result = run(address, file, "--dry-run")

    assert 6 == result.exit_code
    assert "It was cut. 2 times, in lines 7, …" in result.output
    assert "One matches no channel; similar: --match one=c1" in result.output
    assert "1 channels, 1 without a match; 30000 programmes: 0 created" in result.output
    assert "Nothing was written because of --dry-run." in result.output


def test_a_playlist_is_known_by_its_name_and_standard_input_is_read(
    address: str, epg: EpgAdmin, tmp_path: Path
) -> None:
    playlist = tmp_path / "channels.m3u8.gz"
    playlist.write_bytes(gzip.compress(b"#EXTM3U"))
    run(address, playlist)
    by_name = epg.options.format
    run(address, "-", "--format", "m3u", data=b"#EXTM3U")

    assert epg_admin_service_pb2.IMPORT_FORMAT_M3U == by_name == epg.options.format
    assert b"#EXTM3U" == epg.data


def test_a_refusal_and_a_wrong_match_are_reported(address: str, tmp_path: Path) -> None:
    empty = tmp_path / "guide.xml"
    empty.write_bytes(b"")
    refused, wrong = run(address, empty), run(address, empty, "--match", "one")

    assert (1, True) == (refused.exit_code, "it is empty" in refused.output)
    assert (2, True) == (wrong.exit_code, "is not ID=CHANNEL_ID" in wrong.output)


def test_the_guide_and_its_channels_are_written_to_a_file_and_a_refusal_leaves_it_as_it_was(
    address: str, tmp_path: Path
) -> None:
    target = tmp_path / "guide"

    def export(*flags: str) -> tuple[int, str, str]:
        result = CliRunner().invoke(cli.main, ["guide", "export", str(target), "--server", address, *flags])
        return result.exit_code, result.output, target.read_text()

    assert (0, "", "<tv>da https://tv</tv>") == export("--language", "da", "--base-url", "https://tv")
    assert (1, "Error: INVALID_ARGUMENT: There is no such language.\n", "<tv>da https://tv</tv>") == export(
        "--language", "xx"
    )
    assert (0, "", "#EXTM3U https://s/{channel_id}") == export("--stream-url", "https://s/{channel_id}")
