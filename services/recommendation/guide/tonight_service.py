"""Ranks what suits viewers tonight, chooses the badges of the guide, and caches both."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import Awaitable, Callable, Hashable, MutableMapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import cachetools
from marquee.event.v1 import event_internal_pb2
from marquee.recommendation.v1 import recommendation_pb2, recommendation_service_pb2

from services.kit import clock, context, entitled_channels, keyed_locks, timestamps
from services.recommendation.convert import guide_messages, home_messages
from services.recommendation.domain import guide_badges, home_values, tonight
from services.recommendation.domain.consistency_token import ConsistencyToken
from services.recommendation.guide.guide_store import Guide, GuideStore
from services.recommendation.ranking import feature_gatherer
from services.recommendation.ranking.feature_gatherer import FeatureGatherer, Viewer, ViewerData

#: How long badges hold if nothing happens.
_BADGES_LIFETIME = timedelta(minutes=5)
#: How long a response holds that lacks something: what is missing may be back soon.
_DEGRADED_LIFETIME = timedelta(seconds=5)
#: An explanation takes about a kilobyte.
_MAX_RESPONSE_BYTES, _MAX_EXPLANATIONS = 32 * 1024 * 1024, 50_000
_MAX_PROFILES = 50_000

Degradations = tuple[recommendation_pb2.Degradation.ValueType, ...]

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Kept(Generic[_T]):
    """A result, and what it holds for."""

    value: _T
    expire_time: datetime
    #: The version of the guide.
    version: tuple[int, ...]
    #: How often the profile had changed.
    changes: int
    #: The writes that are included, and those that a caller named although there are none.
    token: ConsistencyToken


#: Computes a result: the result, until when it holds, and the writes that are included.
_Compute = Callable[[Guide], Awaitable[tuple[_T, datetime, ConsistencyToken]]]


@dataclass(frozen=True, slots=True)
class ChosenBadges:
    """The badges of a viewer, and the guide that they are about."""

    badges: guide_badges.Badges
    degradations: Degradations
    expire_time: datetime


class TonightService:
    """Ranks and caches.

    Args:
        gatherer: gathers the inputs that homes have too.
        store: the guide.
        entitled: the channels of accounts.
        time: the clock.
    """

    def __init__(
        self,
        gatherer: FeatureGatherer,
        store: GuideStore,
        entitled: entitled_channels.EntitledChannels,
        time: clock.Clock,
    ) -> None:
        self._gatherer = gatherer
        self._store = store
        self._entitled = entitled
        self._clock = time
        self._locks = keyed_locks.KeyedLocks()
        self._responses: cachetools.LRUCache[Hashable, _Kept[bytes]] = cachetools.LRUCache(
            _MAX_RESPONSE_BYTES, getsizeof=lambda kept: len(kept.value)
        )
        self._badges: cachetools.LRUCache[Hashable, _Kept[ChosenBadges]] = cachetools.LRUCache(
            _MAX_EXPLANATIONS, getsizeof=lambda kept: 1 + kept.value.badges.count
        )
        #: How often each profile changed, so that nothing older is returned.
        self._changes: cachetools.LRUCache[str, int] = cachetools.LRUCache(_MAX_PROFILES)

    async def get_tonight(self, caller: context.Caller, viewer: Viewer, limit: int, token: ConsistencyToken) -> bytes:
        """Returns the encoded response of `GetTonight`, which includes the writes of a token."""

        async def compute(current: Guide) -> tuple[bytes, datetime, ConsistencyToken]:
            (inputs, data, degradations), entitled = await asyncio.gather(
                self._gather(caller, viewer, current), self._entitled.get(caller.account_id)
            )
            if not entitled.is_known:
                degradations = (*degradations, recommendation_pb2.DEGRADATION_NO_ENTITLEMENTS)
            ranked = tonight.Tonight((), inputs.at + _DEGRADED_LIFETIME)
            if current.matrix.channels:
                ranked = await self._gatherer.thread_pool.run(
                    lambda: tonight.rank_tonight(inputs, current.matrix, entitled.channel_ids, limit)
                )
            soon = inputs.at + _DEGRADED_LIFETIME
            expire_time = min(ranked.expire_time, soon) if degradations else ranked.expire_time
            response = recommendation_service_pb2.GetTonightResponse(
                items=guide_messages.tonight_items(ranked.cards, current.matrix),
                degradations=degradations,
                expire_time=timestamps.from_datetime(expire_time),
            )
            return response.SerializeToString(), expire_time, data.token

        _, response = await self._get(self._responses, (caller.account_id, limit), viewer, token, compute)
        return response

    async def get_badges(
        self, caller: context.Caller, viewer: Viewer, token: ConsistencyToken
    ) -> tuple[Guide, ChosenBadges]:
        """Returns the badges of a viewer, which include the writes of a token, and the guide that they are about."""

        async def compute(current: Guide) -> tuple[ChosenBadges, datetime, ConsistencyToken]:
            inputs, data, degradations = await self._gather(caller, viewer, current)
            badges = await self._gatherer.thread_pool.run(lambda: guide_badges.choose_badges(inputs, current.matrix))
            expire_time = inputs.at + (_DEGRADED_LIFETIME if degradations else _BADGES_LIFETIME)
            return ChosenBadges(badges, degradations, expire_time), expire_time, data.token

        return await self._get(self._badges, (), viewer, token, compute)

    def now(self) -> datetime:
        """Returns the time at which airings are visible or not."""
        return self._clock.now()

    async def listen(self, event: event_internal_pb2.Event) -> None:
        """Drops what an event has outdated."""
        if event.HasField("signals_changed"):
            self._drop(event.signals_changed.profile_id)
        elif event.HasField("profile_changed"):
            self._drop(event.profile_changed.profile.profile_id)

    async def missed(self) -> None:
        """Drops everything, because events may have been missed."""
        self._responses.clear()
        self._badges.clear()

    def _drop(self, profile_id: str) -> None:
        self._changes[profile_id] = self._changes.get(profile_id, 0) + 1

    async def _get(
        self,
        results: MutableMapping[Hashable, _Kept[_T]],
        key: Hashable,
        viewer: Viewer,
        token: ConsistencyToken,
        compute: _Compute[_T],
    ) -> tuple[Guide, _T]:
        """Returns a result, computed once for all callers who ask at the same time, and the guide that it is about."""
        async with self._locks.hold((id(results), viewer, key)):
            changes = self._changes.get(viewer.profile_id, 0)
            current = await self._store.get_guide()
            kept = results.get((viewer, key))
            if (
                kept is None
                or (kept.version, kept.changes) != (current.version, changes)
                or not kept.token.covers(token)
                or kept.expire_time <= self._clock.now()
            ):
                value, expire_time, included = await compute(current)
                # A write that was named but never made has nothing computed again.
                kept = _Kept(value, expire_time, current.version, changes, included.merge(token))
                with contextlib.suppress(ValueError):  # It is larger than the cache.
                    results[viewer, key] = kept
            return current, kept.value

    async def _gather(
        self, caller: context.Caller, viewer: Viewer, current: Guide
    ) -> tuple[home_values.Inputs, ViewerData, Degradations]:
        """Returns the inputs of a home with the rows of the guide, what is known of the viewer, and what is missing."""
        data = await self._gatherer.load_viewer_data(caller)
        inputs = await self._gatherer.gather_inputs(viewer, data)
        inputs = dataclasses.replace(inputs, matrix=current.matrix.matrix, vectors=current.vectors)
        degradations = (*feature_gatherer.missing_data(data), *home_messages.missing_inputs(inputs))
        if not current.matrix.channels:
            degradations = (*degradations, recommendation_pb2.DEGRADATION_NO_SCHEDULES)
        return inputs, data, degradations
