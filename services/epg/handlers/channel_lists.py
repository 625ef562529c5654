"""The channels that a request lists: its filter, its order and its page."""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from marquee.epg.v1 import epg_pb2, epg_service_pb2

from services.epg import convert
from services.epg.domain import channels
from services.epg.guide import channel_index
from services.epg.handlers import callers
from services.epg.personal import channel_orders
from services.kit import context, entitled_channels, errors, ids, paging
from services.kit.clock import Clock

_ALL_CHANNELS = entitled_channels.Entitled(None)
_ORDER_ID = re.compile("[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list of channels."""

    listed: Sequence[channels.Channel]
    #: How many channels the whole list has.
    total_count: int
    is_last: bool
    #: The name and the filter of the list.
    of: Sequence[str]
    #: None if the list is by number.
    personal: channel_orders.PersonalOrder | None = None
    #: Whether `entitled_only` could be applied.
    is_filtered: bool = True

    @property
    def next_page_token(self) -> str:
        """The token of the next page; empty on the last one."""
        return "" if self.is_last else self.token_after(self.listed[-1])

    @property
    def applied_order(self) -> epg_pb2.ChannelOrder.ValueType:
        """The order of the list."""
        return epg_pb2.CHANNEL_ORDER_PERSONAL if self.personal else epg_pb2.CHANNEL_ORDER_NUMBER

    @property
    def ranks(self) -> list[epg_pb2.ChannelRank]:
        """Why the channels have their places; empty if the list is by number."""
        if self.personal is None:
            return []
        taste = self.personal.taste
        return [convert.rank_message(channel.channel_id, taste.rank(channel)) for channel in self.listed]

    def token_after(self, channel: channels.Channel) -> str:
        """Returns the token of the page that begins behind a channel."""
        if self.personal is None:
            return paging.token(channel.order, of=self.of)
        cursor = self.personal.order_id, self.personal.places[channel.channel_id]
        return paging.token(cursor, of=_personal(self.of))


def page_by_number(
    listed: Sequence[channels.Channel], request: Any, of: Sequence[str], *, default: int, most: int
) -> Page:
    """Returns the page that a request names of channels that are sorted by number. Raises PageTokenInvalid.

    Args:
        listed: all channels of the list.
        request: has `page_size` and `page_token`.
        of: the name and the filter of the list.
        default: how many channels a page has unless the request states it.
        most: how many channels a page has at most.
    """
    cursor = paging.cursor(request.page_token, of=of, kinds=(paging.non_negative_int, str, ids.parse))
    begin = bisect.bisect_right(listed, tuple(cursor), key=lambda channel: channel.order) if cursor else 0
    page = listed[begin : begin + paging.size(request.page_size, default=default, most=most)]
    return Page(page, len(listed), begin + len(page) == len(listed), of)


class ChannelLists:
    """Lists the channels that callers may see.

    Args:
        index: the channels in memory.
        entitled: the channels of accounts.
        orders: the personal orders.
        clock: the clock.
    """

    def __init__(
        self,
        index: channel_index.ChannelIndex,
        entitled: entitled_channels.EntitledChannels,
        orders: channel_orders.ChannelOrders,
        clock: Clock,
    ) -> None:
        self._index = index
        self._entitled = entitled
        self._orders = orders
        self._clock = clock

    def get(self, channel_id: str) -> channels.Channel | None:
        """Returns a channel, None if there is none that the caller may see."""
        return self._index.get_visible(channel_id, callers.viewer(), self._clock.now())

    async def list_filtered(self, message: epg_service_pb2.ChannelFilter) -> tuple[Sequence[channels.Channel], bool]:
        """Returns the channels of a filter by number, and whether `entitled_only` could be applied."""
        entitled = _ALL_CHANNELS
        if message.entitled_only:
            entitled = await self._entitled.get(context.caller().account_id)
        included = convert.channel_filter(message, entitled.channel_ids)
        return self._index.list_visible(callers.viewer(), included, self._clock.now()), entitled.is_known

    async def page(self, request: Any, name: str, *, default: int, most: int) -> Page:
        """Returns the page of channels that a request names by its filter, its order and its token.

        Raises PageTokenInvalid.
        """
        listed, is_filtered = await self.list_filtered(request.filter)
        of = [name, request.filter.SerializeToString(deterministic=True).hex()]
        personal, after = await self._find_order(request, of)
        if personal is None:
            by_number = page_by_number(listed, request, of, default=default, most=most)
            return Page(by_number.listed, len(listed), by_number.is_last, of, is_filtered=is_filtered)
        places = personal.places
        # Channels that were created since the order was made are not in it.
        included = [channel for channel in listed if places.get(channel.channel_id, -1) > after]
        included.sort(key=lambda channel: places[channel.channel_id])
        page = included[: paging.size(request.page_size, default=default, most=most)]
        # The handler may end a page early.
        await self._orders.keep(personal)
        return Page(page, len(listed), len(page) == len(included), of, personal, is_filtered)

    async def _find_order(self, request: Any, of: Sequence[str]) -> tuple[channel_orders.PersonalOrder | None, int]:
        """Returns the order of a list, None if it is by number, and the place in it that the page begins behind."""
        profile_id = context.caller().profile_id
        if request.order != epg_pb2.CHANNEL_ORDER_PERSONAL or not profile_id:
            return None, -1
        if not request.page_token:
            return await self._orders.get(profile_id), -1
        try:
            kinds = (_parse_order_id, paging.non_negative_int)
            [order_id, place] = paging.cursor(request.page_token, of=_personal(of), kinds=kinds) or ("", -1)
        except errors.PageTokenInvalid:
            # The first page was by number, because nothing was known.
            return None, -1
        return await self._orders.resume(profile_id, order_id), place


def _personal(of: Sequence[str]) -> Sequence[str]:
    return [*of, "personal"]


def _parse_order_id(value: object) -> str:
    """Returns the id of an order. Raises ValueError if it is none."""
    if not isinstance(value, str) or not _ORDER_ID.fullmatch(value):
        raise ValueError(value)
    return value
