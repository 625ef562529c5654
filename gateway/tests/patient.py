"""The gateway as it is, with as much time as a loaded machine may need: `python -m gateway.tests.patient`."""

import sys

from gateway import __main__ as gateway
from gateway import control, health, ratelimit
from gateway.edge import budgets
from services.kit import process

if __name__ == "__main__":
    # What it does when these have passed - it lets calls pass uncounted, and tells of half a fleet - is right there and
    # wrong here, where nothing but the machine is slow.
    ratelimit.TIMEOUT = budgets.PATIENCE = 30.0
    control.PATIENCE = 60.0
    health.ANSWER = 10.0
    sys.exit(process.run("gateway", gateway.main))
