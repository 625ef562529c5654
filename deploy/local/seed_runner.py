"""Fills a fresh platform with the demo titles, accounts and media, once."""

import asyncio
import contextlib
import sys
import time
from typing import IO

from deploy.local import orphan_cleanup, process_environment, secret_files
from deploy.local import settings as settings_module

COMMAND = ("-m", "deploy.seed")


def is_due(settings: settings_module.Settings) -> bool:
    """Whether a start should seed: never in production, and only until it has succeeded."""
    return settings.mode != "production" and not settings.seeded.exists()


async def seed(
    settings: settings_module.Settings,
    screen: IO[str],
    command: tuple[str, ...] = COMMAND,
    *,
    with_media: bool = True,
) -> int:
    """Runs the seed, which shows its own progress on `screen`; answers its exit code.

    Fails with `secret_files.UnsafeProduction` in production, for the demo accounts' passwords are public.
    """
    if settings.mode == "production":
        raise secret_files.UnsafeProduction("the seed makes demo accounts, whose passwords are public")
    variables = process_environment.of_tool(settings, secret_files.load(settings))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *command, *(() if with_media else ("--no-media",))),
        cwd=settings_module.PROJECT,
        env={**variables, **orphan_cleanup.Marks(settings.home).variable("seed")},
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
