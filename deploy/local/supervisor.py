"""Starts processes in the order of their health, restarts those that die, stops them all."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local import health_probes, log_files, orphan_cleanup, platform_state, port_availability

POLL = 0.05
FIRST_BACKOFF = 0.2
LONGEST_BACKOFF = 30.0


@dataclass(frozen=True)
class Unit:
    """A process to keep running. `after` names units and steps; `prepare` runs before the first start."""

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
    """Work to be done once, between the health of some units and the start of others."""

    name: str
    run: Callable[[], Awaitable[None]]
    after: tuple[str, ...] = ()


class StartFailed(Exception):
    """A unit or step did not come up; the text names it and says what its log ends with."""


class Supervisor:
    """Runs units and steps of one home. `changed` is called with every new state.

    A start fails after `attempts` deaths of a unit that was never healthy, or when one is not
    healthy within `patience` seconds; a unit that was healthy once is restarted for ever.
    After `steady` seconds of health, earlier deaths no longer count against it.
    """

    def __init__(
        self,
        home: Path,
        units: list[Unit],
        steps: list[Step],
        changed: Callable[[platform_state.Platform], None] | None = None,
        attempts: int = 4,
        patience: float = 300.0,
        steady: float = 10.0,
    ) -> None:
        self._home = home
        self._units = {unit.name: unit for unit in units}
        self._steps = {step.name: step for step in steps}
        self._changed = changed
        self._attempts = attempts
        self._patience = patience
        self._steady = steady
        self._healthy = {name: asyncio.Event() for name in (*self._units, *self._steps)}
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._stopping = asyncio.Event()
        self._marks = orphan_cleanup.Marks(home)
        nodes = [platform_state.Node(step.name) for step in steps]
        nodes += [platform_state.Node(unit.name, ports=unit.ports) for unit in units]
        self.platform = platform_state.Platform({node.name: node for node in nodes})

    def stop(self) -> None:
        """Begins the stop; called again, waits for nobody any longer."""
        if self._stopping.is_set():
            for name in self._running:
                self._signal(name, signal.SIGKILL)
        self._stopping.set()

    async def run(self, ready: Callable[[], Awaitable[None]] | None = None) -> None:
        """Starts everything, awaits `ready` once all is healthy, and returns when stopped.

        Fails with `ports.PortsTaken` before anything starts, and with `StartFailed` after
        stopping whatever had started.
        """
        await asyncio.to_thread(orphan_cleanup.end_all, self._marks.of_home)
        port_availability.require([number for unit in self._units.values() for number in unit.ports.values()])
        reaper = await self._start_reaper()
        jobs = [asyncio.create_task(self._keep(unit)) for unit in self._units.values()]
        jobs += [asyncio.create_task(self._do(step)) for step in self._steps.values()]
        jobs.append(asyncio.create_task(self._announce(ready)))
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await self._until_stopped(jobs, stopping)
        except Exception as error:
            self._enter(platform_state.Phase.FAILED, str(error))
            raise
        finally:
            failed = self.platform.phase is platform_state.Phase.FAILED
            self._stopping.set()
            await self._stop_all(jobs)
            if reaper.stdin is not None:
                reaper.stdin.close()
            await reaper.wait()
            stopping.cancel()
            if not failed:
                self._enter(platform_state.Phase.STOPPED)

    async def _until_stopped(self, jobs: list[asyncio.Task[None]], stopping: asyncio.Task[bool]) -> None:
        waiting: set[asyncio.Task[None] | asyncio.Task[bool]] = {*jobs, stopping}
        while not stopping.done():
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()

    async def _announce(self, ready: Callable[[], Awaitable[None]] | None) -> None:
        for event in self._healthy.values():
            await event.wait()
        self._enter(platform_state.Phase.READY)
        if ready is not None:
            await ready()

    async def _keep(self, unit: Unit) -> None:
        await self._dependencies(unit.after)
        if unit.prepare is not None:
            self._mark_node(unit.name, platform_state.Status.STARTING)
            await unit.prepare()
        backoff, failures = FIRST_BACKOFF, 0
        while not self._stopping.is_set():
            healthy_at = await self._live_once(unit)
            if self._stopping.is_set():
                return
            # What it had started itself must not live beside what its successor starts.
            await asyncio.to_thread(orphan_cleanup.end_all, self._marks.of_unit(unit.name))
            if healthy_at is None:
                failures += 1
                if not self._healthy[unit.name].is_set() and failures >= self._attempts:
                    raise StartFailed(self._last_words(unit.name))
            elif time.monotonic() - healthy_at >= self._steady:
                backoff = FIRST_BACKOFF
            node = self.platform.nodes[unit.name]
            node.restarts += 1
            self._mark_node(unit.name, platform_state.Status.RESTARTING, f"in {backoff:.1f} s")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), backoff)
            backoff = min(backoff * 2, LONGEST_BACKOFF)

    async def _live_once(self, unit: Unit) -> float | None:
        """Runs the unit until it dies; says when it became healthy, `None` if it never did."""
        began = time.monotonic()
        self._mark_node(unit.name, platform_state.Status.STARTING)
        process = await self._spawn(unit)
        exited = asyncio.create_task(process.wait())
        try:
            if not await self._until_healthy(unit, exited, began):
                return None
            healthy_at = time.monotonic()
            self._mark_node(unit.name, platform_state.Status.HEALTHY, took=healthy_at - began)
            self._healthy[unit.name].set()
            await asyncio.shield(exited)
        finally:
            if exited.done():
                self._running.pop(unit.name, None)
        return healthy_at

    async def _until_healthy(self, unit: Unit, exited: asyncio.Task[int], began: float) -> bool:
        while not exited.done():
            if await unit.probe():
                return not exited.done()
            if not self._healthy[unit.name].is_set() and time.monotonic() - began > self._patience:
                raise StartFailed(
                    f"{unit.name} runs but is not healthy after {self._patience:.0f} s\n" + self._last_words(unit.name)
                )
            await asyncio.wait({exited}, timeout=POLL)
        return False

    async def _spawn(self, unit: Unit) -> asyncio.subprocess.Process:
        with log_files.open_for(self._home / "logs", unit.name) as log:
            process = await asyncio.create_subprocess_exec(
                *unit.command,
                cwd=unit.directory,
                env={**unit.environment, **self._marks.variable(unit.name)},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # A session of its own: Ctrl-C in the terminal is for the supervisor alone.
                start_new_session=True,
            )
        self._running[unit.name] = process
        self.platform.nodes[unit.name].pid = process.pid
        self._tell()
        return process

    async def _do(self, step: Step) -> None:
        await self._dependencies(step.after)
        began = time.monotonic()
        self._mark_node(step.name, platform_state.Status.STARTING)
        await step.run()
        self._mark_node(step.name, platform_state.Status.HEALTHY, took=time.monotonic() - began)
        self._healthy[step.name].set()

    async def _dependencies(self, names: tuple[str, ...]) -> None:
        for name in names:
            await self._healthy[name].wait()

    async def _stop_all(self, jobs: list[asyncio.Task[None]]) -> None:
        if self.platform.phase is not platform_state.Phase.FAILED:
            self._enter(platform_state.Phase.STOPPING)
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)
        left = set(self._running)
        while left:
            needed = {name for unit in left for name in self._leans_on(unit)}
            free = left - needed
            await asyncio.gather(*(self._stop_one(name) for name in free))
            left -= free

    def _leans_on(self, name: str) -> set[str]:
        """All that the unit leans on, through steps too."""
        node = self._units.get(name) or self._steps[name]
        return {leaned for near in node.after for leaned in {near, *self._leans_on(near)}}

    async def _stop_one(self, name: str) -> None:
        process, unit = self._running[name], self._units[name]
        self._signal(name, unit.stop_signal)
        try:
            await asyncio.wait_for(process.wait(), unit.grace)
        except TimeoutError:
            self._signal(name, signal.SIGKILL)
            await process.wait()
        del self._running[name]
        self._mark_node(name, platform_state.Status.STOPPED)

    def _signal(self, name: str, number: signal.Signals) -> None:
        pid = self._running[name].pid
        with contextlib.suppress(ProcessLookupError):
            if number is signal.SIGKILL:
                os.killpg(pid, number)
            else:
                os.kill(pid, number)

    async def _start_reaper(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "deploy.local.orphan_reaper", self._marks.of_run),
            stdin=asyncio.subprocess.PIPE,
            start_new_session=True,
        )

    def _last_words(self, name: str) -> str:
        file = log_files.path(self._home / "logs", name)
        ending = "\n".join(f"  {line}" for line in log_files.tail(file, 15))
        return f"{name} does not come up; {file} ends with:\n{ending}"

    def _mark_node(self, name: str, status: platform_state.Status, detail: str = "", took: float | None = None) -> None:
        node = self.platform.nodes[name]
        node.status, node.detail, node.since = status, detail, time.time()
        if took is not None:
            node.took = took
        if status in (platform_state.Status.RESTARTING, platform_state.Status.STOPPED):
            node.pid = None
        self._tell()

    def _enter(self, phase: platform_state.Phase, error: str = "") -> None:
        self.platform.phase, self.platform.error = phase, error
        self._tell()

    def _tell(self) -> None:
        # A full disk must not bring down what runs.
        with contextlib.suppress(OSError):
            self.platform.write(platform_state.path(self._home))
        if self._changed is not None:
            self._changed(self.platform)
