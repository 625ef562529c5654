"""Hung processes of a platform are restarted, and those without a supervisor are ended."""

import os
import signal

import psutil
import pytest

from deploy.local import orphan_cleanup, platform_state
from deploy.local.tests.platform_waits import wait_until
from tests import local_platform

STOPPED = ("postgres", "redis", "catalog", "envoy")


def test_hung_engines_services_and_the_edge_are_restarted(platform, edge, is_whole):
    if not is_whole:
        pytest.skip("takes two minutes; deploy/local/tests/test_liveness.py tests it with shorter limits")
    before = dict(platform.nodes)

    for name in STOPPED:
        os.kill(before[name].pid, signal.SIGSTOP)
    wait_until(lambda: all(platform.nodes[name].restarts > before[name].restarts for name in STOPPED))
    wait_until(lambda: all(node.status is platform_state.Status.HEALTHY for node in platform.nodes.values()))

    others = before.keys() - set(STOPPED)
    assert {name: before[name].pid for name in others} == {name: platform.nodes[name].pid for name in others}
    wait_until(lambda: edge.get("/healthz").status == 200)


def test_down_ends_a_platform_whose_supervisor_and_reaper_were_killed(is_whole):
    if not is_whole:
        pytest.skip("starts a platform twice; deploy/cli/tests/test_commands.py tests it with a fake service")
    with local_platform.running("--no-seed") as platform:
        supervisor = psutil.Process(platform_state.read(platform.home).pid)
        [reaper] = (child for child in supervisor.children() if "deploy.local.orphan_reaper" in child.cmdline())
        reaper.kill()
        supervisor.kill()
        left = orphan_cleanup.find_processes(f"{platform.home}#")

        platform.run_cli("down")
        after_down = orphan_cleanup.find_processes(f"{platform.home}#")
        platform.run_cli("up", "--detach", "--no-seed")

        assert len(left) >= len(platform.nodes) - 1
        assert [] == after_down
        assert {"healthy"} == {process["health"] for process in platform.processes().values()}
