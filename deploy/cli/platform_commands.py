"""`marquee up`, `marquee down` and `marquee seed`: start, stop and fill the platform."""

import asyncio
import os
import subprocess
import sys
import time

import click
from rich.console import Console

from deploy.cli import demo_accounts, exit_codes, output, progress
from deploy.local import home_directory, instance_lock, lifecycle, log_files, platform_state, seed_runner, settings

_POLL_SECONDS = 0.05
_SEED_FAILED = "The seed failed; the platform is still running. Try again with `marquee seed`."


@click.command()
@click.option("--detach", is_flag=True, help="Return when every process is healthy; the platform keeps running.")
@click.option("--seed/--no-seed", "with_seed", default=True, help="Fill a new platform with the demo data.")
@click.option("--replicas", multiple=True, metavar="SERVICE=N", help="Run replicas of a service: catalog=2.")
@output.as_json
def up(detach: bool, with_seed: bool, replicas: tuple[str, ...], as_json: bool) -> None:
    """Start the whole platform and run it until Ctrl-C.

    The first start creates the database, the secrets and the demo data.
    """
    console = Console(highlight=False, stderr=True) if as_json else output.console
    with output.handle_errors(as_json):
        config = settings.read(os.environ, settings.replicas(replicas))
        home_directory.create(config.home)
        with home_directory.private_files():
            if detach:
                _run_in_background(config, replicas, with_seed, console)
                _print_welcome(config, console, as_json)
            else:
                _run_in_foreground(config, with_seed, console, as_json)


def _run_in_background(config: settings.Settings, replicas: tuple[str, ...], with_seed: bool, console: Console) -> None:
    _start_detached(config, replicas, console)
    if with_seed and seed_runner.is_due(config):
        _exit_if_seed_failed(asyncio.run(seed_runner.seed(config, console.file)))


def _run_in_foreground(config: settings.Settings, with_seed: bool, console: Console, as_json: bool) -> None:
    display = progress.ProgressDisplay(console)

    async def on_ready() -> None:
        display.close()
        if with_seed and seed_runner.is_due(config) and await seed_runner.seed(config, console.file):
            output.errors.print(_SEED_FAILED)
        _print_welcome(config, console, as_json)
        if not as_json:
            console.print("Ctrl-C stops everything.", style="dim")
        await seed_runner.extend_schedules(config, console.file)

    try:
        asyncio.run(lifecycle.run(config, display.update, on_ready))
    finally:
        display.close()


def _start_detached(config: settings.Settings, replicas: tuple[str, ...], console: Console) -> None:
    pid = instance_lock.holder(config.home)
    if pid is not None:
        raise instance_lock.AlreadyRunning(pid, config.home)
    flags = [word for value in replicas for word in ("--replicas", value)]
    log_files.rotate_all(config.logs)
    with log_files.open_log(config.logs, "supervisor") as log:
        log_start = log.tell()
        child = subprocess.Popen(
            [sys.executable, "-m", "deploy.cli", "up", "--no-seed", *flags],
            cwd=settings.PROJECT,
            env={**os.environ, "MARQUEE_HOME": str(config.home)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    display = progress.ProgressDisplay(console)
    while True:
        platform = platform_state.read(config.home)
        if platform is not None and platform.pid == child.pid:
            display.update(platform)
            if platform.phase is platform_state.Phase.READY:
                break
        if child.poll() is not None:
            display.close()
            log_text = log_files.path(config.logs, "supervisor").read_bytes()[log_start:].decode(errors="replace")
            output.exit_with(exit_codes.from_return_code(child.returncode), log_text.strip())
        time.sleep(_POLL_SECONDS)
    display.close()


def _exit_if_seed_failed(code: int) -> None:
    if code:
        output.exit_with(exit_codes.ExitCode.FAILED, _SEED_FAILED)


def _print_welcome(config: settings.Settings, console: Console, as_json: bool) -> None:
    accounts = demo_accounts.list_accounts() if config.seeded.exists() else []
    if as_json:
        output.print_json(
            {"url": config.url, "home": str(config.home), "demo_accounts": [account.email for account in accounts]}
        )
        return
    console.print()
    console.print(f"[bold]Marquee is running at {config.url}[/bold]")
    console.print(f"  JSON   {config.url}/api/v1/…", markup=False)
    console.print(f"  gRPC   {config.url.partition('://')[2]} (with reflection)", markup=False)
    console.print(f"  logs   {config.logs}", markup=False)
    if accounts:
        console.print("Demo accounts; their passwords are public, and production refuses them:")
        for account in accounts:
            console.print(f"  {account.email:<18} {account.password:<9} {account.label}", markup=False)


@click.command()
@output.as_json
def down(as_json: bool) -> None:
    """Stop the platform of this home directory and wait until its last process has ended."""
    with output.handle_errors(as_json):
        stopped = lifecycle.stop(settings.read(os.environ))
    if not stopped:
        output.exit_with(exit_codes.ExitCode.NOT_RUNNING, "The platform is not running.", as_json)
    if as_json:
        output.print_json({"stopped": True})
    else:
        output.console.print("Stopped.")


@click.command()
@click.option("--media/--no-media", "with_media", default=True, help="Also queue the demo media for packaging.")
def seed(with_media: bool) -> None:
    """Fill the running platform with the demo titles, accounts and media. It can be repeated."""
    with output.handle_errors():
        config = settings.read(os.environ)
        platform = lifecycle.read_running(config)
        if platform is None:
            message = "The platform is not running; start it with `marquee up`."
            output.exit_with(exit_codes.ExitCode.NOT_RUNNING, message)
        with home_directory.private_files():
            code = asyncio.run(seed_runner.seed(config, sys.stdout, with_media=with_media))
        _exit_if_seed_failed(code)
