"""What the accounts that asked most recently have access to."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from services.entitlement import domain
from services.kit.clock import Clock

_MAX_ACCOUNTS = 50_000
#: Bounds how long an account keeps an old grant when the event of a change was lost with Redis.
_KEPT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class _Entry:
    grant: domain.Grant
    #: In seconds since 1970.
    expires: float


class GrantCache:
    """Loads the grants of accounts and keeps them for a while.

    Args:
        clock: tells when it is.
        load: returns the subscription of an account from the database.
    """

    def __init__(self, clock: Clock, load: Callable[[str], Awaitable[domain.Subscription]]) -> None:
        self._clock = clock
        self._load = load
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._drop_count = 0

    async def get(self, account_id: str) -> domain.Grant:
        """Returns the grant of an account."""
        entry = self._entries.get(account_id)
        if entry is not None and self._clock.seconds() < entry.expires:
            return entry.grant
        drop_count = self._drop_count
        grant = domain.grant(await self._load(account_id))
        if drop_count == self._drop_count:  # Otherwise the loaded grant may be older than the change that was dropped.
            self._entries[account_id] = _Entry(grant, self._clock.seconds() + _KEPT_SECONDS)
            if len(self._entries) > _MAX_ACCOUNTS:
                self._entries.popitem(last=False)
        return grant

    def drop(self, account_id: str) -> None:
        """Drops the grant of an account, because its subscription changed."""
        self._drop_count += 1
        self._entries.pop(account_id, None)

    def clear(self) -> None:
        """Drops all grants, because changes may have been missed."""
        self._drop_count += 1
        self._entries.clear()
