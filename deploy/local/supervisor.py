"""Starts processes in the order of their dependencies, restarts those that exit, and stops them all."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local import health_probes, liveness, log_files, orphan_cleanup, platform_state, port_availability

POLL_SECONDS = 0.05
FIRST_BACKOFF = 0.2
LONGEST_BACKOFF = 30.0
MAINTENANCE_SECONDS = 1.0


@dataclass(frozen=True)
class Unit:
    """A process to keep running.

    `after` names the units and steps that must be healthy first; `prepare` runs before the first start.
    """

    name: str
    command: tuple[str, ...]
    probe: health_probes.Probe
    environment: Mapping[str, str] = field(default_factory=dict)
    ports: Mapping[str, int] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = 10.0
    directory: Path = Path("/")
    prepare: Callable[[], Awaitable[None]] | None = None


@dataclass(frozen=True)
class Step:
    """Work that is done once, after the units that it depends on are healthy and before those that depend on it."""

    name: str
    run: Callable[[], Awaitable[None]]
    after: tuple[str, ...] = ()


class StartFailed(Exception):
    """A unit or step did not start; the text names it and quotes the end of its log."""


class Supervisor:
    """Runs the units and steps of one home directory.

    Args:
        home: the directory with the logs and the state file.
        units: the processes to run.
        steps: the work to do once at the start.
        on_change: called with every new state.
        max_attempts: a start fails after that many exits of a unit that was never healthy. A unit that was healthy
            once is restarted without limit.
        start_timeout: a start fails when a unit is not healthy within that many seconds.
        stable_seconds: a unit that was healthy for that long restarts after the shortest pause again.
        liveness_limits: when a unit that was healthy counts as hung and is restarted.
    """

    def __init__(
        self,
        home: Path,
        units: list[Unit],
        steps: list[Step],
        on_change: Callable[[platform_state.Platform], None] | None = None,
        max_attempts: int = 4,
        start_timeout: float = 300.0,
        stable_seconds: float = 10.0,
        liveness_limits: liveness.Limits = liveness.DEFAULT,
    ) -> None:
        self._home = home
        self._units = {unit.name: unit for unit in units}
        self._steps = {step.name: step for step in steps}
        self._on_change = on_change
        self._max_attempts = max_attempts
        self._start_timeout = start_timeout
        self._stable_seconds = stable_seconds
        self._liveness_limits = liveness_limits
        self._healthy = {name: asyncio.Event() for name in (*self._units, *self._steps)}
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._stopping = asyncio.Event()
        self._published = True
        self._tags = orphan_cleanup.ProcessTags(home)
        nodes = [platform_state.Node(step.name) for step in steps]
        nodes += [platform_state.Node(unit.name, ports=unit.ports) for unit in units]
        self.platform = platform_state.Platform({node.name: node for node in nodes})

    def stop(self) -> None:
        """Starts to stop all processes. A second call kills them."""
        if self._stopping.is_set():
            for name in self._running:
                self._signal(name, signal.SIGKILL)
        self._stopping.set()

    async def run(self, on_ready: Callable[[], Awaitable[None]] | None = None) -> None:
        """Starts everything, awaits `on_ready` when all is healthy, and returns when everything is stopped.

        Raises `port_availability.PortsTaken` before anything is started, and `StartFailed` after what was started is
        stopped again.
        """
        await asyncio.to_thread(orphan_cleanup.terminate_all, self._tags.home_prefix)
        port_availability.require_free([number for unit in self._units.values() for number in unit.ports.values()])
        reaper = await self._start_reaper()
        tasks = [asyncio.create_task(self._supervise(unit)) for unit in self._units.values()]
        tasks += [asyncio.create_task(self._run_step(step)) for step in self._steps.values()]
        tasks.append(asyncio.create_task(self._wait_until_ready(on_ready)))
        tasks.append(asyncio.create_task(self._maintain_files()))
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await self._wait_until_stopped(tasks, stopping)
        except Exception as error:
            self._set_phase(platform_state.Phase.FAILED, str(error))
            raise
        finally:
            failed = self.platform.phase is platform_state.Phase.FAILED
            self._stopping.set()
            await self._stop_all(tasks)
            if reaper.stdin is not None:
                reaper.stdin.close()
            await reaper.wait()
            stopping.cancel()
            if not failed:
                self._set_phase(platform_state.Phase.STOPPED)

    async def _wait_until_stopped(self, tasks: list[asyncio.Task[None]], stopping: asyncio.Task[bool]) -> None:
        waiting: set[asyncio.Task[None] | asyncio.Task[bool]] = {*tasks, stopping}
        while not stopping.done():
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()

    async def _wait_until_ready(self, on_ready: Callable[[], Awaitable[None]] | None) -> None:
        for event in self._healthy.values():
            await event.wait()
        self._set_phase(platform_state.Phase.READY)
        if on_ready is not None:
            await on_ready()

    async def _supervise(self, unit: Unit) -> None:
        await self._wait_for_dependencies(unit.after)
        if unit.prepare is not None:
            self._set_status(unit.name, platform_state.Status.STARTING)
            await unit.prepare()
        backoff, failures = FIRST_BACKOFF, 0
        while not self._stopping.is_set():
            healthy_at = await self._run_once(unit)
            if self._stopping.is_set():
                return
            # Processes that the unit started must not run beside those that its next start creates.
            await asyncio.to_thread(orphan_cleanup.terminate_all, self._tags.of_unit(unit.name))
            if healthy_at is None:
                failures += 1
                if not self._healthy[unit.name].is_set() and failures >= self._max_attempts:
                    raise StartFailed(self._failure_message(unit.name))
            elif time.monotonic() - healthy_at >= self._stable_seconds:
                backoff = FIRST_BACKOFF
            node = self.platform.nodes[unit.name]
            node.restarts += 1
            self._set_status(unit.name, platform_state.Status.RESTARTING, f"in {backoff:.1f} s")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), backoff)
            backoff = min(backoff * 2, LONGEST_BACKOFF)

    async def _run_once(self, unit: Unit) -> float | None:
        """Runs the unit until it exits. Returns when it became healthy, or `None` if it never did."""
        start_time = time.monotonic()
        self._set_status(unit.name, platform_state.Status.STARTING)
        try:
            process = await self._spawn(unit)
        except OSError:
            if not self._healthy[unit.name].is_set():
                raise
            # The machine has no memory, process ids or room now; the other processes keep running meanwhile.
            return None
        exited = asyncio.create_task(process.wait())
        try:
            if not await self._wait_until_healthy(unit, exited, start_time):
                return None
            healthy_at = time.monotonic()
            self._set_status(unit.name, platform_state.Status.HEALTHY, start_seconds=healthy_at - start_time)
            self._healthy[unit.name].set()
            await self._wait_until_exited(unit, exited)
        finally:
            if exited.done():
                self._running.pop(unit.name, None)
        return healthy_at

    async def _wait_until_exited(self, unit: Unit, exited: asyncio.Task[int]) -> None:
        """Waits until the process exits. Ends it when it counts as hung."""
        hung = asyncio.create_task(liveness.wait_until_hung(unit.probe, self._liveness_limits))
        try:
            await asyncio.wait({exited, hung}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            hung.cancel()
        if not exited.done():
            self._set_status(unit.name, platform_state.Status.RESTARTING, "because it does not respond")
            await self._end_process(unit.name)

    async def _wait_until_healthy(self, unit: Unit, exited: asyncio.Task[int], start_time: float) -> bool:
        while not exited.done():
            if await unit.probe() is health_probes.Result.SERVING:
                return not exited.done()
            if not self._healthy[unit.name].is_set() and time.monotonic() - start_time > self._start_timeout:
                raise StartFailed(
                    f"{unit.name} runs but is not healthy after {self._start_timeout:.0f} s\n"
                    + self._failure_message(unit.name)
                )
            await asyncio.wait({exited}, timeout=POLL_SECONDS)
        return False

    async def _spawn(self, unit: Unit) -> asyncio.subprocess.Process:
        with log_files.open_log(self._home / "logs", unit.name) as log:
            process = await asyncio.create_subprocess_exec(
                *unit.command,
                cwd=unit.directory,
                env={**unit.environment, **self._tags.environment(unit.name)},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # In a session of its own, so that Ctrl-C in the terminal reaches only the supervisor.
                start_new_session=True,
            )
        self._running[unit.name] = process
        self.platform.nodes[unit.name].pid = process.pid
        self._publish()
        return process

    async def _maintain_files(self) -> None:
        """Rotates the logs, and writes the state again that was not written because the disk was full."""
        while True:
            await asyncio.sleep(MAINTENANCE_SECONDS)
            await asyncio.to_thread(log_files.rotate_all, self._home / "logs")
            if not self._published:
                self._publish()

    async def _run_step(self, step: Step) -> None:
        await self._wait_for_dependencies(step.after)
        start_time = time.monotonic()
        self._set_status(step.name, platform_state.Status.STARTING)
        await step.run()
        self._set_status(step.name, platform_state.Status.HEALTHY, start_seconds=time.monotonic() - start_time)
        self._healthy[step.name].set()

    async def _wait_for_dependencies(self, names: tuple[str, ...]) -> None:
        for name in names:
            await self._healthy[name].wait()

    async def _stop_all(self, tasks: list[asyncio.Task[None]]) -> None:
        """Stops the processes that no running process depends on, until none is left."""
        if self.platform.phase is not platform_state.Phase.FAILED:
            self._set_phase(platform_state.Phase.STOPPING)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        remaining = set(self._running)
        while remaining:
            required = {name for unit in remaining for name in self._all_dependencies(unit)}
            stoppable = remaining - required
            await asyncio.gather(*(self._stop_one(name) for name in stoppable))
            remaining -= stoppable

    def _all_dependencies(self, name: str) -> set[str]:
        """Returns what the unit or step depends on, directly and indirectly."""
        node = self._units.get(name) or self._steps[name]
        return {dependency for direct in node.after for dependency in {direct, *self._all_dependencies(direct)}}

    async def _stop_one(self, name: str) -> None:
        await self._end_process(name)
        del self._running[name]
        self._set_status(name, platform_state.Status.STOPPED)

    async def _end_process(self, name: str) -> None:
        process, unit = self._running[name], self._units[name]
        self._signal(name, unit.stop_signal)
        try:
            await asyncio.wait_for(process.wait(), unit.grace)
        except TimeoutError:
            self._signal(name, signal.SIGKILL)
            await process.wait()

    def _signal(self, name: str, number: signal.Signals) -> None:
        pid = self._running[name].pid
        with contextlib.suppress(ProcessLookupError):
            if number is signal.SIGKILL:
                os.killpg(pid, number)
            else:
                os.kill(pid, number)

    async def _start_reaper(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "deploy.local.orphan_reaper", self._tags.run_prefix),
            stdin=asyncio.subprocess.PIPE,
            start_new_session=True,
        )

    def _failure_message(self, name: str) -> str:
        file = log_files.path(self._home / "logs", name)
        last_lines = "\n".join(f"  {line}" for line in log_files.tail(file, 15))
        return f"{name} does not start; {file} ends with:\n{last_lines}"

    def _set_status(
        self, name: str, status: platform_state.Status, detail: str = "", start_seconds: float | None = None
    ) -> None:
        node = self.platform.nodes[name]
        node.status, node.detail, node.status_time = status, detail, time.time()
        if start_seconds is not None:
            node.start_seconds = start_seconds
        if status in (platform_state.Status.RESTARTING, platform_state.Status.STOPPED):
            node.pid = None
        self._publish()

    def _set_phase(self, phase: platform_state.Phase, error: str = "") -> None:
        self.platform.phase, self.platform.error = phase, error
        self._publish()

    def _publish(self) -> None:
        # A full disk, on which the output of `on_change` may be too, must not stop the processes that run.
        self._published = False
        with contextlib.suppress(OSError):
            self.platform.write(platform_state.path(self._home))
            self._published = True
        with contextlib.suppress(OSError):
            if self._on_change is not None:
                self._on_change(self.platform)
