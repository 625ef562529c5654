"""Budgets of calls that are counted in Redis, so that all replicas share them."""

import math
from dataclasses import dataclass

from services.kit import redis

# One number per key: the time at which the budget is whole again. A call moves it on by one call's share; it is refused
# when that would lead further ahead than the whole budget (the generic cell rate algorithm). Redis' own clock is used,
# so that several processes agree. Times are in microseconds. PERSIST needs no memory; after it, a Redis that has
# reached its memory limit also takes the number, which is small and expires.
_SPEND = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local share, window, calls = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local whole = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now) + share * calls
local wait = whole - now - window
if wait > 0 then return wait end
redis.call('PERSIST', KEYS[1])
redis.call('SET', KEYS[1], string.format('%.0f', whole), 'PX', math.ceil((whole - now) / 1000))
return 0
"""

_REFUND = """
local whole = redis.call('GET', KEYS[1])
if not whole then return 0 end
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local left = tonumber(whole) - tonumber(ARGV[1]) - now
if left <= 0 then return redis.call('DEL', KEYS[1]) end
redis.call('PERSIST', KEYS[1])
redis.call('SET', KEYS[1], string.format('%.0f', now + left), 'PX', math.ceil(left / 1000))
return 0
"""


@dataclass(frozen=True, slots=True)
class Budget:
    """A number of calls per number of seconds; bursts may use it at once, and it refills evenly."""

    calls: int
    seconds: int

    @property
    def pace(self) -> tuple[int, int]:
        """Returns how many calls are refilled at a time, and the interval in whole seconds."""
        every = max(1, math.ceil(self.seconds / self.calls))
        return max(1, self.calls * every // self.seconds), every

    @property
    def window(self) -> int:
        """Returns the time in which an empty budget becomes whole, in microseconds."""
        return self.seconds * 1_000_000

    @property
    def share(self) -> int:
        """Returns the time in which one call is refilled, in microseconds."""
        return self.window // self.calls


class BudgetCounter:
    """Counts calls in Redis. Its methods raise what redis-py raises.

    Args:
        client: the Redis that all replicas share.
    """

    def __init__(self, client: redis.Client) -> None:
        self._spend = client.register_script(_SPEND)
        self._refund = client.register_script(_REFUND)

    async def spend(self, key: str, budget: Budget, calls: int = 1) -> float:
        """Takes calls from the budget of `key`. Returns the seconds to wait, zero if the calls may be made."""
        return int(await self._spend(keys=[key], args=[budget.share, budget.window, calls])) / 1_000_000

    async def refund(self, key: str, budget: Budget) -> None:
        """Gives one call back to the budget of `key`."""
        await self._refund(keys=[key], args=[budget.share])
