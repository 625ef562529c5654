"""The gateway with timeouts that are long enough for a loaded machine: `python -m gateway.tests.patient`."""

import sys

from gateway import __main__ as gateway
from gateway import health, rate_limit_service, reconciler
from gateway.edge import rate_limits
from services.kit import process

if __name__ == "__main__":
    # What it does when these have passed - it lets calls pass uncounted, and publishes some of the replicas - is right
    # there and wrong here, where nothing but the machine is slow.
    rate_limit_service.TIMEOUT = rate_limits.PATIENCE = 30.0
    rate_limit_service.CLOSED_TIMEOUT = rate_limits.CLOSED_PATIENCE = 30.0
    reconciler.PATIENCE = 60.0
    health.ANSWER = 10.0
    sys.exit(process.run("gateway", gateway.main))
