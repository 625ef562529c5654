"""`marquee up` and `marquee down`: bring the platform to life and put it to rest."""

import asyncio
import os
import subprocess
import sys
import time

import click
from rich.console import Console

from deploy.cli import demo_accounts, exit_codes, output, progress
from deploy.local import instance_lock, lifecycle, log_files, platform_state, seed_runner, settings


@click.command()
@click.option("--detach", is_flag=True, help="Return once everything is healthy; the platform runs on.")
@click.option("--seed/--no-seed", "with_seed", default=True, help="Fill a fresh platform with the demo data.")
@click.option("--replicas", multiple=True, metavar="SERVICE=N", help="Run a service more than once: catalog=2.")
@output.as_json
def up(detach: bool, with_seed: bool, replicas: tuple[str, ...], as_json: bool) -> None:
    """Start the whole platform and keep it running until Ctrl-C.

    The first start makes the database, the secrets and the demo data.
    """
    screen = Console(highlight=False, stderr=True) if as_json else output.console
    with output.told(as_json):
        chosen = settings.read(os.environ, settings.replicas(replicas))
        if detach:
            _detach(chosen, replicas, screen)
            if with_seed and seed_runner.is_due(chosen):
                _seeded(asyncio.run(seed_runner.seed(chosen, screen.file)))
            _welcome(chosen, screen, as_json)
        else:
            _foreground(chosen, with_seed, screen, as_json)


def _foreground(chosen: settings.Settings, with_seed: bool, screen: Console, as_json: bool) -> None:
    shown = progress.Display(screen)

    async def ready() -> None:
        shown.close()
        if with_seed and seed_runner.is_due(chosen) and await seed_runner.seed(chosen, screen.file):
            output.errors.print("The seed failed; the platform runs on. Try again with `marquee seed`.")
        _welcome(chosen, screen, as_json)
        if not as_json:
            screen.print("Ctrl-C stops everything.", style="dim")

    try:
        asyncio.run(lifecycle.run(chosen, shown.changed, ready))
    finally:
        shown.close()


def _detach(chosen: settings.Settings, replicas: tuple[str, ...], screen: Console) -> None:
    pid = instance_lock.holder(chosen.home)
    if pid is not None:
        raise instance_lock.AlreadyRunning(pid, chosen.home)
    flags = [word for value in replicas for word in ("--replicas", value)]
    with log_files.open_for(chosen.logs, "supervisor") as log:
        began = log.tell()
        child = subprocess.Popen(
            [sys.executable, "-m", "deploy.cli", "up", "--no-seed", *flags],
            cwd=settings.PROJECT,
            env={**os.environ, "MARQUEE_HOME": str(chosen.home)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    shown = progress.Display(screen)
    while True:
        platform = platform_state.read(chosen.home)
        if platform is not None and platform.pid == child.pid:
            shown.changed(platform)
            if platform.phase is platform_state.Phase.READY:
                break
        if child.poll() is not None:
            shown.close()
            said = log_files.path(chosen.logs, "supervisor").read_bytes()[began:].decode(errors="replace")
            output.leave(exit_codes.of(child.returncode), said.strip())
        time.sleep(0.05)
    shown.close()


def _seeded(code: int) -> None:
    if code:
        output.leave(exit_codes.Code.FAILED, "The seed failed; the platform runs on. Try again with `marquee seed`.")


def _welcome(chosen: settings.Settings, screen: Console, as_json: bool) -> None:
    shown = demo_accounts.demo() if chosen.seeded.exists() else []
    if as_json:
        output.emit(
            {"url": chosen.url, "home": str(chosen.home), "demo_accounts": [account.email for account in shown]}
        )
        return
    screen.print()
    screen.print(f"[bold]Marquee is on air at {chosen.url}[/bold]")
    screen.print(f"  JSON   {chosen.url}/api/v1/…", markup=False)
    screen.print(f"  gRPC   {chosen.url.partition('://')[2]} (reflection included)", markup=False)
    screen.print(f"  logs   {chosen.logs}", markup=False)
    if shown:
        screen.print("Demo accounts, with public passwords; production refuses them:")
        for account in shown:
            screen.print(f"  {account.email:<18} {account.password:<9} {account.words}", markup=False)


@click.command()
@output.as_json
def down(as_json: bool) -> None:
    """Stop the platform of this home; wait until its last process is gone."""
    with output.told(as_json):
        stopped = lifecycle.stop(settings.read(os.environ))
    if not stopped:
        output.leave(exit_codes.Code.NOT_RUNNING, "The platform is not running.", as_json)
    if as_json:
        output.emit({"stopped": True})
    else:
        output.console.print("Stopped.")


@click.command()
@click.option("--media/--no-media", "with_media", default=True, help="Queue the demo media for packaging too.")
def seed(with_media: bool) -> None:
    """Fill the running platform with the demo titles, accounts and media; safe to repeat."""
    with output.told():
        chosen = settings.read(os.environ)
        platform = lifecycle.running(chosen)
        if platform is None:
            output.leave(exit_codes.Code.NOT_RUNNING, "The platform is not running; start it with `marquee up`.")
        _seeded(asyncio.run(seed_runner.seed(chosen, sys.stdout, with_media=with_media)))
