"""Runs, finds and stops the platform of one home directory."""

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

_POLL_SECONDS = 0.05


async def run(
    config: settings.Settings,
    on_change: Callable[[platform_state.Platform], None] | None = None,
    on_ready: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Runs the platform until SIGINT or SIGTERM.

    Raises `instance_lock.AlreadyRunning`, `port_availability.PortsTaken`, `secret_files.UnsafeProduction`,
    `postgres_user.PostgresUserError`, `engines.EngineMissing`, `engines.EngineFailed` or `supervisor.StartFailed`;
    then no process is left running.
    """
    secret_files.require_safe(config)
    with instance_lock.hold(config.home):
        platform_builder.prepare_home(config)
        builder = platform_builder.PlatformBuilder(config, secret_files.load(config))
        platform_supervisor = supervisor.Supervisor(config.home, builder.units(), builder.steps(), on_change)
        platform_supervisor.platform.port = config.port
        platform_supervisor.platform.replicas = config.replicas
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, platform_supervisor.stop)
        await platform_supervisor.run(on_ready)


def stop(config: settings.Settings, timeout: float = 60.0) -> bool:
    """Stops the platform of the home directory, waits until it is gone, and returns whether one was running.

    A supervisor that does not stop within `timeout` seconds is killed with all processes that it started.
    """
    pid = instance_lock.holder(config.home)
    if pid is None:
        return False
    os.kill(pid, signal.SIGTERM)
    if not _wait_until_stopped(config, timeout):
        os.kill(pid, signal.SIGKILL)
        _wait_until_stopped(config, timeout)
    orphan_cleanup.terminate_all(orphan_cleanup.ProcessTags(config.home).home_prefix)
    return True


def read_running(config: settings.Settings) -> platform_state.Platform | None:
    """Returns the state of the platform that runs in the home directory, or `None` when none runs."""
    pid = instance_lock.holder(config.home)
    platform = platform_state.read(config.home)
    return platform if pid is not None and platform is not None and platform.pid == pid else None


def _wait_until_stopped(config: settings.Settings, timeout: float) -> bool:
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if instance_lock.holder(config.home) is None:
            return True
        time.sleep(_POLL_SECONDS)
    return False
