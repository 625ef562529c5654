"""Detects a process that hangs: it runs, but responds to no probe for a long time."""

import asyncio
from dataclasses import dataclass

from deploy.local import health_probes


@dataclass(frozen=True)
class Limits:
    """When a process counts as hung: `failures` probes in a row, `period` seconds apart, got no response.

    Probes are counted instead of the time, because the supervisor itself may have been suspended.
    """

    period: float
    failures: int


#: With the timeout of a probe, a process is given a minute, so that one that is only busy is not ended.
DEFAULT = Limits(period=10.0, failures=4)


async def wait_until_hung(probe: health_probes.Probe, limits: Limits) -> None:
    """Probes a process again and again, and returns when it counts as hung."""
    failures = 0
    while failures < limits.failures:
        await asyncio.sleep(limits.period)
        try:
            result = await probe()
        except Exception:  # noqa: BLE001 - an error of the probe is no reason to end a process.
            result = health_probes.Result.NOT_SERVING
        failures = failures + 1 if result is health_probes.Result.NO_RESPONSE else 0
