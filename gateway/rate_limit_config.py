"""The budget of calls of each rate class, and where it is counted."""

import re
from collections.abc import Mapping
from datetime import timedelta

from gateway.contract import RateClass
from services.kit import errors, rate_budget

_SECONDS = {"s": 1, "m": 60, "h": 3600}
_FORM = re.compile(r"(?P<rate_class>[a-z]+)=(?P<calls>[1-9]\d*)/(?P<unit>[smh])")

#: The budget of streams of health and reflection, which no contract of the platform states.
INTROSPECTION = "INTROSPECTION"

#: The budget of new connections from one address.
CONNECTION = "CONNECTION"

#: Classes that are counted inside Envoy, because asking a service would cost more than the call itself.
LOCAL = frozenset({RateClass.BROWSE, RateClass.HEARTBEAT})

#: Classes that are counted by the service per address, even when the caller is signed in.
PER_ADDRESS = frozenset({RateClass.CREDENTIAL})

#: Classes that are counted inside Envoy per address. For those that check a credential this is the second count: it
#: holds while the service does not answer, and keeps a flood away from the service.
LOCAL_PER_ADDRESS = frozenset({RateClass.CREDENTIAL, INTROSPECTION})

#: Classes whose calls are refused while they cannot be counted; calls of the others pass.
FAIL_CLOSED = PER_ADDRESS

#: The budget of every limited class, by the name of the class; a class that is not in it has no limit.
Budgets = Mapping[str, rate_budget.Budget]

PRODUCTION: Budgets = {
    RateClass.BROWSE: rate_budget.Budget(1200, 60),
    RateClass.SEARCH: rate_budget.Budget(300, 60),
    RateClass.CREDENTIAL: rate_budget.Budget(10, 60),
    RateClass.PLAY: rate_budget.Budget(600, 60),
    RateClass.HEARTBEAT: rate_budget.Budget(240, 60),
    RateClass.WRITE: rate_budget.Budget(120, 60),
    RateClass.OPERATE: rate_budget.Budget(600, 60),
    INTROSPECTION: rate_budget.Budget(120, 60),
    CONNECTION: rate_budget.Budget(600, 60),
}

#: Demonstrations and tests log in with many accounts from one address, and connect for every call.
DEMO: Budgets = {
    **PRODUCTION,
    RateClass.CREDENTIAL: rate_budget.Budget(300, 60),
    CONNECTION: rate_budget.Budget(6000, 60),
}


def parse(text: str, defaults: Budgets) -> Budgets:
    """Reads `browse=600/m,credential=10/m` over the defaults; `off` lifts all limits.

    Raises ValueError on an entry of another form.
    """
    if text.strip() == "off":
        return {}
    budgets = dict(defaults)
    for entry in filter(None, map(str.strip, text.split(","))):
        found = _FORM.fullmatch(entry)
        name = found["rate_class"].upper() if found else ""
        if found is None or name not in PRODUCTION:
            raise ValueError(f"not a rate limit of the form class=calls/unit with unit s, m or h: {entry!r}")
        budgets[name] = rate_budget.Budget(int(found["calls"]), _SECONDS[found["unit"]])
    return budgets


class RateLimitUnavailable(errors.Unavailable):
    """The calls of the caller cannot be counted, and the class is refused then."""

    reason = "RATE_LIMIT_UNAVAILABLE"
    domain = "gateway.marquee"

    def __init__(self, rate_class: str) -> None:
        super().__init__(
            "This cannot be done at the moment; try again.",
            metadata={"rate_class": rate_class.lower()},
            details=[errors.retry_info(timedelta(seconds=1))],
        )
