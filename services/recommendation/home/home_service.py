"""Homes: computed when something has changed, cached until then, with a popular home as the fallback."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import defaultdict
from collections.abc import Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any

import cachetools
from marquee.event.v1 import event_internal_pb2
from marquee.recommendation.v1 import recommendation_pb2

from services.kit import cache, clock, context, logs, visibility
from services.recommendation.convert import signal_messages
from services.recommendation.domain import signals, titles
from services.recommendation.domain.consistency_token import ConsistencyToken
from services.recommendation.home.home_decider import Decision, HomeDecider
from services.recommendation.ranking import feature_gatherer
from services.recommendation.ranking.feature_gatherer import ANONYMOUS, FeatureGatherer, Viewer
from services.recommendation.replay import decision_recorder

#: How long the pages of a home are served from memory after it expired; later they are replayed from the database.
_PAGE_LIFETIME = timedelta(minutes=30)
#: How long a personal home may take; then the popular home is returned.
_BUDGET_SECONDS = 0.4
#: How soon a client that received a popular home asks again.
_RETRY_AFTER = timedelta(seconds=5)
#: The minimum age of a popular home before it is computed again ahead of need: titles may change all the time.
_MIN_FALLBACK_AGE = timedelta(seconds=10)
#: How long consistency tokens of writes that were never made have no home computed again.
_UNMET_LIFETIME = timedelta(seconds=2)
_MAX_PROFILES = 50_000
_MAX_PAGE_BYTES = 64 * 1024 * 1024
#: Homes that are held whole, for their pages. One with its explanations has some tens of kilobytes.
_MAX_DECISIONS = 2_000
#: Popular homes: one for each maturity ceiling, country and language.
_MAX_FALLBACKS = 200

_log = logs.logger()


class HomeService:
    """Computes and caches homes.

    Args:
        gatherer: gathers the inputs of a home.
        recorder: stores decisions.
        time: tells which homes have expired.
        budget: how many seconds a personal home may take.
    """

    def __init__(
        self,
        gatherer: FeatureGatherer,
        recorder: decision_recorder.DecisionRecorder,
        time: clock.Clock,
        *,
        budget: float = _BUDGET_SECONDS,
    ) -> None:
        self._budget = budget
        self._gatherer = gatherer
        self._clock = time
        self._decider = HomeDecider(gatherer, recorder)
        self._pages = cache.Cache(time, most_bytes=_MAX_PAGE_BYTES)
        self._decisions: cachetools.LRUCache[str, Decision] = cachetools.LRUCache(_MAX_DECISIONS)
        self._latest = _LatestHomes(_MAX_DECISIONS)
        #: Whose home did not cover a token although it was computed after the token was received.
        self._unmet: cache.ExpiringCache[Viewer, bool] = cache.ExpiringCache(
            time, most_values=_MAX_DECISIONS, lifetime=_UNMET_LIFETIME
        )
        #: The newest popular home for each kind of anonymous viewer, outdated or not.
        self._fallbacks: cachetools.LRUCache[Viewer, Decision] = cachetools.LRUCache(_MAX_FALLBACKS)
        #: The computations that callers may join, and all that are running.
        self._joinable: dict[Viewer, asyncio.Task[Decision]] = {}
        self._running: set[asyncio.Task[Decision]] = set()
        #: Grows when any home may have become outdated.
        self._generation = 0
        #: The newest revision of each profile that an event reported, and the number of its changes elsewhere.
        self._changes: cachetools.LRUCache[str, tuple[int, int]] = cachetools.LRUCache(_MAX_PROFILES)
        gatherer.title_store.add_listener(self._on_titles_changed)
        self._known_titles = dict(gatherer.title_store.titles)

    def get_cached_page(self, viewer: Viewer, size: int, token: ConsistencyToken) -> bytes | None:
        """Returns the encoded first page of a home that is not outdated; None without one."""
        latest = self._latest.get(viewer)
        if latest is None or not latest.token.covers(token) or latest.expire_time <= self._clock.now():
            return None
        return self._pages.get((viewer, size))

    def cache_page(self, viewer: Viewer, size: int, decision: Decision, page: bytes) -> bytes:
        """Caches an encoded first page if it is of the newest home; returns it."""
        if self._latest.get(viewer) is decision:
            self._pages.put((viewer, size), page, expire_time=decision.expire_time, tags=[viewer])
        return page

    async def get_home(self, caller: context.Caller, viewer: Viewer, token: ConsistencyToken) -> Decision:
        """Returns a home that includes all writes of a token, or the popular home if that takes too long."""
        latest = self._latest.get(viewer)
        if latest is not None and latest.expire_time > self._clock.now() and self._covers(latest, token):
            return latest
        if viewer.anonymous not in self._fallbacks:
            self._refresh_fallback(viewer.anonymous)
        try:
            async with asyncio.timeout(self._budget):
                return await self._join_or_compute(caller, viewer, token)
        except TimeoutError:
            _log.warning("home took too long", profile_id=viewer.profile_id)
        except Exception:  # noqa: BLE001 - a fault in what is personal must not take the home away.
            _log.exception("home failed", profile_id=viewer.profile_id)
        return await self._get_fallback(viewer, ())

    def get_decision(self, decision_id: str) -> Decision | None:
        """Returns a decision that is held in memory; None if it is not."""
        decision = self._decisions.get(decision_id)
        if decision is None or decision.expire_time + _PAGE_LIFETIME <= self._clock.now():
            return None
        return decision

    def filter_visible(self, viewer: Viewer, items: Sequence[recommendation_pb2.Item]) -> list[recommendation_pb2.Item]:
        """Returns the items that the viewer may still see and, as far as is known, has not refused."""
        store, now = self._gatherer.title_store.titles, self._clock.now()
        refused = self._gatherer.refused.get_last(viewer.profile_id)
        return [
            item
            for item in items
            if (title_id := item.subject.title_id) not in refused and _is_visible(store.get(title_id), viewer, now)
        ]

    def drop_homes(self, profile_id: str, revision: int = 0, changed: Sequence[signals.TitleSignals] = ()) -> None:
        """Drops the homes of a profile that have become outdated.

        Args:
            profile_id: the profile.
            revision: the revision of its signals in viewing; 0 for a change elsewhere.
            changed: the signals that have changed.
        """
        newest, changes = self._changes.get(profile_id, (0, 0))
        self._changes[profile_id] = max(newest, revision), changes + (revision == 0)
        # A home that is being computed may lack the change: its callers receive it, and no further callers join.
        for viewer in [viewer for viewer in self._joinable if viewer.profile_id == profile_id]:
            del self._joinable[viewer]
        self._gatherer.refused.note_write(profile_id, revision, {each.title_id: each.refused for each in changed})
        self._gatherer.unwanted.note_write(profile_id, revision, {each.title_id: each.unwanted for each in changed})
        for viewer in tuple(self._latest.viewers.get(profile_id, ())):
            if revision == 0 or self._latest[viewer].token.viewing < revision:
                del self._latest[viewer]
                self._pages.drop(viewer)

    async def listen(self, event: event_internal_pb2.Event) -> None:
        """Drops the homes that an event has outdated."""
        if event.HasField("signals_changed"):
            changed = event.signals_changed
            self.drop_homes(changed.profile_id, changed.revision, signal_messages.read_signals(changed.signals))
        elif event.HasField("profile_changed"):
            self.drop_homes(event.profile_changed.profile.profile_id)

    async def missed(self) -> None:
        """Drops all homes, because events may have been missed."""
        self._gatherer.refused.mark_outdated()
        self._gatherer.unwanted.mark_outdated()
        self.clear()

    def clear(self) -> None:
        """Drops all homes. Further pages of homes that were served are still available."""
        self._generation += 1
        self._joinable.clear()
        self._pages.clear()
        self._latest.clear()

    async def wait_until_idle(self) -> None:
        """Waits until no home is being computed."""
        while self._running:
            await asyncio.wait(self._running)

    async def close(self) -> None:
        """Cancels all computations."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _join_or_compute(self, caller: context.Caller, viewer: Viewer, token: ConsistencyToken) -> Decision:
        """Returns a home that is computed once for all callers who ask at the same time."""
        while (task := self._joinable.get(viewer)) is not None:
            decision = await asyncio.shield(task)
            # It began before this call, so it may lack writes that happened in between.
            if self._covers(decision, token):
                return decision
        decision = await asyncio.shield(self._start(viewer, self._compute_personal(caller, viewer)))
        # A home that lacks nothing is the latest one.
        if not decision.token.covers(token) and self._latest.get(viewer) is decision:
            self._unmet.put(viewer, True)
        return decision

    def _covers(self, decision: Decision, token: ConsistencyToken) -> bool:
        """Returns whether a home has the write of a token, or the viewer just named one that was never made."""
        return decision.token.covers(token) or self._unmet.get(decision.viewer) is not None

    def _start(self, viewer: Viewer, computation: Coroutine[Any, Any, Decision]) -> asyncio.Task[Decision]:
        """Starts a computation. It goes on if its callers give up, so that their next call finds the home cached."""
        task = asyncio.create_task(computation)
        self._joinable[viewer] = task
        self._running.add(task)

        def on_done(done: asyncio.Task[Decision]) -> None:
            self._running.discard(done)
            if self._joinable.get(viewer) is done:
                del self._joinable[viewer]
            if not done.cancelled() and (raised := done.exception()) is not None:
                _log.warning("home not computed", profile_id=viewer.profile_id, cause=str(raised))

        task.add_done_callback(on_done)
        return task

    async def _compute_personal(self, caller: context.Caller, viewer: Viewer) -> Decision:
        if not caller.profile_id:
            return await self._compute_popular(viewer)
        _, changes_before = self._changes.get(viewer.profile_id, (0, 0))
        generation = self._generation
        data = await self._gatherer.load_viewer_data(caller)
        missing = tuple(map(int, feature_gatherer.missing_data(data)))
        if data.is_anonymous or self._gatherer.thread_pool.is_overloaded:
            return await self._get_fallback(viewer, missing)
        decision = await self._decider.decide(viewer, data, missing)
        self._decisions[decision.decision_id] = decision
        # Only now, because two homes that are computed at once delay each other.
        self._refresh_fallback(viewer.anonymous)
        if missing:
            # The missing service may respond again soon.
            soon = min(decision.expire_time, self._clock.now() + _RETRY_AFTER)
            return dataclasses.replace(decision, expire_time=soon)
        revision, changes = self._changes.get(viewer.profile_id, (0, 0))
        # A change that was reported during the computation may not be included.
        if (changes, self._generation) == (changes_before, generation) and decision.token.viewing >= revision:
            self._cache(viewer, decision)
        return decision

    async def _compute_popular(self, anonymous: Viewer) -> Decision:
        """Computes the home of an anonymous viewer, from memory alone."""
        generation = self._generation
        decision = await self._decider.decide(anonymous, ANONYMOUS, ())
        self._decisions[decision.decision_id] = self._fallbacks[anonymous] = decision
        if generation == self._generation:
            self._cache(anonymous, decision)
        return decision

    def _refresh_fallback(self, anonymous: Viewer) -> None:
        """Computes a popular home in the background, unless there is a recent one."""
        fallback = self._fallbacks.get(anonymous)
        now = self._clock.now()
        is_fresh = fallback is not None and (
            fallback.decide_time + _MIN_FALLBACK_AGE > now
            or (self._latest.get(anonymous) is fallback and fallback.expire_time > now)
        )
        if not is_fresh and anonymous not in self._joinable:
            self._start(anonymous, self._compute_popular(anonymous))

    async def _get_fallback(self, viewer: Viewer, missing: tuple[int, ...]) -> Decision:
        """Returns the popular home, also an outdated one as far as its titles are still visible."""
        anonymous, now = viewer.anonymous, self._clock.now()
        self._refresh_fallback(anonymous)
        fallback = self._fallbacks.get(anonymous)
        if fallback is None or not any(self.filter_visible(anonymous, rail.items) for rail in fallback.home.rails):
            task = self._joinable.get(anonymous) or self._start(anonymous, self._compute_popular(anonymous))
            fallback = await asyncio.shield(task)
        degradations = (*missing, *fallback.degradations, recommendation_pb2.DEGRADATION_POPULAR_ONLY)
        soon = now + _RETRY_AFTER
        return Decision(
            fallback.decision_id,
            anonymous,
            fallback.home,
            tuple(dict.fromkeys(degradations)),
            fallback.decide_time,
            min(fallback.expire_time, soon) if fallback.expire_time > now else soon,
        )

    def _cache(self, viewer: Viewer, decision: Decision) -> None:
        self._pages.drop(viewer)
        self._latest[viewer] = decision

    def _on_titles_changed(self, title_ids: Sequence[str]) -> None:
        """Drops all homes when titles were added or may be seen by other viewers than before."""
        has_changed = False
        for title_id in title_ids:
            title, previous = self._gatherer.title_store.titles[title_id], self._known_titles.get(title_id)
            has_changed |= previous is None or previous.facts != title.facts
            self._known_titles[title_id] = title
        if has_changed:
            self.clear()


class _LatestHomes(cachetools.LRUCache[Viewer, Decision]):
    """The newest home of each viewer, and the viewers of each profile: one for each language."""

    def __init__(self, maxsize: int) -> None:
        super().__init__(maxsize)
        self.viewers: defaultdict[str, set[Viewer]] = defaultdict(set)

    def __setitem__(self, viewer: Viewer, decision: Decision) -> None:
        super().__setitem__(viewer, decision)
        self.viewers[viewer.profile_id].add(viewer)

    def __delitem__(self, viewer: Viewer) -> None:
        super().__delitem__(viewer)
        self.viewers[viewer.profile_id].discard(viewer)
        if not self.viewers[viewer.profile_id]:
            del self.viewers[viewer.profile_id]

    def clear(self) -> None:
        super().clear()  # This removes the homes without `__delitem__`.
        self.viewers.clear()


def _is_visible(title: titles.Title | None, viewer: Viewer, at: datetime) -> bool:
    return title is not None and visibility.visible(title.facts, viewer.visibility, at)
