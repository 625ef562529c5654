"""Runs the seed in a process of its own: once to fill a new platform, and then to extend the demo schedules."""

import asyncio
import contextlib
import sys
import time
from typing import IO

from deploy.local import orphan_cleanup, process_environment, secret_files
from deploy.local import settings as settings_module

COMMAND = ("-m", "deploy.seed")
#: How long after a run of the seed the demo schedules are extended, and how often that is looked at.
_EXTEND_SECONDS, _CHECK_SECONDS = 6 * 3600.0, 600.0


def is_due(settings: settings_module.Settings) -> bool:
    """Returns whether a start should seed: never in production, and otherwise until a seed has succeeded."""
    return settings.mode != "production" and not settings.seeded.exists()


async def seed(
    settings: settings_module.Settings,
    screen: IO[str],
    command: tuple[str, ...] = COMMAND,
    *,
    with_media: bool = True,
) -> int:
    """Runs the seed, which prints its progress to `screen`, and returns its exit code.

    Raises `secret_files.UnsafeProduction` in production, because the passwords of the demo accounts are public.
    """
    if settings.mode == "production":
        raise secret_files.UnsafeProduction("the seed creates demo accounts, whose passwords are public")
    return await _run(settings, screen, (*command, *(() if with_media else ("--no-media",))))


async def extend_schedules(
    settings: settings_module.Settings, screen: IO[str], command: tuple[str, ...] = COMMAND
) -> None:
    """Extends the schedules of the demo channels every few hours until it is cancelled, where there is demo data."""
    while True:
        if settings.seeded.exists() and time.time() - settings.seeded.stat().st_mtime > _EXTEND_SECONDS:
            await _run(settings, screen, (*command, "--schedules"))
        await asyncio.sleep(_CHECK_SECONDS)


async def _run(settings: settings_module.Settings, screen: IO[str], command: tuple[str, ...]) -> int:
    """Runs the seed; returns its exit code, and notes the time if it succeeded."""
    variables = process_environment.of_tool(settings, secret_files.load(settings))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *command),
        cwd=settings_module.PROJECT,
        env={**variables, **orphan_cleanup.ProcessTags(settings.home).environment("seed")},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=screen,
    )
    try:
        code = await process.wait()
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
        raise
    if code == 0:
        settings.seeded.write_text(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())}\n")
    return code
