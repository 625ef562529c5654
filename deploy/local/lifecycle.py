"""The life of one platform, from the lock on its home to the last process gone."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable

from deploy.local import assembly, lock, settings, state, supervisor, sweep, vault


async def run(
    chosen: settings.Settings,
    changed: Callable[[state.Platform], None] | None = None,
    ready: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Runs the platform until SIGINT or SIGTERM.

    Fails with `lock.AlreadyRunning`, `ports.PortsTaken`, `vault.UnsafeProduction`,
    `privileges.Unreachable`, `engines.EngineMissing`, `engines.EngineFailed`
    or `supervisor.StartFailed`; nothing is left running then.
    """
    vault.refuse_unsafe(chosen)
    with lock.held(chosen.home):
        assembly.prepare(chosen)
        parts = assembly.Assembly(chosen, vault.load(chosen))
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
    pid = lock.holder(chosen.home)
    if pid is None:
        return False
    os.kill(pid, signal.SIGTERM)
    if not _gone(chosen, patience):
        os.kill(pid, signal.SIGKILL)
        _gone(chosen, patience)
    sweep.end_all(sweep.Marks(chosen.home).of_home)
    return True


def running(chosen: settings.Settings) -> state.Platform | None:
    """What the platform of the home says about itself, or `None` when none runs."""
    pid = lock.holder(chosen.home)
    platform = state.read(chosen.home)
    return platform if pid is not None and platform is not None and platform.pid == pid else None


def _gone(chosen: settings.Settings, patience: float) -> bool:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if lock.holder(chosen.home) is None:
            return True
        time.sleep(0.05)
    return False
