"""The gateway with timeouts for a loaded machine: `python -m gateway.tests.slow_machine_gateway`."""

import sys

from gateway import __main__ as gateway
from gateway import health, rate_limit_service, reconciler
from gateway.edge import filters, rate_limits
from services.kit import process

if __name__ == "__main__":
    # After the usual timeouts calls pass uncounted and media unchecked, and a part of the replicas is published. In
    # tests only the machine is slow, so they are long.
    rate_limit_service.TIMEOUT = rate_limits.PATIENCE = filters.PATIENCE = 30.0
    rate_limit_service.CLOSED_TIMEOUT = rate_limits.CLOSED_PATIENCE = 30.0
    reconciler.PATIENCE = 60.0
    health.PROBE_TIMEOUT = 10.0
    sys.exit(process.run("gateway", gateway.main))
