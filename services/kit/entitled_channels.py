"""The channels that the packages of accounts hold, as entitlement states them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import NamedTuple

from marquee.entitlement.v1 import entitlement_internal_pb2

from services.kit import cache, circuit_breaker, clock, errors, timestamps

_PATIENCE_SECONDS = 0.5
#: How long a change of packages or of a subscription may take to be seen, as the contract states.
_KEPT = timedelta(seconds=10)
_MAX_BYTES = 16 * 1024 * 1024

#: Calls entitlement, such as the method of a stub.
ListEntitledChannels = Callable[
    [entitlement_internal_pb2.ListEntitledChannelsRequest],
    Awaitable[entitlement_internal_pb2.ListEntitledChannelsResponse],
]


class Entitled(NamedTuple):
    """The channels of an account."""

    #: None for all channels.
    channel_ids: frozenset[str] | None
    #: Whether entitlement stated them.
    is_known: bool = True


class EntitledChannels:
    """Asks entitlement for the channels of an account, and keeps them for a while.

    Args:
        time: the clock.
        list_channels: `ListEntitledChannels` of entitlement.
    """

    def __init__(self, time: clock.Clock, list_channels: ListEntitledChannels) -> None:
        self._time = time
        self._list_channels = list_channels
        self._breaker = circuit_breaker.CircuitBreaker("entitlement", patience=_PATIENCE_SECONDS)
        self._responses = cache.Cache(time, most_bytes=_MAX_BYTES)

    async def get(self, account_id: str) -> Entitled:
        """Returns the channels of an account; all channels, as not known, if entitlement does not answer."""
        cached = self._responses.get(account_id)
        try:
            response = entitlement_internal_pb2.ListEntitledChannelsResponse.FromString(
                cached if cached is not None else await self._load(account_id)
            )
        except errors.Error:
            return Entitled(None, is_known=False)
        return Entitled(None if response.all_channels else frozenset(response.channel_ids))

    async def _load(self, account_id: str) -> bytes:
        request = entitlement_internal_pb2.ListEntitledChannelsRequest(account_id=account_id)
        response = await self._breaker.call(lambda: self._list_channels(request))
        kept_until = self._time.now() + _KEPT
        ends = timestamps.optional_datetime(response, "expire_time")
        return self._responses.put(
            account_id, response.SerializeToString(), expire_time=min(kept_until, ends) if ends else kept_until
        )
