"""Seeds the running platform. `marquee seed` runs `python -m deploy.seed` with the environment of the platform."""

import asyncio
import dataclasses
import json
import os
import time

import click
from rich.console import Console

from deploy.seed import platform_seeder, seed_files
from services.kit import client, clock, config, errors, service_identity


@click.command()
@click.option("--media/--no-media", "with_media", default=True, help="Also queue the demo media for packaging.")
@click.option("--schedules", "schedules_only", is_flag=True, help="Only extend the schedules of the demo channels.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for scripts.")
def main(*, with_media: bool, schedules_only: bool, as_json: bool) -> None:
    """Fill the running platform with the demo titles, packages, accounts and media. It can be repeated."""
    start_time = time.monotonic()
    try:
        common = config.common(os.environ)
        if common.production:
            raise click.ClickException(
                "The seed creates demo accounts, whose passwords are public; it does not run in production."
            )
        console = Console(stderr=as_json, highlight=False)
        steps = asyncio.run(_run(common, console, with_media=with_media, schedules_only=schedules_only))
    except config.ConfigError as error:
        raise click.ClickException(str(error)) from None
    except (errors.Error, platform_seeder.RowsRefused) as error:
        raise click.ClickException(f"The seed failed: {error}") from None
    if as_json:
        _print_json(steps, time.monotonic() - start_time)


async def _run(
    common: config.Common, console: Console, *, with_media: bool, schedules_only: bool
) -> list[platform_seeder.Step]:
    mesh = client.Mesh(service_identity.load(service_identity.OPERATOR, common, clock.SystemClock()), common.peers)
    steps = []
    try:
        with console.status("Seeding"):
            seeder, data = platform_seeder.PlatformSeeder(mesh), seed_files.load()
            run = seeder.extend_schedules(data) if schedules_only else seeder.seed(data, with_media=with_media)
            async for step in run:
                steps.append(step)
                console.print(_line(step))
    finally:
        await mesh.close()
    console.print(_summary(steps, with_media=with_media))
    return steps


def _line(step: platform_seeder.Step) -> str:
    result = f"{step.written} written" if step.written else "unchanged"
    return f"[green]✓[/green] {step.name:<20}{step.total:>5}  [dim]{result}[/dim]"


def _summary(steps: list[platform_seeder.Step], *, with_media: bool) -> str:
    if not any(step.written for step in steps):
        return "Everything was written before; nothing has changed."
    if with_media and steps[-1].written:
        return "The demo data is written. Media is packaged in the background, the featured titles first."
    return "The demo data is written."


def _print_json(steps: list[platform_seeder.Step], seconds: float) -> None:
    report = {
        "changed": any(step.written for step in steps),
        "seconds": round(seconds, 3),
        "steps": [dataclasses.asdict(step) for step in steps],
    }
    click.echo(json.dumps(report, indent=2))


if __name__ == "__main__":
    main(prog_name="python -m deploy.seed")
