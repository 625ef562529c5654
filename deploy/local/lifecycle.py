"""The life of one platform, from the lock on its home to the last process gone."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable

from deploy.local import (
    instance_lock,
    orphan_cleanup,
    platform_builder,
    platform_state,
    secret_files,
    settings,
    supervisor,
)


async def run(
    chosen: settings.Settings,
    changed: Callable[[platform_state.Platform], None] | None = None,
    ready: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Runs the platform until SIGINT or SIGTERM.

    Fails with `lock.AlreadyRunning`, `ports.PortsTaken`, `secret_files.UnsafeProduction`,
    `privileges.Unreachable`, `engines.EngineMissing`, `engines.EngineFailed`
    or `supervisor.StartFailed`; nothing is left running then.
    """
    secret_files.refuse_unsafe(chosen)
    with instance_lock.held(chosen.home):
        platform_builder.prepare(chosen)
        parts = platform_builder.Assembly(chosen, secret_files.load(chosen))
        watcher = supervisor.Supervisor(chosen.home, parts.units(), parts.steps(), changed)
        watcher.platform.port = chosen.port
        watcher.platform.replicas = chosen.replicas
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, watcher.stop)
        await watcher.run(ready)


def stop(chosen: settings.Settings, patience: float = 60.0) -> bool:
    """Stops the platform of the home and waits until it is gone; says whether one was running.

    A supervisor that does not stop within `patience` seconds is killed with all it started.
    """
    pid = instance_lock.holder(chosen.home)
    if pid is None:
        return False
    os.kill(pid, signal.SIGTERM)
    if not _gone(chosen, patience):
        os.kill(pid, signal.SIGKILL)
        _gone(chosen, patience)
    orphan_cleanup.end_all(orphan_cleanup.Marks(chosen.home).of_home)
    return True


def running(chosen: settings.Settings) -> platform_state.Platform | None:
    """What the platform of the home says about itself, or `None` when none runs."""
    pid = instance_lock.holder(chosen.home)
    platform = platform_state.read(chosen.home)
    return platform if pid is not None and platform is not None and platform.pid == pid else None


def _gone(chosen: settings.Settings, patience: float) -> bool:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if instance_lock.holder(chosen.home) is None:
            return True
        time.sleep(0.05)
    return False
