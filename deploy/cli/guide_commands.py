"""`marquee guide`: imports guides of other systems, prints what was wrong in them, and exports the guide."""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import click
from google.protobuf import json_format

from deploy.cli import exit_codes, guide_source_commands, output, server_options

if TYPE_CHECKING:
    from marquee.epg.v1 import epg_admin_service_pb2


@click.group()
def guide() -> None:
    """Import, fetch and export guides."""


guide.add_command(guide_source_commands.source)


@guide.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--source", required=True, help="The name of the source, such as operator-dk.")
@click.option("--dry-run", is_flag=True, help="Check the file and print what would change; write nothing.")
@click.option("--create-channels", is_flag=True, help="Create the channels that match none.")
@click.option(
    "--match", "matches", multiple=True, metavar="ID=CHANNEL_ID", help="The channel that an id of the file is."
)
@click.option("--time-zone", default="", help="The zone of times without an offset; that of the channel by default.")
@server_options.channel_time_zones
@click.option("--ignore-offsets", is_flag=True, help="Read all times in the time zone, also those with an offset.")
@click.option("--allow-shrinking", is_flag=True, help="Import a file with much fewer programmes than are scheduled.")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(list(server_options.GUIDE_FORMATS)),
    help="The format; by the file name by default.",
)
@server_options.server_options
@output.as_json
def import_guide(
    file: BinaryIO,
    source: str,
    dry_run: bool,
    create_channels: bool,
    matches: tuple[str, ...],
    time_zone: str,
    channel_time_zones: tuple[str, ...],
    ignore_offsets: bool,
    allow_shrinking: bool,
    format_name: str | None,
    server: str | None,
    tls: bool,
    email: str | None,
    password: str | None,
    as_json: bool,
) -> None:
    """Import XMLTV or M3U from FILE, `-` for standard input; gzip and xz are detected.

    All is written or nothing. A second import of the same file writes nothing.
    """
    # Imported here because the generated stubs do not exist before `make proto`, and other commands work without them.
    from marquee.epg.v1 import epg_admin_service_pb2

    from deploy.cli import import_client

    with output.handle_errors(as_json):
        target = server_options.get_server(server, email, password, tls=tls)
    format_value = server_options.GUIDE_FORMATS[format_name or _detect_format(file)]
    options = epg_admin_service_pb2.ImportOptions(
        format=epg_admin_service_pb2.ImportFormat.Value(format_value),
        dry_run=dry_run,
        source=source,
        time_zone=time_zone,
        ignore_offsets=ignore_offsets,
        channel_ids=server_options.parse_pairs(matches, "--match", "ID=CHANNEL_ID"),
        create_channels=create_channels,
        channel_time_zones=server_options.parse_pairs(channel_time_zones, "--channel-time-zone", "ID=ZONE"),
        allow_shrinking=allow_shrinking,
    )
    try:
        response = import_client.import_guide(target, file, options)
    except import_client.ImportRefused as error:
        output.exit_with(exit_codes.ExitCode.FAILED, str(error), as_json)
    if as_json:
        output.print_json(json_format.MessageToDict(response, preserving_proto_field_name=True))
    else:
        _print_response(response, dry_run=dry_run)
    if response.unmatched_count:
        output.exit_with(exit_codes.ExitCode.FINDINGS)


@guide.command("export")
@click.argument("file", type=click.File("wb", lazy=True))
@click.option("--stream-url", help="Write M3U: the address of a stream, with {channel_id} for the id of its channel.")
@click.option("--language", default="", help="The language of XMLTV; that of the profile by default.")
@click.option("--base-url", default="", help="The address of the platform, for the guide and for pictures.")
@server_options.server_options
def export_guide(
    file: BinaryIO,
    stream_url: str | None,
    language: str,
    base_url: str,
    server: str | None,
    tls: bool,
    email: str | None,
    password: str | None,
) -> None:
    """Write the guide to FILE as XMLTV, or its channels as M3U; `-` is standard output."""
    from marquee.epg.v1 import epg_service_pb2

    from deploy.cli import import_client

    with output.handle_errors(as_json=False):
        target = server_options.get_server(server, email, password, tls=tls)
    request = (
        epg_service_pb2.ExportChannelsRequest(stream_url=stream_url, base_url=base_url)
        if stream_url
        else epg_service_pb2.ExportGuideRequest(display_language_code=language, base_url=base_url)
    )
    try:
        with tempfile.TemporaryFile() as complete:
            complete.writelines(import_client.export_guide(target, request))
            complete.seek(0)
            shutil.copyfileobj(complete, file)
    except import_client.ImportRefused as error:
        raise click.ClickException(str(error)) from error


def _detect_format(file: BinaryIO) -> str:
    name = Path("" if file is cast("Any", sys.stdin.buffer) else file.name).name.lower()
    return "m3u" if ".m3u" in name else "xmltv"


def _print_response(response: "epg_admin_service_pb2.ImportGuideResponse", *, dry_run: bool) -> None:
    for problems in response.problems:
        lines = ", ".join(str(example.line) for example in problems.examples)
        more = ", …" if problems.count > len(problems.examples) else ""
        output.errors.print(f"{problems.message} {problems.count} times, in lines {lines}{more}", markup=False)
    for channel in response.channels:
        if not channel.match:
            proposed = " or ".join(f"--match {channel.source_channel_id}={id_}" for id_ in channel.proposed_channel_ids)
            hint = f"; similar: {proposed}" if proposed else ""
            output.errors.print(f"{channel.display_name} matches no channel{hint}", markup=False)
    changes = response.changes
    output.console.print(
        f"{response.channel_count} channels, {response.unmatched_count} without a match; "
        f"{response.programme_count} programmes: {changes.created_count} created, {changes.updated_count} updated, "
        f"{changes.deleted_count} deleted, {changes.unchanged_count} unchanged"
    )
    if not response.committed:
        output.console.print("Nothing was written" + (" because of --dry-run." if dry_run else "."))
