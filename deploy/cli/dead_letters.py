"""`marquee events`: lists, replays and drops events that a service could not handle."""

import asyncio
import dataclasses
import os
from collections.abc import Coroutine
from typing import Any

import click
from rich.table import Table

from deploy.cli import exit_codes, output
from deploy.local import lifecycle, process_environment, secret_files, settings, topology

_service = click.argument("service", type=click.Choice(topology.SCHEMAS))
_letter_ids = click.argument("letter_ids", nargs=-1)
_all = click.option("--all", "all_of_them", is_flag=True, help="Take every dead letter of the service.")

# `dead_letter_client` is imported in the commands: its imports would take most of the start of every other command.


@click.group()
def events() -> None:
    """List, replay or drop dead letters: events that a service failed to handle."""


@events.command("list")
@click.option("--service", type=click.Choice(topology.SCHEMAS), help="List only the dead letters of this service.")
@output.as_json
def list_events(service: str | None, as_json: bool) -> None:
    """List dead letters, the oldest first."""
    from deploy.cli import dead_letter_client

    services = [service] if service else topology.SCHEMAS
    rows = _run(dead_letter_client.list_rows(_redis_url(as_json), services), as_json)
    if as_json:
        output.print_json({"dead_letters": rows})
        return
    table = Table(box=None)
    for title in ("service", "id", "time", "event", "cause"):
        table.add_column(title, no_wrap=title == "id", overflow="fold")
    for row in rows:
        table.add_row(row["service"], row["id"], row["time"], row["payload"], row["cause"])
    output.console.print(table if rows else "There are no dead letters.")


@events.command()
@_service
@_letter_ids
@_all
@output.as_json
def replay(service: str, letter_ids: tuple[str, ...], all_of_them: bool, as_json: bool) -> None:
    """Replay dead letters to their service, which handles them again. No other service receives them."""
    from deploy.cli import dead_letter_client

    selected = _selected(letter_ids, all_of_them)
    count = _run(dead_letter_client.replay(_redis_url(as_json), service, selected), as_json)
    _print_count("replayed", count, letter_ids, as_json)


@events.command()
@_service
@_letter_ids
@_all
@output.as_json
def drop(service: str, letter_ids: tuple[str, ...], all_of_them: bool, as_json: bool) -> None:
    """Drop dead letters permanently."""
    from deploy.cli import dead_letter_client

    selected = _selected(letter_ids, all_of_them)
    count = _run(dead_letter_client.drop(_redis_url(as_json), service, selected), as_json)
    _print_count("dropped", count, letter_ids, as_json)


def _selected(letter_ids: tuple[str, ...], all_of_them: bool) -> tuple[str, ...] | None:
    if all_of_them == bool(letter_ids):
        raise click.UsageError("Name the dead letters by their ids, or take --all of them.")
    return None if all_of_them else letter_ids


def _print_count(outcome: str, count: int, letter_ids: tuple[str, ...], as_json: bool) -> None:
    if as_json:
        output.print_json({outcome: count})
    else:
        output.console.print(f"{count} {outcome}.")
    if count < len(letter_ids):
        output.exit_with(exit_codes.ExitCode.FINDINGS, "" if as_json else f"{len(letter_ids) - count} were not found.")


def _run(work: Coroutine[Any, Any, Any], as_json: bool) -> Any:
    from deploy.cli import dead_letter_client

    try:
        return asyncio.run(work)
    except dead_letter_client.RedisFailed as error:
        output.exit_with(exit_codes.ExitCode.FAILED, str(error), as_json)


def _redis_url(as_json: bool) -> str:
    with output.handle_errors(as_json):
        config = settings.read(os.environ)
        if config.redis_url:
            return config.redis_url
        platform = lifecycle.read_running(config)
        if platform is None:
            output.exit_with(exit_codes.ExitCode.NOT_RUNNING, "The platform is not running.", as_json)
        running = dataclasses.replace(config, port=platform.port, replicas=platform.replicas)
        return process_environment.redis(running, secret_files.load(running)).url
