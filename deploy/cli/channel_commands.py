"""`marquee channels`: starts, stops and lists the encoders of channels."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click
from google.protobuf import json_format

from deploy.cli import exit_codes, output, server_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from google.protobuf.message import Message
    from marquee.packager.v1 import channel_encoder_pb2

_PROFILES = {"quick": "PACKAGING_PROFILE_QUICK", "full": "PACKAGING_PROFILE_FULL"}
_PAGE_SIZE = 200


@click.group()
def channels() -> None:
    """Run the encoders of encoded channels."""


@channels.command("start")
@click.argument("channel_id")
@click.argument("sources", nargs=-1)
@click.option("--feed", default="", metavar="URI", help="Encode this stream instead of sources.")
@click.option("--profile", type=click.Choice(list(_PROFILES)), default="quick", help="The set of renditions.")
@click.option("--days", type=click.IntRange(1, 31), default=7, help="For how many days segments are kept.")
@server_options.server_options
@output.as_json
def start_encoder(
    channel_id: str, sources: tuple[str, ...], feed: str, profile: str, days: int, as_json: bool, **server: Any
) -> None:
    """Start the encoder of CHANNEL_ID with SOURCES, such as file:films/a.mp4, which repeat for ever."""
    # Imported here because the generated stubs do not exist before `make proto`.
    from marquee.packager.v1 import channel_encoder_admin_service_pb2, channel_encoder_pb2, packager_pb2

    from services.kit import timestamps

    if bool(sources) == bool(feed):
        raise click.UsageError("Name either SOURCES or a --feed.")
    request = channel_encoder_admin_service_pb2.StartChannelEncoderRequest(
        channel_id=channel_id,
        profile=packager_pb2.PackagingProfile.Value(_PROFILES[profile]),
        catch_up_window=timestamps.from_timedelta(timedelta(days=days)),
    )
    if feed:
        request.feed_uri = feed
    else:
        request.playlist.CopyFrom(channel_encoder_pb2.SourcePlaylist(source_uris=sources))
    _print([_call("StartChannelEncoder", request, server, as_json).encoder], as_json)


@channels.command("stop")
@click.argument("channel_id")
@server_options.server_options
@output.as_json
def stop_encoder(channel_id: str, as_json: bool, **server: Any) -> None:
    """Stop the encoder of CHANNEL_ID. What it wrote can be watched until its window has passed."""
    from marquee.packager.v1 import channel_encoder_admin_service_pb2

    request = channel_encoder_admin_service_pb2.StopChannelEncoderRequest(channel_id=channel_id)
    _print([_call("StopChannelEncoder", request, server, as_json).encoder], as_json)


@channels.command("restart")
@click.argument("channel_id")
@server_options.server_options
@output.as_json
def restart_encoder(channel_id: str, as_json: bool, **server: Any) -> None:
    """Start the encoder of CHANNEL_ID again, as it was started."""
    from marquee.packager.v1 import channel_encoder_admin_service_pb2

    request = channel_encoder_admin_service_pb2.RestartChannelEncoderRequest(channel_id=channel_id)
    _print([_call("RestartChannelEncoder", request, server, as_json).encoder], as_json)


@channels.command("list")
@server_options.server_options
@output.as_json
def list_encoders(as_json: bool, **server: Any) -> None:
    """List the encoders with their states."""
    from marquee.packager.v1 import channel_encoder_admin_service_pb2

    listed: list[channel_encoder_pb2.ChannelEncoder] = []
    page_token = ""
    while True:
        request = channel_encoder_admin_service_pb2.ListChannelEncodersRequest(
            page_size=_PAGE_SIZE, page_token=page_token
        )
        page = _call("ListChannelEncoders", request, server, as_json)
        listed += page.encoders
        page_token = page.next_page_token
        if not page_token:
            break
    _print(listed, as_json)


@channels.command("log")
@click.argument("channel_id")
@click.option("--count", type=click.IntRange(1, 200), default=20, help="How many items to list.")
@server_options.server_options
@output.as_json
def list_items(channel_id: str, count: int, as_json: bool, **server: Any) -> None:
    """List what CHANNEL_ID really showed, newest first."""
    from marquee.packager.v1 import channel_encoder_admin_service_pb2

    request = channel_encoder_admin_service_pb2.ListAsRunItemsRequest(channel_id=channel_id, page_size=count)
    items = _call("ListAsRunItems", request, server, as_json).items
    if as_json:
        output.print_json([json_format.MessageToDict(each, preserving_proto_field_name=True) for each in items])
        return
    for item in items:
        end = _time(item.end_time.ToDatetime()) if item.HasField("end_time") else "on air"
        output.console.print(f"{_time(item.start_time.ToDatetime())} - {end}  {item.source_uri}", markup=False)


@channels.command("start-demo")
@server_options.server_options
@output.as_json
def start_demo(as_json: bool, **server: Any) -> None:
    """Create two channels and start their encoders, which need a fifth of a core. They repeat generated sources."""
    from deploy.seed import encoded_channels

    started = []
    for channel in encoded_channels.CHANNELS:
        _call("SaveChannel", channel.save_request, server, as_json)
        _call("ReplaceSchedule", channel.schedule_request(datetime.now(UTC)), server, as_json)
        started.append(_call("StartChannelEncoder", channel.start_request, server, as_json).encoder)
    _print(started, as_json)


def _call(method: str, request: "Message", server: dict[str, Any], as_json: bool) -> Any:
    from marquee.epg.v1 import epg_admin_service_pb2_grpc
    from marquee.packager.v1 import channel_encoder_admin_service_pb2_grpc

    from deploy.cli import import_client

    with output.handle_errors(as_json):
        target = server_options.get_server(server["server"], server["email"], server["password"], tls=server["tls"])
    is_of_epg = hasattr(epg_admin_service_pb2_grpc.EpgAdminServiceServicer, method)
    stub = (
        epg_admin_service_pb2_grpc.EpgAdminServiceStub
        if is_of_epg
        else channel_encoder_admin_service_pb2_grpc.ChannelEncoderAdminServiceStub
    )
    try:
        return import_client.call(target, stub, method, request)
    except import_client.ImportRefused as error:
        output.exit_with(exit_codes.ExitCode.FAILED, str(error), as_json)


def _print(encoders: "Sequence[channel_encoder_pb2.ChannelEncoder]", as_json: bool) -> None:
    from marquee.packager.v1 import channel_encoder_pb2

    if as_json:
        output.print_json([json_format.MessageToDict(each, preserving_proto_field_name=True) for each in encoders])
        return
    for each in encoders:
        state = channel_encoder_pb2.EncoderState.Name(each.state).removeprefix("ENCODER_STATE_").lower()
        described = [f"{each.channel_id}: {state} since {_time(each.state_time.ToDatetime())}"]
        if each.HasField("current_item"):
            described.append(f"{each.current_item.source_uri} at {each.speed:.2f} times real time")
        if each.restart_count:
            described.append(f"{each.restart_count} restarts")
        described += filter(None, (each.waiting_reason, each.failure_message))
        output.console.print("; ".join(described), markup=False)


def _time(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%d %H:%M:%S UTC")
