"""Waits for conditions on a platform that runs in another process."""

import time
from collections.abc import Callable
from pathlib import Path

from deploy.local import platform_state
from services.kit import testing


def is_ready(home: Path) -> bool:
    platform = platform_state.read(home)
    return platform is not None and platform.phase is platform_state.Phase.READY


def wait_until(condition: Callable[[], object], seconds: float = testing.PATIENCE) -> None:
    """Polls a condition on another process, which cannot signal an event to the test."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not become true"
        time.sleep(0.05)
