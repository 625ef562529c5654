"""Ranks what suits viewers tonight, chooses the badges of the guide, and caches both."""

from __future__ import annotations

import asyncio
import dataclasses
from dataclasses import dataclass
from datetime import datetime, timedelta

import cachetools
from marquee.event.v1 import event_internal_pb2
from marquee.recommendation.v1 import recommendation_pb2, recommendation_service_pb2

from services.kit import cache, clock, context, entitled_channels, timestamps
from services.recommendation.convert import guide_messages, home_messages
from services.recommendation.domain import guide, guide_badges, home_values, tonight
from services.recommendation.guide.guide_store import Guide, GuideStore
from services.recommendation.ranking import feature_gatherer
from services.recommendation.ranking.feature_gatherer import FeatureGatherer, Viewer

#: How long badges hold if nothing happens.
_BADGES_LIFETIME = timedelta(minutes=5)
#: How long a response holds that lacks something: what is missing may be back soon.
_DEGRADED_LIFETIME = timedelta(seconds=5)
_MAX_RESPONSES, _MAX_BADGES, _MAX_PROFILES = 5_000, 2_000, 50_000

Degradations = tuple[recommendation_pb2.Degradation.ValueType, ...]


@dataclass(frozen=True, slots=True)
class ChosenBadges:
    """The badges of a viewer, by the rows of one version of the guide."""

    version: tuple[int, ...]
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
        #: Encoded responses with the version of the guide and the number of changes that they were made for.
        self._responses: cache.ExpiringCache[tuple[Viewer, str, int], tuple[tuple[int, ...], int, bytes]] = (
            cache.ExpiringCache(time, most_values=_MAX_RESPONSES)
        )
        self._badges: cache.ExpiringCache[Viewer, tuple[int, ChosenBadges]] = cache.ExpiringCache(
            time, most_values=_MAX_BADGES
        )
        self._clock = time
        #: How often each profile changed, so that nothing older is returned.
        self._changes: cachetools.LRUCache[str, int] = cachetools.LRUCache(_MAX_PROFILES)

    async def get_tonight(self, caller: context.Caller, viewer: Viewer, limit: int) -> bytes:
        """Returns the encoded response of `GetTonight`."""
        key, changes = (viewer, caller.account_id, limit), self._changes.get(viewer.profile_id, 0)
        current = await self._store.get_guide()
        cached = self._responses.get(key)
        if cached is not None and cached[:2] == (current.version, changes):
            return cached[2]
        (inputs, degradations), entitled = await asyncio.gather(
            self._gather(caller, viewer, current), self._entitled.get(caller.account_id)
        )
        if not entitled.is_known:
            degradations = (*degradations, recommendation_pb2.DEGRADATION_NO_ENTITLEMENTS)
        ranked = tonight.Tonight((), inputs.at + _DEGRADED_LIFETIME)
        if current.matrix.channels:
            ranked = await self._gatherer.thread_pool.run(
                lambda: tonight.rank_tonight(inputs, current.matrix, entitled.channel_ids, limit)
            )
        expire_time = min(ranked.expire_time, inputs.at + _DEGRADED_LIFETIME) if degradations else ranked.expire_time
        response = recommendation_service_pb2.GetTonightResponse(
            items=guide_messages.tonight_items(ranked.cards, current.matrix),
            degradations=degradations,
            expire_time=timestamps.from_datetime(expire_time),
        ).SerializeToString()
        self._responses.put(key, (current.version, changes, response), expires=expire_time.timestamp())
        return response

    async def get_badges(self, caller: context.Caller, viewer: Viewer) -> tuple[guide.GuideMatrix, ChosenBadges]:
        """Returns the badges of a viewer, and the guide that they are about."""
        changes = self._changes.get(viewer.profile_id, 0)
        current = await self._store.get_guide()
        cached = self._badges.get(viewer)
        if cached is not None and cached[0] == changes and cached[1].version == current.version:
            return current.matrix, cached[1]
        inputs, degradations = await self._gather(caller, viewer, current)
        badges = await self._gatherer.thread_pool.run(lambda: guide_badges.choose_badges(inputs, current.matrix))
        expire_time = inputs.at + (_DEGRADED_LIFETIME if degradations else _BADGES_LIFETIME)
        chosen = ChosenBadges(current.version, badges, degradations, expire_time)
        self._badges.put(viewer, (changes, chosen), expires=expire_time.timestamp())
        return current.matrix, chosen

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

    async def _gather(
        self, caller: context.Caller, viewer: Viewer, current: Guide
    ) -> tuple[home_values.Inputs, Degradations]:
        """Returns the inputs of a home, with the rows of the guide, and what is missing."""
        data = await self._gatherer.load_viewer_data(caller)
        inputs = await self._gatherer.gather_inputs(viewer, data)
        inputs = dataclasses.replace(inputs, matrix=current.matrix.matrix, vectors=current.vectors)
        degradations = (*feature_gatherer.missing_data(data), *home_messages.missing_inputs(inputs))
        if not current.matrix.channels:
            degradations = (*degradations, recommendation_pb2.DEGRADATION_NO_SCHEDULES)
        return inputs, degradations
