"""A process that hangs is restarted, and one that is only busy is not."""

import dataclasses
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.local import health_probes, liveness, orphan_cleanup, platform_state, supervisor
from deploy.local.tests import fake_platform, port_allocation

Result = health_probes.Result
QUICK = liveness.Limits(period=0.05, failures=3)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    orphan_cleanup.terminate_all(f"{tmp_path}#", grace=1.0)


def scripted(*results: Result | Exception) -> tuple[health_probes.Probe, list[Result | Exception]]:
    """Returns a probe with these results, and those that it has not returned yet."""
    remaining = list(results)

    async def probe() -> Result:
        result = remaining.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    return probe, remaining


@pytest.mark.parametrize("response", [Result.SERVING, Result.NOT_SERVING, RuntimeError("a fault of the probe")])
async def test_a_process_that_responds_now_and_then_is_not_hung(response: Result | Exception) -> None:
    silence = [Result.NO_RESPONSE] * (QUICK.failures - 1)
    probe, remaining = scripted(*silence, response, *silence, response, *silence, Result.NO_RESPONSE, Result.SERVING)

    await liveness.wait_until_hung(probe, dataclasses.replace(QUICK, period=0.0))

    # It returned after the only three probes in a row without a response.
    assert [Result.SERVING] == remaining


def test_a_process_is_given_a_minute() -> None:
    limits = liveness.DEFAULT

    assert 60 == limits.failures * (limits.period + health_probes.TIMEOUT)


async def run_until_restarted(
    home: Path, flags: tuple[str, ...], on_healthy: Callable[[int], None]
) -> list[platform_state.Node]:
    """Runs a fake service, calls `on_healthy` with its process, and returns the states until it was restarted."""
    (port,) = port_allocation.free_ports(1)
    states: list[platform_state.Node] = []

    def follow(platform: platform_state.Platform) -> None:
        node = dataclasses.replace(platform.nodes["catalog"])
        if states and (states[-1].status, states[-1].pid) == (node.status, node.pid):
            return
        states.append(node)
        if node.status is not platform_state.Status.HEALTHY or node.pid is None:
            return
        if node.restarts:
            platform_supervisor.stop()
        else:
            on_healthy(node.pid)

    unit = dataclasses.replace(
        fake_platform.unit("catalog", port, flags=flags, grace=0.2),
        probe=health_probes.grpc("127.0.0.1", port, timeout=0.5),
    )
    platform_supervisor = supervisor.Supervisor(home, [unit], [], follow, liveness_limits=QUICK)
    await platform_supervisor.run()
    return states


@pytest.mark.parametrize("flags", [(), ("--child",)])
async def test_a_stopped_process_is_ended_and_restarted(home: Path, flags: tuple[str, ...]) -> None:
    states = await run_until_restarted(home, flags, lambda pid: os.kill(pid, signal.SIGSTOP))

    hung = next(node for node in states if node.status is platform_state.Status.RESTARTING)
    assert "because it does not respond" == hung.detail
    assert 1 == states[-1].restarts
    assert [] == orphan_cleanup.find_processes(f"{home}#")


async def test_a_process_that_blocks_its_event_loop_again_and_again_is_not_restarted(home: Path) -> None:
    (port,) = port_allocation.free_ports(1)
    limits = liveness.Limits(period=0.05, failures=5)
    results: list[Result] = []
    respond = health_probes.grpc("127.0.0.1", port, timeout=0.5)

    async def probe() -> Result:
        result = await respond()
        results.append(result)
        catalog = platform_supervisor.platform.nodes["catalog"]
        if results.count(Result.NO_RESPONSE) > 2 * limits.failures:
            platform_supervisor.stop()
        elif result is Result.SERVING and catalog.pid is not None:
            os.kill(catalog.pid, signal.SIGUSR1)
        return result

    unit = dataclasses.replace(fake_platform.unit("catalog", port, flags=("--blocks",)), probe=probe)
    platform_supervisor = supervisor.Supervisor(home, [unit], [], liveness_limits=limits)
    await platform_supervisor.run()

    assert 0 == platform_supervisor.platform.nodes["catalog"].restarts
