"""What the accounts that asked most recently have access to."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from services.entitlement import domain
from services.kit import cache
from services.kit.clock import Clock

_MAX_ACCOUNTS = 50_000
#: Bounds how long an account keeps an old grant when the event of a change was lost with Redis.
_KEPT = timedelta(minutes=1)


class GrantCache:
    """Loads the grants of accounts and keeps them for a while.

    Args:
        clock: the clock.
        load: returns the subscription of an account from the database.
    """

    def __init__(self, clock: Clock, load: Callable[[str], Awaitable[domain.Subscription]]) -> None:
        self._load = load
        self._grants: cache.ExpiringCache[str, domain.Grant] = cache.ExpiringCache(
            clock, most_values=_MAX_ACCOUNTS, lifetime=_KEPT
        )
        self._drop_count = 0

    async def get(self, account_id: str) -> domain.Grant:
        """Returns the grant of an account."""
        cached = self._grants.get(account_id)
        if cached is not None:
            return cached
        drop_count = self._drop_count
        grant = domain.grant(await self._load(account_id))
        if drop_count == self._drop_count:  # Otherwise the loaded grant may be older than the change that was dropped.
            self._grants.put(account_id, grant)
        return grant

    def drop(self, account_id: str) -> None:
        """Drops the grant of an account, because its subscription changed."""
        self._drop_count += 1
        self._grants.drop(account_id)

    def clear(self) -> None:
        """Drops all grants, because changes may have been missed."""
        self._drop_count += 1
        self._grants.clear()
