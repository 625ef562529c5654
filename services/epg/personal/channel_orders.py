"""The personal order of channels of a profile."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from services.epg import storage
from services.epg.domain import channel_ranking, channels
from services.epg.guide import channel_index
from services.kit import cache, clock, db, errors, logs
from services.kit import redis as kit_redis

_KEY = "marquee:epg:channel-order:"
#: How long a list can be paged through.
_PAGING = timedelta(hours=1)
#: How long it takes until what was watched has an effect; favorite channels have theirs at once.
_LIFETIME = timedelta(seconds=30)
_MAX_ORDERS = 200
_MAX_BYTES = 16 * 1024 * 1024

_log = logs.logger()


@dataclass(frozen=True, slots=True)
class PersonalOrder:
    """An order of channels, and why it is so."""

    #: Names the order in page tokens; the same order has the same id.
    order_id: str
    channel_ids: Sequence[str]
    places: Mapping[str, int]
    taste: channel_ranking.Taste


@dataclass(frozen=True, slots=True)
class _Cached:
    order: PersonalOrder
    favorites: Sequence[str]
    #: All channels when the order was made.
    channels: Sequence[channels.Channel]


class ChannelOrders:
    """Orders channels by what profiles watch, and keeps orders whose lists are being paged through.

    Args:
        database: the database of epg.
        redis: keeps orders for other replicas.
        index: the channels in memory.
        time: the clock.
    """

    def __init__(
        self, database: db.Database, redis: kit_redis.Client, index: channel_index.ChannelIndex, time: clock.Clock
    ) -> None:
        self._database = database
        self._redis = redis
        self._index = index
        self._time = time
        self._current: cache.ExpiringCache[str, _Cached] = cache.ExpiringCache(
            time, most_values=_MAX_ORDERS, lifetime=_LIFETIME
        )
        self._kept = cache.Cache(time, most_bytes=_MAX_BYTES)

    async def get(self, profile_id: str) -> PersonalOrder | None:
        """Returns the order of a profile, None if nothing is known of it or can be read now."""
        try:
            order = await self._load(profile_id)
        except errors.DatabaseUnavailable:
            return None
        return order if order.taste.is_known else None

    async def resume(self, profile_id: str, order_id: str) -> PersonalOrder:
        """Returns the order that a page token names, or the present one if it is not kept any more.

        Raises DatabaseUnavailable.
        """
        order = await self._load(profile_id)
        if order.order_id == order_id:
            return order
        encoded = self._kept.get(order_id) or await self._read(order_id)
        return _order(encoded.decode().split(","), order.taste) if encoded else order

    async def keep(self, order: PersonalOrder) -> None:
        """Keeps an order for the next pages of its list, in all replicas if Redis answers."""
        if self._kept.get(order.order_id):
            return
        encoded = ",".join(order.channel_ids).encode()
        self._kept.put(order.order_id, encoded, expire_time=self._time.now() + _PAGING / 2)
        try:
            with kit_redis.translated():
                await self._redis.set(_KEY + order.order_id, encoded, ex=_PAGING)
        except errors.RedisUnavailable:
            _log.warning("channel order not kept", order_id=order.order_id)

    async def _read(self, order_id: str) -> bytes | None:
        try:
            with kit_redis.translated():
                encoded: Any = await self._redis.get(_KEY + order_id)
        except errors.RedisUnavailable:
            return None
        return bytes(encoded) if encoded else None

    async def _load(self, profile_id: str) -> PersonalOrder:
        now, all_channels = self._time.now(), self._index.list_all()
        cached = self._current.get(profile_id)
        async with self._database.reading() as session:
            favorites = await storage.favorites.list_favorites(session, profile_id)
            if cached and cached.favorites == favorites and cached.channels is all_channels:
                return cached.order
            watched = await storage.watched_channels.list_watched(session, profile_id, now - channel_ranking.RETENTION)
        genres = {channel.channel_id: channel.genre_id for channel in all_channels}
        # Favorites that do not exist any more order nothing.
        taste = channel_ranking.Taste(watched, genres, [id_ for id_ in favorites if id_ in genres], now)
        ordered = taste.sort(all_channels) if taste.is_known else all_channels
        order = _order([channel.channel_id for channel in ordered], taste)
        self._current.put(profile_id, _Cached(order, favorites, all_channels))
        return order


def _order(channel_ids: Sequence[str], taste: channel_ranking.Taste) -> PersonalOrder:
    digest = hashlib.blake2b(",".join(channel_ids).encode(), digest_size=8).hexdigest()
    return PersonalOrder(digest, channel_ids, {id_: place for place, id_ in enumerate(channel_ids)}, taste)
