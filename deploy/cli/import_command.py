"""`marquee import`: imports a file of titles into the catalog and prints the result of each row."""

import contextlib
import gzip
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.cli import demo_accounts, exit_codes, output
from deploy.local import settings

if TYPE_CHECKING:
    from marquee.catalog.v1 import catalog_admin_service_pb2


class Unreadable(Exception):
    """The file cannot be imported; the text says why."""


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check the file and print what would change; write nothing.")
@click.option("--skip-bad-rows", is_flag=True, help="Import the valid rows although others have errors.")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["lines", "films"]),
    help="The format; detected from the first character by default.",
)
@click.option("--server", metavar="HOST:PORT", help="The platform; the one on this machine by default.")
@click.option("--tls", is_flag=True, help="Use TLS.")
@click.option("--email", envvar="MARQUEE_EMAIL", help="The editor to sign in as; the demo administrator by default.")
@click.option(
    "--password", envvar="MARQUEE_PASSWORD", help="The password; MARQUEE_PASSWORD keeps it out of the process list."
)
@output.as_json
def import_file(
    file: Path,
    dry_run: bool,
    skip_bad_rows: bool,
    format_name: str | None,
    server: str | None,
    tls: bool,
    email: str | None,
    password: str | None,
    as_json: bool,
) -> None:
    """Import titles from FILE: JSON lines, or a JSON array of films; gzip is detected.

    All rows or none are written. A second import of the same file writes nothing.
    """
    # Imported here because the generated stubs do not exist before `make proto`, and other commands work without them.
    from marquee.catalog.v1 import catalog_admin_service_pb2

    from deploy.cli import import_client

    with output.handle_errors(as_json):
        config = settings.read(os.environ)
    editor = demo_accounts.get_editor()
    target = import_client.Server(
        address=server or f"127.0.0.1:{config.port}",
        email=email or editor.email,
        password=password or editor.password,
        tls=tls or config.tls,
    )
    try:
        options = catalog_admin_service_pb2.ImportOptions(
            format=import_client.FORMATS[format_name or detect_format(file)],
            dry_run=dry_run,
            skip_bad_rows=skip_bad_rows,
        )
        with _show_progress(file, quiet=as_json) as on_chunk_sent:
            response = import_client.import_file(target, file, options, on_chunk_sent)
    except (Unreadable, import_client.ImportRefused) as error:
        output.exit_with(exit_codes.ExitCode.FAILED, str(error), as_json)
    if as_json:
        output.print_json(_summary(response))
    else:
        _print_response(response, dry_run)
    if response.error_count:
        output.exit_with(exit_codes.ExitCode.FINDINGS)


@contextlib.contextmanager
def _show_progress(file: Path, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    total = file.stat().st_size
    columns = (TextColumn("{task.description:<8}"), BarColumn(), TextColumn("{task.fields[size]}"), TimeElapsedColumn())
    with Progress(*columns, console=output.errors, disable=quiet) as progress:
        task = progress.add_task("Sending", total=total, size=output.format_size(total))

        def on_chunk_sent(count: int) -> None:
            progress.advance(task, count)
            if progress.tasks[0].finished:
                # The catalog reports no progress, so the bar shows only activity until the response arrives.
                progress.reset(task, description="Writing", total=None)

        yield on_chunk_sent
        progress.update(task, description="Done", total=total, completed=total)


def detect_format(file: Path) -> str:
    """Returns the format of a file by its first character. Raises `Unreadable`."""
    try:
        with file.open("rb") as raw:
            is_gzip = raw.read(2) == b"\x1f\x8b"
        with gzip.open(file) if is_gzip else file.open("rb") as stream:
            first_bytes = stream.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n")
    except (OSError, EOFError) as error:
        raise Unreadable(f"{file} cannot be read: {error}") from error
    if not first_bytes:
        raise Unreadable(f"{file} is empty")
    match first_bytes[:1]:
        case b"{":
            return "lines"
        case b"[":
            return "films"
    raise Unreadable(f"{file} is neither JSON lines nor a JSON array")


def _summary(response: "catalog_admin_service_pb2.ImportTitlesResponse") -> dict[str, Any]:
    return {
        "rows": response.row_count,
        "created": response.created_count,
        "updated": response.updated_count,
        "unchanged": response.unchanged_count,
        "bad": response.error_count,
        "committed": response.committed,
        "errors": [{"row": row.row, "field": row.field, "message": row.message} for row in response.errors],
    }


def _print_response(response: "catalog_admin_service_pb2.ImportTitlesResponse", dry_run: bool) -> None:
    for row in response.errors:
        location = f"row {row.row}" + (f", {row.field}" if row.field else "")
        output.errors.print(f"{location}: {row.message}", markup=False)
    if response.error_count > len(response.errors):
        output.errors.print(f"… and {response.error_count - len(response.errors)} more")
    output.console.print(
        f"{response.row_count} rows: {response.created_count} created, {response.updated_count} updated, "
        f"{response.unchanged_count} unchanged, {response.error_count} with errors"
    )
    if not response.committed:
        output.console.print("Nothing was written" + (" because of --dry-run." if dry_run else "."))
