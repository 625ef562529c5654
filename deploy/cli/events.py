"""`marquee events`: events that a service could not handle, to list, replay or drop."""

import asyncio
import contextlib
import dataclasses
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import click
from redis.exceptions import RedisError
from rich.table import Table

from deploy.cli import exit_codes, output
from deploy.local import lifecycle, process_environment, secret_files, settings, topology
from services.kit import dead_letters
from services.kit import redis as kit_redis

_service = click.argument("service", type=click.Choice(topology.SCHEMAS))
_letter_ids = click.argument("letter_ids", nargs=-1)
_all = click.option("--all", "all_of_them", is_flag=True, help="Take every dead letter of the service.")


@click.group()
def events() -> None:
    """Look after events that a service failed to handle and set aside."""


@events.command("list")
@click.option("--service", type=click.Choice(topology.SCHEMAS), help="Only those of this service.")
@output.as_json
def list_events(service: str | None, as_json: bool) -> None:
    """List dead letters, the oldest first."""
    rows = _run(lambda redis: _rows(redis, [service] if service else topology.SCHEMAS), as_json)
    if as_json:
        output.emit({"dead_letters": rows})
        return
    table = Table(box=None)
    for title in ("service", "id", "set aside", "event", "cause"):
        table.add_column(title, no_wrap=title == "id", overflow="fold")
    for row in rows:
        table.add_row(row["service"], row["id"], row["time"], row["payload"], row["cause"])
    output.console.print(table if rows else "No event was set aside.")


@events.command()
@_service
@_letter_ids
@_all
@output.as_json
def replay(service: str, letter_ids: tuple[str, ...], all_of_them: bool, as_json: bool) -> None:
    """Give dead letters back to their service, which handles them again; no other service sees them."""
    _change(service, letter_ids, all_of_them, as_json, "replayed", dead_letters.DeadLetters.replay)


@events.command()
@_service
@_letter_ids
@_all
@output.as_json
def drop(service: str, letter_ids: tuple[str, ...], all_of_them: bool, as_json: bool) -> None:
    """Remove dead letters for good."""
    _change(service, letter_ids, all_of_them, as_json, "dropped", dead_letters.DeadLetters.drop)


def _change(
    service: str,
    letter_ids: tuple[str, ...],
    all_of_them: bool,
    as_json: bool,
    done: str,
    change: Callable[[dead_letters.DeadLetters, Sequence[str] | None], Awaitable[int]],
) -> None:
    if all_of_them == bool(letter_ids):
        raise click.UsageError("Name the dead letters by their ids, or take --all of them.")
    chosen = None if all_of_them else letter_ids
    count = _run(lambda redis: change(dead_letters.DeadLetters(service, redis), chosen), as_json)
    if as_json:
        output.emit({done: count})
    else:
        output.console.print(f"{count} {done}.")
    if count < len(letter_ids):
        output.leave(exit_codes.Code.FINDINGS, "" if as_json else f"{len(letter_ids) - count} were not there.")


async def _rows(redis: kit_redis.Client, services: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {
            "service": service,
            "id": letter.letter_id,
            "time": letter.time.isoformat(timespec="seconds"),
            "stream": letter.stream,
            "event_id": letter.event.event_id if letter.event else "",
            "payload": (letter.event.WhichOneof("payload") if letter.event else None) or "",
            "cause": letter.cause,
        }
        for service in services
        async for letter in dead_letters.DeadLetters(service, redis).list()
    ]


def _run(work: Callable[[kit_redis.Client], Awaitable[Any]], as_json: bool) -> Any:
    """Returns what `work` does with the Redis of the platform."""

    async def connected() -> Any:
        async with _connected(_redis_url(as_json)) as redis:
            return await work(redis)

    with output.told(as_json):
        try:
            return asyncio.run(connected())
        except (RedisError, OSError, ValueError) as away:
            output.leave(exit_codes.Code.FAILED, f"Redis: {away}", as_json)


@contextlib.asynccontextmanager
async def _connected(url: str) -> AsyncIterator[kit_redis.Client]:
    redis = kit_redis.connect(url)
    try:
        yield redis
    finally:
        await redis.aclose()


def _redis_url(as_json: bool) -> str:
    chosen = settings.read(os.environ)
    if chosen.redis_url:
        return chosen.redis_url
    platform = lifecycle.running(chosen)
    if platform is None:
        output.leave(exit_codes.Code.NOT_RUNNING, "The platform is not running.", as_json)
    running = dataclasses.replace(chosen, port=platform.port, replicas=platform.replicas)
    return process_environment.redis(running, secret_files.load(running)).url
