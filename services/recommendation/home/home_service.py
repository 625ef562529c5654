"""Homes as they are answered: decided anew when something has changed, kept while nothing has, never missing."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import OrderedDict
from collections.abc import Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any

from marquee.event.v1 import event_internal_pb2
from marquee.recommendation.v1 import recommendation_pb2

from services.kit import cache, clock, context, logs, visibility
from services.recommendation.domain import signals, titles
from services.recommendation.home import consistency_token
from services.recommendation.home.home_decider import Decision, HomeDecider
from services.recommendation.ranking import feature_gatherer as rooms
from services.recommendation.ranking import viewer_clients
from services.recommendation.ranking.feature_gatherer import STRANGER, FeatureGatherer, Viewer
from services.recommendation.replay import decision_recorder

#: Who turns pages does so within this time; after it the decision comes from what is written down.
_PAGES_KEPT = timedelta(minutes=30)
#: What a personal home may take; then the home of a stranger is answered.
_BUDGET_SECONDS = 0.4
#: How soon who was answered the home of a stranger asks for their own again.
_ASKED_AGAIN = timedelta(seconds=5)
#: How old the home of a stranger is at least before it is decided ahead of need: titles may come in all the time.
_RENEWED_AFTER = timedelta(seconds=10)
_MOST_PROFILES = 50_000
_ANSWER_BYTES = 64 * 1024 * 1024
#: Homes that are held whole, for their pages. One with its explanations is some tens of kilobytes.
_MOST_DECISIONS = 2_000
#: Homes of strangers that are held to stand in: one for each ceiling, country and language.
_MOST_STANDING = 200

_log = logs.logger()


class HomeService:
    """Decides homes and keeps them.

    Args:
        room: gathers what a home is decided from.
        recorder: writes decisions down.
        time: tells how long a home is kept.
        budget: how many seconds a personal home may take.
    """

    def __init__(
        self,
        room: FeatureGatherer,
        recorder: decision_recorder.DecisionRecorder,
        time: clock.Clock,
        *,
        budget: float = _BUDGET_SECONDS,
    ) -> None:
        self._budget = budget
        self._room = room
        self._clock = time
        self._decider = HomeDecider(room, recorder)
        self._answers = cache.Cache(time, most_bytes=_ANSWER_BYTES)
        self._of_decisions: OrderedDict[str, Decision] = OrderedDict()
        self._latest: OrderedDict[Viewer, Decision] = OrderedDict()
        #: The newest home of each kind of stranger, outdated or not.
        self._standing: OrderedDict[Viewer, Decision] = OrderedDict()
        #: Homes that are being decided, which who asks for them may wait for; and all work that goes on.
        self._flights: dict[Viewer, asyncio.Task[Decision]] = {}
        self._at_work: set[asyncio.Task[Decision]] = set()
        #: Grows when anything that was decided may be wrong.
        self._generation = 0
        #: One profile may be asked for in several languages.
        self._viewers: dict[str, set[Viewer]] = {}
        #: What profiles wrote last, as events told, and how often they were changed elsewhere.
        self._written: OrderedDict[str, tuple[int, int]] = OrderedDict()
        room.library.listen(self._titles_changed)
        self._known_titles = dict(room.library.titles)

    def kept(self, viewer: Viewer, size: int, newer_than: consistency_token.Written) -> bytes | None:
        """Returns the encoded first page of a home that nothing has outdated; None without one."""
        latest = self._latest.get(viewer)
        if latest is None or not latest.made_from.covers(newer_than) or latest.expire_time <= self._clock.now():
            return None
        return self._answers.get((viewer, size))

    def keep(self, viewer: Viewer, size: int, decision: Decision, answer: bytes) -> bytes:
        """Keeps an encoded first page, if it is of the newest home; returns it."""
        if self._latest.get(viewer) is decision:
            self._answers.put((viewer, size), answer, expire_time=decision.expire_time, tags=[viewer])
        return answer

    async def latest(self, caller: context.Caller, viewer: Viewer, newer_than: consistency_token.Written) -> Decision:
        """Returns a home that has everything in it that was written until `newer_than`."""
        latest = self._latest.get(viewer)
        now = self._clock.now()
        if latest is not None and latest.expire_time > now and latest.made_from.covers(newer_than):
            return latest
        if viewer.stranger not in self._standing:
            self._stand_by(viewer.stranger)
        try:
            async with asyncio.timeout(self._budget):
                return await self._shared(caller, viewer, newer_than)
        except TimeoutError:
            _log.warning("no time for a home", profile_id=viewer.profile_id)
        except Exception:  # noqa: BLE001 - a fault in what is personal must not take the home away.
            _log.exception("home failed", profile_id=viewer.profile_id)
        return await self._popular(viewer, ())

    def of(self, decision_id: str) -> Decision | None:
        """Returns a decision that is held in memory; None if it is not."""
        found = self._of_decisions.get(decision_id)
        return found if found is not None and found.expire_time + _PAGES_KEPT > self._clock.now() else None

    def visible(self, viewer: Viewer, items: Sequence[recommendation_pb2.Item]) -> list[recommendation_pb2.Item]:
        """Returns those items that may be shown still, and that the viewer has not refused, as far as is known."""
        library, at = self._room.library.titles, self._clock.now()
        refused = self._room.refusals.last(viewer.profile_id)
        return [
            each
            for each in items
            if (title_id := each.subject.title_id) not in refused and _shows(library.get(title_id), viewer, at)
        ]

    def profile_changed(self, profile_id: str, revision: int = 0, told: Sequence[signals.TitleSignals] = ()) -> None:
        """Forgets the homes of a profile that did something, or was changed.

        Args:
            profile_id: the profile.
            revision: viewing's number of what it did; 0 where it was changed elsewhere.
            told: what it says of titles now.
        """
        known, changes = self._written.pop(profile_id, (0, 0))
        # What is being decided may lack it: it is answered to who waits for it, and nobody joins them any more.
        for viewer in [each for each in self._flights if each.profile_id == profile_id]:
            del self._flights[viewer]
        self._room.refusals.written(profile_id, revision, {each.title_id: each.refused for each in told})
        self._room.unwanted.written(profile_id, revision, {each.title_id: each.banned for each in told})
        self._written[profile_id] = (max(known, revision), changes + (revision == 0))
        if len(self._written) > _MOST_PROFILES:
            self._written.popitem(last=False)
        for viewer in self._viewers.get(profile_id, frozenset()):
            latest = self._latest.get(viewer)
            if latest is not None and (revision == 0 or latest.made_from.viewing < revision):
                del self._latest[viewer]
                self._answers.drop(viewer)

    async def listen(self, event: event_internal_pb2.Event) -> None:
        """Forgets what an event has outdated."""
        if event.HasField("signals_changed"):
            changed = event.signals_changed
            self.profile_changed(changed.profile_id, changed.revision, viewer_clients.read_signals(changed.signals))
        elif event.HasField("profile_changed"):
            self.profile_changed(event.profile_changed.profile.profile_id)

    async def missed(self) -> None:
        """Forgets everything, since events may have been missed."""
        self._room.refusals.doubt()
        self._room.unwanted.doubt()
        self.clear()

    def clear(self) -> None:
        """Forgets all homes; pages of those that somebody looks at are answered still."""
        self._generation += 1
        self._flights.clear()
        self._answers.clear()
        self._latest.clear()
        self._viewers.clear()

    async def settle(self) -> None:
        """Waits until nothing is being decided."""
        while self._at_work:
            await asyncio.wait(self._at_work)

    async def close(self) -> None:
        """Ends what is being decided."""
        for task in self._at_work:
            task.cancel()
        await asyncio.gather(*self._at_work, return_exceptions=True)

    async def _shared(self, caller: context.Caller, viewer: Viewer, newer_than: consistency_token.Written) -> Decision:
        """Returns what is decided for a viewer once, for all who ask at the same time."""
        while (flight := self._flights.get(viewer)) is not None:
            decision = await asyncio.shield(flight)
            # It began before this was asked, so what was written between may not be in it.
            if decision.made_from.covers(newer_than):
                return decision
        return await asyncio.shield(self._begin(viewer, self._personal(caller, viewer)))

    def _begin(self, viewer: Viewer, deciding: Coroutine[Any, Any, Decision]) -> asyncio.Task[Decision]:
        """Begins to decide. It goes on when nobody waits any more, so that who asks again finds the home decided."""
        flight = asyncio.create_task(deciding)
        self._flights[viewer] = flight
        self._at_work.add(flight)

        def end(done: asyncio.Task[Decision]) -> None:
            self._at_work.discard(done)
            if self._flights.get(viewer) is done:
                del self._flights[viewer]
            if not done.cancelled() and (fault := done.exception()) is not None:
                _log.warning("nothing decided", profile_id=viewer.profile_id, cause=str(fault))

        flight.add_done_callback(end)
        return flight

    async def _personal(self, caller: context.Caller, viewer: Viewer) -> Decision:
        if not caller.profile_id:
            return await self._strange(viewer)
        before, generation = self._written.get(viewer.profile_id, (0, 0)), self._generation
        known = await self._room.known(caller)
        missing = tuple(map(int, rooms.missing(known)))
        if known.silent or self._room.cores.busy:
            return await self._popular(viewer, missing)
        decision = self._hold(await self._decider.decide(viewer, known, missing))
        # Only now: two homes that are decided at once make each other late.
        self._stand_by(viewer.stranger)
        if missing:
            # Who was silent may speak again soon, and what they would have said is missed.
            soon = min(decision.expire_time, self._clock.now() + _ASKED_AGAIN)
            return dataclasses.replace(decision, expire_time=soon)
        after = self._written.get(viewer.profile_id, (0, 0))
        # What came while this was decided may not be in it.
        if (after[1], self._generation) == (before[1], generation) and decision.made_from.viewing >= after[0]:
            self._keep(viewer, decision)
        return decision

    async def _strange(self, stranger: Viewer) -> Decision:
        """Returns what is decided for a stranger, which takes nobody's word: it is decided from memory alone."""
        generation = self._generation
        decision = self._hold(await self._decider.decide(stranger, STRANGER, ()))
        self._standing.pop(stranger, None)
        self._standing[stranger] = decision
        if len(self._standing) > _MOST_STANDING:
            self._standing.popitem(last=False)
        if generation == self._generation:
            self._keep(stranger, decision)
        return decision

    def _stand_by(self, stranger: Viewer) -> None:
        """Has a home at hand for who cannot get their own: decided ahead of need, out of everybody's way."""
        standing = self._standing.get(stranger)
        now = self._clock.now()
        fresh = standing is not None and (
            standing.decide_time + _RENEWED_AFTER > now
            or (self._latest.get(stranger) is standing and standing.expire_time > now)
        )
        if not fresh and stranger not in self._flights:
            self._begin(stranger, self._strange(stranger))

    async def _popular(self, viewer: Viewer, missing: tuple[int, ...]) -> Decision:
        """Returns the home of a stranger: the one at hand, outdated or not, as far as it may be shown still."""
        stranger, now = viewer.stranger, self._clock.now()
        self._stand_by(stranger)
        standing = self._standing.get(stranger)
        if standing is None or not any(self.visible(stranger, rail.items) for rail in standing.home.rails):
            flight = self._flights.get(stranger) or self._begin(stranger, self._strange(stranger))
            standing = await asyncio.shield(flight)
        degradations = (*missing, *standing.degradations, recommendation_pb2.DEGRADATION_POPULAR_ONLY)
        soon = now + _ASKED_AGAIN
        return Decision(
            standing.decision_id,
            stranger,
            standing.home,
            tuple(dict.fromkeys(degradations)),
            standing.decide_time,
            min(standing.expire_time, soon) if standing.expire_time > now else soon,
        )

    def _hold(self, decision: Decision) -> Decision:
        """Holds a decision for its pages; returns it."""
        self._of_decisions[decision.decision_id] = decision
        while len(self._of_decisions) > _MOST_DECISIONS:
            self._of_decisions.popitem(last=False)
        return decision

    def _keep(self, viewer: Viewer, decision: Decision) -> None:
        self._answers.drop(viewer)
        self._latest.pop(viewer, None)
        self._latest[viewer] = decision
        self._viewers.setdefault(viewer.profile_id, set()).add(viewer)
        if len(self._latest) > _MOST_DECISIONS:
            oldest, _ = self._latest.popitem(last=False)
            self._answers.drop(oldest)
            others = self._viewers.get(oldest.profile_id, set())
            others.discard(oldest)
            if not others:
                self._viewers.pop(oldest.profile_id, None)

    def _titles_changed(self, title_ids: Sequence[str]) -> None:
        """Forgets all homes when titles come, go or may be seen by others than before."""
        changed = False
        for title_id in title_ids:
            title, before = self._room.library.titles[title_id], self._known_titles.get(title_id)
            changed |= before is None or before.facts != title.facts
            self._known_titles[title_id] = title
        if changed:
            self.clear()


def _shows(title: titles.Title | None, viewer: Viewer, at: datetime) -> bool:
    return title is not None and visibility.visible(title.facts, viewer.sees, at)
