"""Tests of `marquee guide source` with a small fake epg on a real gRPC server."""

import json
from collections.abc import Iterator
from concurrent import futures
from typing import Any

import grpc
import pytest
from click.testing import CliRunner, Result
from google.protobuf import duration_pb2, timestamp_pb2
from marquee.epg.v1 import epg_admin_service_pb2, epg_admin_service_pb2_grpc
from marquee.identity.v1 import identity_service_pb2_grpc

from deploy.cli import __main__ as cli
from deploy.cli.tests.test_guide_commands import Identity


class EpgAdmin(epg_admin_service_pb2_grpc.EpgAdminServiceServicer):
    """Keeps sources, and refuses to shrink the guide unless the request allows it."""

    def __init__(self) -> None:
        self.sources: dict[str, epg_admin_service_pb2.GuideSource] = {}

    def SaveGuideSource(self, request: Any, _context: Any) -> epg_admin_service_pb2.SaveGuideSourceResponse:
        self.sources[request.guide_source.options.source] = request.guide_source
        return epg_admin_service_pb2.SaveGuideSourceResponse(guide_source=request.guide_source)

    def ListGuideSources(self, _request: Any, _context: Any) -> epg_admin_service_pb2.ListGuideSourcesResponse:
        return epg_admin_service_pb2.ListGuideSourcesResponse(guide_sources=self.sources.values())

    def DeleteGuideSource(self, request: Any, _context: Any) -> epg_admin_service_pb2.DeleteGuideSourceResponse:
        deleted = self.sources.pop(request.source, None) is not None
        return epg_admin_service_pb2.DeleteGuideSourceResponse(deleted=deleted)

    def RefreshGuideSource(self, request: Any, context: Any) -> epg_admin_service_pb2.RefreshGuideSourceResponse:
        source = self.sources.get(request.source)
        if source is None:
            context.abort(grpc.StatusCode.NOT_FOUND, f"There is no source {request.source}.")
            raise AssertionError
        refresh = epg_admin_service_pb2.GuideRefresh(
            state="REFRESH_STATE_FAILED", error_reason="IMPORT_SHRINKS_GUIDE", error_message="It would shrink."
        )
        if request.allow_shrinking:
            changes = epg_admin_service_pb2.ScheduleChanges(created_count=7)
            result = epg_admin_service_pb2.ImportGuideResponse(programme_count=9, changes=changes)
            refresh = epg_admin_service_pb2.GuideRefresh(state="REFRESH_STATE_IMPORTED", result=result)
        refresh.end_time.CopyFrom(timestamp_pb2.Timestamp(seconds=1_782_680_400))
        source.last_refresh.CopyFrom(refresh)
        return epg_admin_service_pb2.RefreshGuideSourceResponse(guide_source=source)


@pytest.fixture
def epg() -> EpgAdmin:
    return EpgAdmin()


@pytest.fixture
def address(epg: EpgAdmin) -> Iterator[str]:
    server = grpc.server(futures.ThreadPoolExecutor(2))
    epg_admin_service_pb2_grpc.add_EpgAdminServiceServicer_to_server(epg, server)
    identity_service_pb2_grpc.add_IdentityServiceServicer_to_server(Identity(), server)  # type: ignore[abstract] # only LogIn is called
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None)


def run(address: str, *arguments: str) -> Result:
    return CliRunner().invoke(cli.main, ["guide", "source", *arguments, "--server", address])


def test_a_source_is_saved_with_its_options_listed_and_deleted(address: str, epg: EpgAdmin) -> None:
    flags = ("--every", "6h", "--channel-time-zone", "a=b=Europe/Berlin", "--match", "one=c1", "--create-channels")
    saved = run(address, "save", "operator", "https://guides.example/1.xml", *flags, "--least-remaining", "0.5")
    listed = json.loads(run(address, "list", "--json").stdout)
    deleted, again = run(address, "delete", "operator"), run(address, "delete", "operator")

    assert (0, True) == (saved.exit_code, "not fetched" in saved.output)
    assert [
        {
            "options": {
                "format": "IMPORT_FORMAT_XMLTV",
                "source": "operator",
                "channel_ids": {"one": "c1"},
                "create_channels": True,
                "channel_time_zones": {"a=b": "Europe/Berlin"},
                "least_remaining_share": 0.5,
            },
            "uri": "https://guides.example/1.xml",
            "refresh_interval": "21600s",
        }
    ] == listed
    assert (0, 1, "There is no source operator.\n") == (deleted.exit_code, again.exit_code, again.output)


def test_a_refresh_prints_what_came_of_it_and_fails_with_findings(address: str, epg: EpgAdmin) -> None:
    run(address, "save", "operator", "https://guides.example/channels", "--format", "m3u")
    refused, imported = run(address, "refresh", "operator"), run(address, "refresh", "operator", "--allow-shrinking")
    unknown = run(address, "refresh", "nobody")

    assert epg_admin_service_pb2.IMPORT_FORMAT_M3U == epg.sources["operator"].options.format
    assert duration_pb2.Duration() == epg.sources["operator"].refresh_interval
    assert (6, True) == (refused.exit_code, "IMPORT_SHRINKS_GUIDE: It would shrink." in refused.output)
    assert (
        0,
        "operator: imported 2026-06-28 21:00 UTC; 9 programmes: 7 created, 0 updated, 0 deleted, 0 unchanged\n",
    ) == (
        imported.exit_code,
        imported.output,
    )
    assert (1, True) == (unknown.exit_code, "There is no source nobody." in unknown.output)


def test_a_wrong_interval_is_refused(address: str) -> None:
    for wrong in ("6", "0h", "6 hours", "-1h"):
        refused = run(address, "save", "operator", "https://guides.example/1.xml", f"--every={wrong}")

        assert (2, True) == (refused.exit_code, "is not a time such as 30m, 6h or 1d" in refused.output)
