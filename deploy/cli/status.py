"""`marquee status`: every process of a running platform, asked now."""

import asyncio
import dataclasses
import os
import time
from typing import Any

import click
from rich.table import Table

from deploy.cli import embedding_status, exit_codes, output
from deploy.local import (
    health_probes,
    lifecycle,
    platform_builder,
    platform_state,
    process_environment,
    resource_usage,
    secret_files,
    service_keys,
    settings,
)


@click.command()
@output.as_json
def status(as_json: bool) -> None:
    """Show every process: health asked now, memory, restarts, uptime."""
    with output.told(as_json):
        chosen = settings.read(os.environ)
        platform = lifecycle.running(chosen)
        if platform is None:
            output.leave(exit_codes.Code.NOT_RUNNING, "The platform is not running.", as_json)
        running = dataclasses.replace(chosen, port=platform.port, replicas=platform.replicas)
        rows = asyncio.run(_rows(running, platform))
        embeds = asyncio.run(_model(running, platform))
    healthy = all(row["health"] == "healthy" for row in rows)
    if as_json:
        output.emit(
            {"url": running.url, "phase": platform.phase, "healthy": healthy, "model": embeds, "processes": rows}
        )
    else:
        _show(running, platform, rows)
        if embeds is not None and not embeds["version"]:
            output.console.print(f"No language model: {embeds['failure']}", style="yellow")
    if not healthy:
        output.leave(exit_codes.Code.FINDINGS)


async def _rows(chosen: settings.Settings, platform: platform_state.Platform) -> list[dict[str, Any]]:
    probes = platform_builder.Assembly(chosen, secret_files.load(chosen)).probes()
    health_probes.load()
    answers = dict(zip(probes, await asyncio.gather(*(probe() for probe in probes.values())), strict=True))
    return [_row(platform.nodes[name], answers[name]) for name in probes if name in platform.nodes]


async def _model(chosen: settings.Settings, platform: platform_state.Platform) -> dict[str, str] | None:
    """Answers which model embeds, or why none does; the platform runs without one. None where nothing embeds."""
    node = platform.nodes.get("embedding")
    if node is None:
        return None
    address = f"{process_environment.HOST}:{node.ports['grpc']}"
    return dataclasses.asdict(await embedding_status.asked(address, service_keys.operator(chosen.service_keys)))


def _row(node: platform_state.Node, answers: bool) -> dict[str, Any]:
    taken = resource_usage.of_process(node.pid, time.time()) if node.pid is not None else None
    return {
        "name": node.name,
        "health": _health(node, answers),
        "pid": node.pid,
        "ports": node.ports,
        "restarts": node.restarts,
        "memory_bytes": taken.memory if taken else None,
        "uptime_seconds": round(taken.uptime, 1) if taken else None,
    }


def _health(node: platform_state.Node, answers: bool) -> str:
    if answers:
        return "healthy"
    return "unhealthy" if node.status is platform_state.Status.HEALTHY else str(node.status)


def _show(chosen: settings.Settings, platform: platform_state.Platform, rows: list[dict[str, Any]]) -> None:
    table = Table("process", "health", "pid", "port", "memory", "restarts", "uptime", box=None, padding=(0, 2, 0, 0))
    for row in rows:
        style = "green" if row["health"] == "healthy" else "red"
        table.add_row(
            row["name"],
            f"[{style}]{row['health']}[/{style}]",
            str(row["pid"] or "-"),
            str(next(iter(row["ports"].values()), "-")),
            output.size(row["memory_bytes"]) if row["memory_bytes"] else "-",
            str(row["restarts"]),
            output.span(row["uptime_seconds"]) if row["uptime_seconds"] is not None else "-",
        )
    own = resource_usage.of_process(platform.pid, time.time())
    total = own.memory if own else sum(row["memory_bytes"] or 0 for row in rows)
    output.console.print(table)
    output.console.print(f"{chosen.url}, {platform.phase}, {output.size(total)} in all", style="dim")
