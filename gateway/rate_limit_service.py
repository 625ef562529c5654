"""The rate-limit service of Envoy: budgets in Redis, shared by every edge."""

from collections.abc import Mapping
from typing import Any

import grpc
import redis.asyncio
import redis.exceptions
from envoy.service.ratelimit.v3 import rls_pb2, rls_pb2_grpc
from prometheus_client import Counter

from gateway import rate_limit_config
from gateway.edge import local_replies
from services.kit import errors, logs, method_policy, rate_budget, status

_log = logs.logger()

_CALLS = Counter("marquee_rate_limit_calls_total", "Calls counted against a shared budget.", ["rate_class", "outcome"])

#: The timeout of Redis, in seconds; Envoy's own is a little longer. Classes that are refused while they cannot be
#: counted have a longer one, since a slow Redis would close them.
TIMEOUT, CLOSED_TIMEOUT = 0.04, 0.4

_OK = rls_pb2.RateLimitResponse(overall_code=rls_pb2.RateLimitResponse.OK)


class RateLimitServicer(rls_pb2_grpc.RateLimitServiceServicer):  # type: ignore[misc]  # The wheel is untyped.
    """Counts calls against the budget of their class.

    Calls pass while Redis is unavailable, except those of `rate_limit_config.FAIL_CLOSED`: the request fails, and Envoy
    refuses the call.

    Args:
        url: the Redis in which all gateways count.
        budgets: the budgets of the classes.
    """

    def __init__(self, url: str, budgets: rate_limit_config.Budgets) -> None:
        closed_timeout = CLOSED_TIMEOUT * method_policy.timeout_factor()
        self._clients = {False: _connect(url, TIMEOUT), True: _connect(url, closed_timeout)}
        self._counters = {closed: rate_budget.BudgetCounter(client) for closed, client in self._clients.items()}
        self._budgets = budgets
        self._counting = True

    async def close(self) -> None:
        """Closes the connections to Redis."""
        for client in self._clients.values():
            await client.aclose()

    async def ShouldRateLimit(self, request: Any, context: Any) -> Any:  # noqa: N802 - the name is the contract's
        """Returns whether a call may pass; OVER_LIMIT has the headers of the refusal."""
        for descriptor in request.descriptors:
            entries = {entry.key: entry.value for entry in descriptor.entries}
            rate_class = entries["class"].upper()
            budget = self._budgets.get(rate_class)
            if budget is None:
                continue
            wait = await self._spend(entries, rate_class, budget, max(1, request.hits_addend))
            if wait is None and rate_class in rate_limit_config.FAIL_CLOSED:
                _CALLS.labels(rate_class.lower(), "failed").inc()
                await context.abort(grpc.StatusCode.UNAVAILABLE, "The call cannot be counted.")
            if wait:
                _CALLS.labels(rate_class.lower(), "refused").inc()
                return _refused(errors.RateLimited(wait, rate_class))
            _CALLS.labels(rate_class.lower(), "passed").inc()
        return _OK

    async def _spend(
        self, entries: Mapping[str, str], rate_class: str, budget: rate_budget.Budget, hits: int
    ) -> float | None:
        """Takes calls from a budget. Returns the seconds to wait, zero if they may pass, None if Redis is away."""
        caller = entries.get("account") or entries.get("remote_address", "")
        counter = self._counters[rate_class in rate_limit_config.FAIL_CLOSED]
        try:
            wait = await counter.spend(f"marquee:rate:{entries['class']}:{caller}", budget, hits)
        except redis.exceptions.RedisError as error:
            self._log_change(counting=False, error=str(error))
            return None
        self._log_change(counting=True)
        return wait

    def _log_change(self, *, counting: bool, error: str = "") -> None:
        """Logs once when counting fails, and once when it works again."""
        if counting is not self._counting:
            self._counting = counting
            if counting:
                _log.info("rate_limits.counting_again")
            else:
                _log.error("rate_limits.not_counting", error=error)


def _connect(url: str, timeout: float) -> "redis.asyncio.Redis":
    return redis.asyncio.Redis.from_url(url, socket_timeout=timeout, socket_connect_timeout=timeout)


def _refused(refusal: errors.RateLimited) -> Any:
    answer = rls_pb2.RateLimitResponse(overall_code=rls_pb2.RateLimitResponse.OVER_LIMIT)
    for entry in local_replies.headers(status.of(refusal)):
        answer.response_headers_to_add.add(**entry["header"])
    return answer
