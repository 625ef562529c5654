"""Runs, finds and stops the platform of one home directory."""

import asyncio
import contextlib
import signal
import time
from collections.abc import Awaitable, Callable

import psutil

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
        _require_no_supervisor(config)
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
    """Stops the platform of the home directory, waits until it is gone, and returns whether anything was running.

    A supervisor that does not stop within `timeout` seconds is killed with all processes that it started.
    Processes are found and ended without a supervisor, its lock and its state file too.
    """
    home_prefix = orphan_cleanup.ProcessTags(config.home).home_prefix
    pid = instance_lock.holder(config.home)
    supervisors = {pid} if pid is not None else set(orphan_cleanup.find_supervisors(home_prefix))
    for supervisor_pid in supervisors:
        _stop_supervisor(supervisor_pid, timeout)
    is_any_left = bool(find_orphans(config))
    orphan_cleanup.terminate_all(home_prefix)
    return bool(supervisors) or is_any_left


def find_orphans(config: settings.Settings) -> list[int]:
    """Returns the ids of the processes of the platform, where no supervisor runs them."""
    if instance_lock.holder(config.home) is not None:
        return []
    tag_prefix = orphan_cleanup.ProcessTags(config.home).home_prefix
    return [process.pid for process in orphan_cleanup.find_processes(tag_prefix)]


def read_running(config: settings.Settings) -> platform_state.Platform | None:
    """Returns the state of the platform that runs in the home directory, or `None` when none runs."""
    pid = instance_lock.holder(config.home)
    platform = platform_state.read(config.home)
    return platform if pid is not None and platform is not None and platform.pid == pid else None


def _require_no_supervisor(config: settings.Settings) -> None:
    """Raises `instance_lock.AlreadyRunning` for a supervisor whose lock file was deleted."""
    for pid in orphan_cleanup.find_supervisors(orphan_cleanup.ProcessTags(config.home).home_prefix):
        raise instance_lock.AlreadyRunning(pid, config.home)


def _stop_supervisor(pid: int, timeout: float) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        process.send_signal(signal.SIGTERM)
        if not _wait_until_gone(process, timeout):
            process.kill()
            _wait_until_gone(process, timeout)


def _wait_until_gone(process: psutil.Process, timeout: float) -> bool:
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        # The parent of the process may not have read its exit status yet.
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(_POLL_SECONDS)
    return False
