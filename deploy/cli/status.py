"""`marquee status`: checks every process of a running platform and shows its health and usage."""

import asyncio
import dataclasses
import os
import time
from typing import Any, NoReturn

import click
from rich.table import Table

from deploy.cli import exit_codes, output
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
    """Show every process with its current health, memory, restarts and uptime."""
    with output.handle_errors(as_json):
        config = settings.read(os.environ)
        platform = lifecycle.read_running(config)
        if platform is None:
            _exit_without_platform(config, as_json)
        running = dataclasses.replace(config, port=platform.port, replicas=platform.replicas)
        rows = asyncio.run(_check_processes(running, platform))
        model = asyncio.run(_fetch_model(running, platform))
    healthy = all(row["health"] == "healthy" for row in rows)
    if as_json:
        output.print_json(
            {"url": running.url, "phase": platform.phase, "healthy": healthy, "model": model, "processes": rows}
        )
    else:
        _print_table(running, platform, rows)
        if model is not None and not model["version"]:
            output.console.print(f"No language model: {model['failure']}", style="yellow")
    if not healthy:
        output.exit_with(exit_codes.ExitCode.FINDINGS)


def _exit_without_platform(config: settings.Settings, as_json: bool) -> NoReturn:
    orphans = lifecycle.find_orphans(config)
    if orphans:
        numbers = ", ".join(map(str, orphans))
        message = f"No supervisor runs, but processes of the platform do ({numbers}); `marquee down` ends them."
        output.exit_with(exit_codes.ExitCode.FINDINGS, message, as_json)
    output.exit_with(exit_codes.ExitCode.NOT_RUNNING, "The platform is not running.", as_json)


async def _check_processes(config: settings.Settings, platform: platform_state.Platform) -> list[dict[str, Any]]:
    probes = platform_builder.PlatformBuilder(config, secret_files.load(config)).probes()
    health_probes.import_client_libraries()
    results = dict(zip(probes, await asyncio.gather(*(probe() for probe in probes.values())), strict=True))
    return [
        _row(platform.nodes[name], is_serving=results[name] is health_probes.Result.SERVING)
        for name in probes
        if name in platform.nodes
    ]


async def _fetch_model(config: settings.Settings, platform: platform_state.Platform) -> dict[str, str] | None:
    """Returns which model embeds or why none does, or `None` where no embedding service runs."""
    node = platform.nodes.get("embedding")
    if node is None:
        return None
    # Imported here because the generated stubs do not exist before `make proto`.
    from deploy.cli import embedding_status

    address = f"{process_environment.HOST}:{node.ports['grpc']}"
    operator = service_keys.operator(config.service_keys)
    return dataclasses.asdict(await embedding_status.fetch(address, operator))


def _row(node: platform_state.Node, *, is_serving: bool) -> dict[str, Any]:
    usage = resource_usage.measure(node.pid, time.time()) if node.pid is not None else None
    return {
        "name": node.name,
        "health": _health(node, is_serving),
        "pid": node.pid,
        "ports": node.ports,
        "restarts": node.restarts,
        "memory_bytes": usage.memory if usage else None,
        "uptime_seconds": round(usage.uptime, 1) if usage else None,
    }


def _health(node: platform_state.Node, is_serving: bool) -> str:
    if is_serving:
        return "healthy"
    return "unhealthy" if node.status is platform_state.Status.HEALTHY else str(node.status)


def _print_table(config: settings.Settings, platform: platform_state.Platform, rows: list[dict[str, Any]]) -> None:
    table = Table("process", "health", "pid", "port", "memory", "restarts", "uptime", box=None, padding=(0, 2, 0, 0))
    for row in rows:
        style = "green" if row["health"] == "healthy" else "red"
        table.add_row(
            row["name"],
            f"[{style}]{row['health']}[/{style}]",
            str(row["pid"] or "-"),
            str(next(iter(row["ports"].values()), "-")),
            output.format_size(row["memory_bytes"]) if row["memory_bytes"] else "-",
            str(row["restarts"]),
            output.format_duration(row["uptime_seconds"]) if row["uptime_seconds"] is not None else "-",
        )
    usage = resource_usage.measure(platform.pid, time.time())
    total = usage.memory if usage else sum(row["memory_bytes"] or 0 for row in rows)
    output.console.print(table)
    output.console.print(f"{config.url}, {platform.phase}, {output.format_size(total)} in total", style="dim")
