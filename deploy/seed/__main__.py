"""Seeds the running platform: `python -m deploy.seed`, which `marquee seed` runs with the platform's variables."""

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
@click.option("--media/--no-media", "with_media", default=True, help="Queue the demo media for packaging too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for scripts.")
def main(*, with_media: bool, as_json: bool) -> None:
    """Fill the running platform with the demo titles, packages, accounts and media; safe to repeat."""
    began = time.monotonic()
    try:
        common = config.common(os.environ)
        if common.production:
            raise click.ClickException("The seed makes demo accounts, whose passwords are public; not in production.")
        steps = asyncio.run(_run(common, Console(stderr=as_json, highlight=False), with_media=with_media))
    except config.ConfigError as error:
        raise click.ClickException(str(error)) from None
    except (errors.Error, platform_seeder.RowsRefused) as error:
        raise click.ClickException(f"The seed could not go on: {error}") from None
    if as_json:
        _print_json(steps, time.monotonic() - began)


async def _run(common: config.Common, console: Console, *, with_media: bool) -> list[platform_seeder.Step]:
    mesh = client.Mesh(service_identity.load(service_identity.OPERATOR, common, clock.SystemClock()), common.peers)
    steps = []
    try:
        with console.status("Seeding"):
            async for step in platform_seeder.Platform(mesh).seed(seed_files.load(), with_media=with_media):
                steps.append(step)
                console.print(_line(step))
    finally:
        await mesh.close()
    console.print(_summary(steps, with_media=with_media))
    return steps


def _line(step: platform_seeder.Step) -> str:
    told = f"{step.written} written" if step.written else "in place"
    return f"[green]✓[/green] {step.name:<20}{step.total:>5}  [dim]{told}[/dim]"


def _summary(steps: list[platform_seeder.Step], *, with_media: bool) -> str:
    if not any(step.written for step in steps):
        return "Everything was in place; nothing was written."
    if with_media and steps[-1].written:
        return "The catalogue is in. Media is made in the background, the featured titles first."
    return "The catalogue is in."


def _print_json(steps: list[platform_seeder.Step], seconds: float) -> None:
    report = {
        "changed": any(step.written for step in steps),
        "seconds": round(seconds, 3),
        "steps": [dataclasses.asdict(step) for step in steps],
    }
    click.echo(json.dumps(report, indent=2))


if __name__ == "__main__":
    main(prog_name="python -m deploy.seed")
