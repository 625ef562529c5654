"""`marquee import`: sends a file of titles to the catalogue and tells what became of each row."""

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
    """The file cannot be sent; the text says why."""


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check everything and tell what would be done; write nothing.")
@click.option("--skip-bad-rows", is_flag=True, help="Import the good rows although others have errors.")
@click.option("--format", "form", type=click.Choice(["lines", "films"]), help="Instead of what the file begins with.")
@click.option("--server", metavar="HOST:PORT", help="A platform elsewhere; default is this machine's.")
@click.option("--tls", is_flag=True, help="Speak TLS to the server.")
@click.option("--email", envvar="MARQUEE_EMAIL", help="The editor to sign in as; default is the demo administrator.")
@click.option("--password", envvar="MARQUEE_PASSWORD", help="Better given as MARQUEE_PASSWORD.")
@output.as_json
def import_file(
    file: Path,
    dry_run: bool,
    skip_bad_rows: bool,
    form: str | None,
    server: str | None,
    tls: bool,
    email: str | None,
    password: str | None,
    as_json: bool,
) -> None:
    """Import titles from FILE: JSON lines, or a JSON array of films; gzip is recognised.

    All rows or none are written. A second import of the same file writes nothing.
    """
    # The stubs do not exist before `make proto`; every other command must work without them.
    from marquee.catalog.v1 import catalog_admin_service_pb2

    from deploy.cli import import_client

    with output.told(as_json):
        chosen = settings.read(os.environ)
    editor = demo_accounts.editor()
    place = import_client.Server(
        address=server or f"127.0.0.1:{chosen.port}",
        email=email or editor.email,
        password=password or editor.password,
        tls=tls or chosen.tls,
    )
    try:
        options = catalog_admin_service_pb2.ImportOptions(
            format=import_client.FORMATS[form or recognise(file)], dry_run=dry_run, skip_bad_rows=skip_bad_rows
        )
        with _sending(file, quiet=as_json) as sent:
            answer = import_client.send(place, file, options, sent)
    except (Unreadable, import_client.Refused) as error:
        output.leave(exit_codes.Code.FAILED, str(error), as_json)
    if as_json:
        output.emit(_summary(answer))
    else:
        _show(answer, dry_run)
    if answer.error_count:
        output.leave(exit_codes.Code.FINDINGS)


@contextlib.contextmanager
def _sending(file: Path, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    total = file.stat().st_size
    columns = (TextColumn("{task.description:<8}"), BarColumn(), TextColumn("{task.fields[size]}"), TimeElapsedColumn())
    with Progress(*columns, console=output.errors, disable=quiet) as progress:
        task = progress.add_task("Sending", total=total, size=output.size(total))

        def sent(count: int) -> None:
            progress.advance(task, count)
            if progress.tasks[0].finished:
                # The catalogue does not tell how far it is: the bar runs to and fro until it answers.
                progress.reset(task, description="Writing", total=None)

        yield sent
        progress.update(task, description="Done", total=total, completed=total)


def recognise(file: Path) -> str:
    """The format of a file by its first character; fails with `Unreadable`."""
    try:
        with file.open("rb") as raw:
            zipped = raw.read(2) == b"\x1f\x8b"
        with gzip.open(file) if zipped else file.open("rb") as stream:
            beginning = stream.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n")
    except (OSError, EOFError) as error:
        raise Unreadable(f"{file} cannot be read: {error}") from error
    if not beginning:
        raise Unreadable(f"{file} is empty")
    match beginning[:1]:
        case b"{":
            return "lines"
        case b"[":
            return "films"
    raise Unreadable(f"{file} begins neither as JSON lines nor as a JSON array")


def _summary(answer: "catalog_admin_service_pb2.ImportTitlesResponse") -> dict[str, Any]:
    return {
        "rows": answer.row_count,
        "created": answer.created_count,
        "updated": answer.updated_count,
        "unchanged": answer.unchanged_count,
        "bad": answer.error_count,
        "committed": answer.committed,
        "errors": [{"row": row.row, "field": row.field, "message": row.message} for row in answer.errors],
    }


def _show(answer: "catalog_admin_service_pb2.ImportTitlesResponse", dry_run: bool) -> None:
    for row in answer.errors:
        place = f"row {row.row}" + (f", {row.field}" if row.field else "")
        output.errors.print(f"{place}: {row.message}", markup=False)
    if answer.error_count > len(answer.errors):
        output.errors.print(f"… and {answer.error_count - len(answer.errors)} more")
    output.console.print(
        f"{answer.row_count} rows: {answer.created_count} created, {answer.updated_count} updated, "
        f"{answer.unchanged_count} unchanged, {answer.error_count} with errors"
    )
    if not answer.committed:
        output.console.print("Nothing was written" + (", as asked." if dry_run else "."))
