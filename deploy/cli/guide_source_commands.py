"""`marquee guide source`: the guides that the platform fetches itself, and what came of the last fetch."""

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click
from google.protobuf import json_format

from deploy.cli import exit_codes, output, server_options

if TYPE_CHECKING:
    from google.protobuf.message import Message
    from marquee.epg.v1 import epg_admin_service_pb2

_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


@click.group()
def source() -> None:
    """Manage the guides that the platform fetches itself."""


@source.command("save")
@click.argument("name")
@click.argument("url")
@click.option("--every", metavar="TIME", help="How often to fetch it, such as 30m or 6h; on request only by default.")
@click.option("--time-zone", default="", help="The zone of times without an offset; that of the channel by default.")
@server_options.channel_time_zones
@click.option("--ignore-offsets", is_flag=True, help="Read all times in the time zone, also those with an offset.")
@click.option("--create-channels", is_flag=True, help="Create the channels that match none.")
@click.option(
    "--match", "matches", multiple=True, metavar="ID=CHANNEL_ID", help="The channel that an id of the file is."
)
@click.option(
    "--least-remaining",
    type=click.FloatRange(0, 1),
    default=0.0,
    help="The least part of the scheduled programmes that an import must leave; two thirds by default.",
)
@click.option("--format", "format_name", type=click.Choice(list(server_options.GUIDE_FORMATS)), default="xmltv")
@server_options.server_options
@output.as_json
def save_source(
    name: str,
    url: str,
    every: str | None,
    time_zone: str,
    channel_time_zones: tuple[str, ...],
    ignore_offsets: bool,
    create_channels: bool,
    matches: tuple[str, ...],
    least_remaining: float,
    format_name: str,
    as_json: bool,
    **server: Any,
) -> None:
    """Create the source NAME, or replace it. The host of URL must be one of MARQUEE_GUIDE_HOSTS."""
    from marquee.epg.v1 import epg_admin_service_pb2

    from services.kit import timestamps

    options = epg_admin_service_pb2.ImportOptions(
        format=epg_admin_service_pb2.ImportFormat.Value(server_options.GUIDE_FORMATS[format_name]),
        source=name,
        time_zone=time_zone,
        ignore_offsets=ignore_offsets,
        channel_ids=server_options.parse_pairs(matches, "--match", "ID=CHANNEL_ID"),
        create_channels=create_channels,
        channel_time_zones=server_options.parse_pairs(channel_time_zones, "--channel-time-zone", "ID=ZONE"),
        least_remaining_share=least_remaining,
    )
    stated = epg_admin_service_pb2.GuideSource(options=options, uri=url)
    if every:
        stated.refresh_interval.CopyFrom(timestamps.from_timedelta(_parse_interval(every)))
    request = epg_admin_service_pb2.SaveGuideSourceRequest(guide_source=stated)
    _print([_call("SaveGuideSource", request, server, as_json).guide_source], as_json)


@source.command("list")
@server_options.server_options
@output.as_json
def list_sources(as_json: bool, **server: Any) -> None:
    """List the sources with what came of their last fetch."""
    from marquee.epg.v1 import epg_admin_service_pb2

    response = _call("ListGuideSources", epg_admin_service_pb2.ListGuideSourcesRequest(), server, as_json)
    _print(response.guide_sources, as_json)


@source.command("refresh")
@click.argument("name")
@click.option("--allow-shrinking", is_flag=True, help="Import a file with much fewer programmes than are scheduled.")
@server_options.server_options
@output.as_json
def refresh_source(name: str, allow_shrinking: bool, as_json: bool, **server: Any) -> None:
    """Fetch the source NAME now."""
    from marquee.epg.v1 import epg_admin_service_pb2

    request = epg_admin_service_pb2.RefreshGuideSourceRequest(source=name, allow_shrinking=allow_shrinking)
    refreshed = _call("RefreshGuideSource", request, server, as_json).guide_source
    _print([refreshed], as_json)
    if refreshed.last_refresh.state in {
        epg_admin_service_pb2.REFRESH_STATE_FAILED,
        epg_admin_service_pb2.REFRESH_STATE_STALE,
    }:
        output.exit_with(exit_codes.ExitCode.FINDINGS)


@source.command("delete")
@click.argument("name")
@server_options.server_options
@output.as_json
def delete_source(name: str, as_json: bool, **server: Any) -> None:
    """Delete the source NAME. Its channels and programmes stay."""
    from marquee.epg.v1 import epg_admin_service_pb2

    request = epg_admin_service_pb2.DeleteGuideSourceRequest(source=name)
    if not _call("DeleteGuideSource", request, server, as_json).deleted:
        output.exit_with(exit_codes.ExitCode.FAILED, f"There is no source {name}.", as_json)


def _call(method: str, request: "Message", server: dict[str, Any], as_json: bool) -> Any:
    from deploy.cli import import_client

    with output.handle_errors(as_json):
        target = server_options.get_server(server["server"], server["email"], server["password"], tls=server["tls"])
    try:
        return import_client.call_epg_admin(target, method, request)
    except import_client.ImportRefused as error:
        output.exit_with(exit_codes.ExitCode.FAILED, str(error), as_json)


def _print(sources: "list[epg_admin_service_pb2.GuideSource]", as_json: bool) -> None:
    if as_json:
        output.print_json([json_format.MessageToDict(each, preserving_proto_field_name=True) for each in sources])
        return
    for each in sources:
        last, changes = each.last_refresh, each.last_refresh.result.changes
        described = [f"{each.options.source}: {_word(last)} {_time(last, 'end_time')}".rstrip()]
        if last.HasField("result"):
            described.append(
                f"{last.result.programme_count} programmes: {changes.created_count} created, "
                f"{changes.updated_count} updated, {changes.deleted_count} deleted, {changes.unchanged_count} unchanged"
            )
        if last.error_reason:
            described.append(f"{last.error_reason}: {last.error_message}")
        if each.HasField("next_refresh_time"):
            described.append(f"next fetch {_time(each, 'next_refresh_time')}")
        output.console.print("; ".join(described), markup=False)


def _word(last: "epg_admin_service_pb2.GuideRefresh") -> str:
    from marquee.epg.v1 import epg_admin_service_pb2

    name = epg_admin_service_pb2.RefreshState.Name(last.state).removeprefix("REFRESH_STATE_")
    return name.lower() if last.state else "not fetched"


def _time(message: "Message", field: str) -> str:
    stated = getattr(message, field)
    return stated.ToDatetime().strftime("%Y-%m-%d %H:%M UTC") if message.HasField(field) else ""


def _parse_interval(text: str) -> timedelta:
    found = re.fullmatch(r"([1-9]\d{0,4})([mhd])", text)
    if found is None:
        raise click.BadParameter(f"{text} is not a time such as 30m, 6h or 1d", param_hint="--every")
    return int(found[1]) * _UNITS[found[2]]
