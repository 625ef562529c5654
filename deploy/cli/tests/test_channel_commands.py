"""Tests of `marquee channels` with small fakes of epg and packager on a real gRPC server."""

import json
from collections.abc import Iterator
from concurrent import futures
from typing import Any

import grpc
import protovalidate
import pytest
from click.testing import CliRunner, Result
from google.protobuf import timestamp_pb2
from marquee.epg.v1 import epg_admin_service_pb2, epg_admin_service_pb2_grpc, epg_pb2
from marquee.identity.v1 import identity_service_pb2_grpc
from marquee.packager.v1 import (
    channel_encoder_admin_service_pb2,
    channel_encoder_admin_service_pb2_grpc,
    channel_encoder_pb2,
)

from deploy.cli import __main__ as cli
from deploy.cli.tests.test_guide_commands import Identity

CHANNEL = "01a22d6f-be2f-72a1-bad1-b73523c290ee"
EVENING = timestamp_pb2.Timestamp(seconds=1_782_680_400)


class Encoders(channel_encoder_admin_service_pb2_grpc.ChannelEncoderAdminServiceServicer):
    """Keeps the requests, and runs every encoder that was started."""

    def __init__(self) -> None:
        self.requests: list[channel_encoder_admin_service_pb2.StartChannelEncoderRequest] = []
        self.stopped: list[str] = []

    def StartChannelEncoder(
        self, request: Any, _context: Any
    ) -> channel_encoder_admin_service_pb2.StartChannelEncoderResponse:
        protovalidate.validate(request)
        self.requests.append(request)
        return channel_encoder_admin_service_pb2.StartChannelEncoderResponse(encoder=self._encoder(request.channel_id))

    def StopChannelEncoder(
        self, request: Any, context: Any
    ) -> channel_encoder_admin_service_pb2.StopChannelEncoderResponse:
        if request.channel_id != CHANNEL:
            context.abort(grpc.StatusCode.NOT_FOUND, "The channel has no encoder.")
        self.stopped.append(request.channel_id)
        return channel_encoder_admin_service_pb2.StopChannelEncoderResponse(encoder=self._encoder(CHANNEL))

    def ListChannelEncoders(
        self, request: Any, _context: Any
    ) -> channel_encoder_admin_service_pb2.ListChannelEncodersResponse:
        page = int(request.page_token or 0)
        return channel_encoder_admin_service_pb2.ListChannelEncodersResponse(
            encoders=[self._encoder(self.requests[page].channel_id)],
            next_page_token=str(page + 1) if page + 1 < len(self.requests) else "",
        )

    def ListAsRunItems(self, _request: Any, _context: Any) -> channel_encoder_admin_service_pb2.ListAsRunItemsResponse:
        begun = channel_encoder_pb2.AsRunItem(source_uri="demo:b", start_time=EVENING)
        ended = channel_encoder_pb2.AsRunItem(source_uri="demo:a", start_time=EVENING, end_time=EVENING)
        return channel_encoder_admin_service_pb2.ListAsRunItemsResponse(items=[begun, ended])

    def _encoder(self, channel_id: str) -> channel_encoder_pb2.ChannelEncoder:
        return channel_encoder_pb2.ChannelEncoder(
            channel_id=channel_id,
            state="ENCODER_STATE_RUNNING",
            state_time=EVENING,
            restart_count=2,
            failure_message="The encoder failed: ended by SIGKILL",
            current_item=channel_encoder_pb2.AsRunItem(source_uri="demo:a"),
            speed=1.0,
        )


class EpgAdmin(epg_admin_service_pb2_grpc.EpgAdminServiceServicer):
    """Keeps channels and counts their programmes."""

    def __init__(self) -> None:
        self.channels: dict[str, epg_pb2.Channel] = {}
        self.programme_counts: dict[str, int] = {}

    def SaveChannel(self, request: Any, _context: Any) -> epg_admin_service_pb2.SaveChannelResponse:
        protovalidate.validate(request)
        self.channels[request.channel.channel_id] = request.channel
        return epg_admin_service_pb2.SaveChannelResponse(channel=request.channel)

    def ReplaceSchedule(self, request: Any, _context: Any) -> epg_admin_service_pb2.ReplaceScheduleResponse:
        protovalidate.validate(request)
        self.programme_counts[request.channel_id] = len(request.programmes)
        return epg_admin_service_pb2.ReplaceScheduleResponse()


@pytest.fixture
def encoders() -> Encoders:
    return Encoders()


@pytest.fixture
def epg() -> EpgAdmin:
    return EpgAdmin()


@pytest.fixture
def address(encoders: Encoders, epg: EpgAdmin) -> Iterator[str]:
    server = grpc.server(futures.ThreadPoolExecutor(2))
    channel_encoder_admin_service_pb2_grpc.add_ChannelEncoderAdminServiceServicer_to_server(encoders, server)
    epg_admin_service_pb2_grpc.add_EpgAdminServiceServicer_to_server(epg, server)
    identity_service_pb2_grpc.add_IdentityServiceServicer_to_server(Identity(), server)  # type: ignore[abstract] # only LogIn is called
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None)


def run(address: str, *arguments: str) -> Result:
    return CliRunner().invoke(cli.main, ["channels", *arguments, "--server", address])


def test_an_encoder_is_started_with_sources_or_with_a_feed(address: str, encoders: Encoders) -> None:
    started = run(address, "start", CHANNEL, "file:a.mp4", "demo:b", "--days", "2")
    fed = run(address, "start", CHANNEL, "--feed", "udp://127.0.0.1:9000", "--profile", "full")
    neither, both = run(address, "start", CHANNEL), run(address, "start", CHANNEL, "demo:a", "--feed", "udp://x:1")

    described = "demo:a at 1.00 times real time; 2 restarts; The encoder failed: ended by SIGKILL"
    assert f"{CHANNEL}: running since 2026-06-28 21:00:00 UTC; {described}\n" == started.output
    assert [0, 0] == [started.exit_code, fed.exit_code]
    assert [["file:a.mp4", "demo:b"], []] == [list(each.playlist.source_uris) for each in encoders.requests]
    assert [("", 172_800), ("udp://127.0.0.1:9000", 604_800)] == [
        (each.feed_uri, each.catch_up_window.seconds) for each in encoders.requests
    ]
    assert [2, 2] == [neither.exit_code, both.exit_code]


def test_an_encoder_is_stopped_and_an_unknown_one_is_refused(address: str, encoders: Encoders) -> None:
    stopped, unknown = run(address, "stop", CHANNEL), run(address, "stop", CHANNEL[::-1])

    assert (0, [CHANNEL]) == (stopped.exit_code, encoders.stopped)
    assert (1, "NOT_FOUND: The channel has no encoder.\n") == (unknown.exit_code, unknown.output)


def test_the_demo_channels_are_created_scheduled_and_listed(address: str, epg: EpgAdmin) -> None:
    started, listed = run(address, "start-demo"), run(address, "list", "--json")

    assert 0 == started.exit_code, started.output
    assert 2 == len(epg.channels)
    assert {epg_pb2.CHANNEL_KIND_ENCODED} == {channel.kind for channel in epg.channels.values()}
    assert [168, 168] == list(epg.programme_counts.values())
    assert list(epg.channels) == [each["channel_id"] for each in json.loads(listed.stdout)]


def test_the_log_states_what_is_on_air(address: str) -> None:
    assert (
        "2026-06-28 21:00:00 UTC - on air  demo:b\n2026-06-28 21:00:00 UTC - 2026-06-28 21:00:00 UTC  demo:a\n"
    ) == run(address, "log", CHANNEL).output
