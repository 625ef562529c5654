"""The rate-limit service of Envoy: budgets in Redis, shared by every edge."""

from collections.abc import Mapping
from typing import Any

import redis.asyncio
import redis.exceptions
from envoy.service.ratelimit.v3 import rls_pb2, rls_pb2_grpc
from prometheus_client import Counter

from gateway import rate_limit_config
from gateway.contract import RateClass
from gateway.edge import local_replies
from services.kit import logs, status

_log = logs.logger()

_ASKED = Counter("marquee_rate_limit_calls_total", "Calls counted against a shared budget.", ["rate_class", "outcome"])

#: The timeout of Redis, in seconds; Envoy's own is a little longer.
TIMEOUT = 0.04

# One number per caller and class: the time at which the budget is whole again. A call moves it on by one
# call's share; it is refused when that would lead further ahead than the whole budget. Redis' own clock is
# used, so that several gateways agree. Times are in microseconds.
_SCRIPT = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local share, window, hits = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local whole = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now) + share * hits
local wait = whole - now - window
if wait > 0 then return wait end
redis.call('SET', KEYS[1], string.format('%.0f', whole), 'PX', math.ceil((whole - now) / 1000))
return 0
"""

_OK = rls_pb2.RateLimitResponse(overall_code=rls_pb2.RateLimitResponse.OK)


class RateLimitServicer(rls_pb2_grpc.RateLimitServiceServicer):  # type: ignore[misc]  # The wheel is untyped.
    """Counts calls against the budget of their class; lets them pass when Redis is unavailable."""

    def __init__(self, client: "redis.asyncio.Redis", budgets: rate_limit_config.Budgets) -> None:
        self._script = client.register_script(_SCRIPT)
        self._budgets = budgets
        self._counting = True

    async def ShouldRateLimit(self, request: Any, _context: Any) -> Any:  # noqa: N802 - the name is the contract's
        """Returns whether a call may pass; OVER_LIMIT has the headers of the refusal."""
        for descriptor in request.descriptors:
            entries = {entry.key: entry.value for entry in descriptor.entries}
            rate_class = RateClass(entries["class"].upper())
            budget = self._budgets.get(rate_class)
            if budget is None:
                continue
            if wait := await self._spend(entries, budget, max(1, request.hits_addend)):
                _ASKED.labels(rate_class.lower(), "refused").inc()
                return _refused(rate_limit_config.RateLimited(wait, rate_class))
            _ASKED.labels(rate_class.lower(), "passed").inc()
        return _OK

    async def _spend(self, entries: Mapping[str, str], budget: rate_limit_config.Budget, hits: int) -> float:
        """Takes calls from a budget. Returns the seconds to wait, zero if the calls may pass."""
        caller = entries.get("account") or entries.get("remote_address", "")
        window = budget.seconds * 1_000_000
        try:
            wait = await self._script(
                keys=[f"marquee:rate:{entries['class']}:{caller}"], args=[window // budget.calls, window, hits]
            )
        except redis.exceptions.RedisError as error:
            self._tell(counting=False, error=str(error))
            return 0
        self._tell(counting=True)
        return int(wait) / 1_000_000

    def _tell(self, *, counting: bool, error: str = "") -> None:
        """Logs when counting stops and when it works again, not for every call."""
        if counting is not self._counting:
            self._counting = counting
            if counting:
                _log.info("rate_limits.counting_again")
            else:
                _log.error("rate_limits.not_counting", error=error)


def _refused(refusal: rate_limit_config.RateLimited) -> Any:
    answer = rls_pb2.RateLimitResponse(overall_code=rls_pb2.RateLimitResponse.OVER_LIMIT)
    for entry in local_replies.headers(status.of(refusal)):
        answer.response_headers_to_add.add(**entry["header"])
    return answer
