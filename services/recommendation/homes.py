"""Homes as they are answered: decided anew when something has changed, kept while nothing has, never missing."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from marquee.event.v1 import event_pb2
from marquee.recommendation.v1 import recommendation_pb2

from services.kit import cache, clock, context, ids, logs, visibility
from services.recommendation import recording, telling, tokens
from services.recommendation import room as rooms
from services.recommendation.domain import deciding, homes, titles
from services.recommendation.room import STRANGER, Known, Room, Viewer

#: How long a home is answered if nothing happens.
KEPT = timedelta(minutes=5)
#: Who turns pages does so within this time; after it the decision comes from what is written down.
_PAGES_KEPT = timedelta(minutes=30)
#: What a personal home may take; then the home of a stranger is answered.
_BUDGET_SECONDS = 0.4
_MOST_PROFILES = 50_000
_ANSWER_BYTES = 64 * 1024 * 1024
#: Homes that are held whole, for their pages. One with its explanations is some tens of kilobytes.
_MOST_DECISIONS = 2_000

_log = logs.logger()


@dataclass(frozen=True, slots=True)
class Decision:
    """A home that was decided."""

    decision_id: str
    viewer: Viewer
    home: recommendation_pb2.DecidedHome
    degradations: tuple[int, ...]
    expire_time: datetime
    #: What it was made from: nothing that was written later is in it.
    made_from: tokens.Written = field(default_factory=tokens.Written)


class Homes:
    """Decides homes and keeps them.

    Args:
        room: gathers what a home is decided from.
        recorder: writes decisions down.
        time: tells how long a home is kept.
        budget: how many seconds a personal home may take.
    """

    def __init__(
        self, room: Room, recorder: recording.Recorder, time: clock.Clock, *, budget: float = _BUDGET_SECONDS
    ) -> None:
        self._budget = budget
        self._room = room
        self._recorder = recorder
        self._clock = time
        self._answers = cache.Cache(time, most_bytes=_ANSWER_BYTES)
        self._of_decisions: OrderedDict[str, Decision] = OrderedDict()
        self._latest: OrderedDict[Viewer, Decision] = OrderedDict()
        #: One profile may be asked for in several languages.
        self._viewers: dict[str, set[Viewer]] = {}
        #: What profiles wrote last, as events told, and how often they were changed elsewhere.
        self._written: OrderedDict[str, tuple[int, int]] = OrderedDict()
        room.library.listen(self._titles_changed)
        self._known_titles = dict(room.library.titles)

    def kept(self, viewer: Viewer, size: int, newer_than: tokens.Written) -> bytes | None:
        """Answers the encoded first page of a home that nothing has outdated; None without one."""
        latest = self._latest.get(viewer)
        if latest is None or not latest.made_from.covers(newer_than) or latest.expire_time <= self._clock.now():
            return None
        return self._answers.get((viewer, size))

    def keep(self, viewer: Viewer, size: int, decision: Decision, answer: bytes) -> bytes:
        """Keeps an encoded first page, if it is of the newest home; answers it."""
        if self._latest.get(viewer) is decision:
            self._answers.put((viewer, size), answer, expire_time=decision.expire_time, tags=[viewer])
        return answer

    async def latest(self, caller: context.Caller, viewer: Viewer, newer_than: tokens.Written) -> Decision:
        """Answers a home that has everything in it that was written until `newer_than`."""
        latest = self._latest.get(viewer)
        now = self._clock.now()
        if latest is not None and latest.expire_time > now and latest.made_from.covers(newer_than):
            return latest
        try:
            async with asyncio.timeout(self._budget):
                return await self._personal(caller, viewer)
        except TimeoutError:
            _log.warning("no time for a home", profile_id=viewer.profile_id)
        except Exception:  # noqa: BLE001 - a fault in what is personal must not take the home away.
            _log.exception("home failed", profile_id=viewer.profile_id)
        return await self._popular(viewer, ())

    def of(self, decision_id: str) -> Decision | None:
        """Answers a decision that is held in memory; None if it is not."""
        found = self._of_decisions.get(decision_id)
        return found if found is not None and found.expire_time + _PAGES_KEPT > self._clock.now() else None

    def visible(self, viewer: Viewer, items: Sequence[recommendation_pb2.Item]) -> list[recommendation_pb2.Item]:
        """Answers those items that may be shown still."""
        library, at = self._room.library.titles, self._clock.now()
        return [each for each in items if _shows(library.get(each.title_id), viewer, at)]

    def profile_changed(self, profile_id: str, revision: int = 0) -> None:
        """Forgets the homes of a profile that did something, or was changed.

        Args:
            profile_id: the profile.
            revision: viewing's number of what it did; 0 where it was changed elsewhere.
        """
        known, changes = self._written.pop(profile_id, (0, 0))
        self._room.profile_changed(profile_id)
        self._written[profile_id] = (max(known, revision), changes + (revision == 0))
        if len(self._written) > _MOST_PROFILES:
            self._written.popitem(last=False)
        for viewer in self._viewers.get(profile_id, frozenset()):
            latest = self._latest.get(viewer)
            if latest is not None and (revision == 0 or latest.made_from.viewing < revision):
                del self._latest[viewer]
                self._answers.drop(viewer)

    async def listen(self, event: event_pb2.Event) -> None:
        """Forgets what an event has outdated."""
        if event.HasField("signals_changed"):
            self.profile_changed(event.signals_changed.profile_id, event.signals_changed.revision)
        elif event.HasField("profile_changed"):
            self.profile_changed(event.profile_changed.profile.profile_id)

    async def missed(self) -> None:
        """Forgets everything, since events may have been missed."""
        self._room.forget()
        self.clear()

    def clear(self) -> None:
        """Forgets all homes; pages of those that somebody looks at are answered still."""
        self._answers.clear()
        self._latest.clear()
        self._viewers.clear()

    async def _personal(self, caller: context.Caller, viewer: Viewer) -> Decision:
        before = self._written.get(viewer.profile_id, (0, 0))
        known = await self._room.known(caller)
        missing = tuple(map(int, rooms.missing(known)))
        if known.silent:
            return await self._popular(viewer, missing)
        decision = await self._decide(viewer, known, missing)
        after = self._written.get(viewer.profile_id, (0, 0))
        # What came while this was decided may not be in it.
        if after[1] == before[1] and decision.made_from.viewing >= after[0]:
            self._keep(viewer, decision)
        return decision

    async def _popular(self, viewer: Viewer, missing: tuple[int, ...]) -> Decision:
        """Answers the home of a stranger, which takes nobody's word: it is decided from memory alone."""
        stranger = viewer.stranger
        latest = self._latest.get(stranger)
        if latest is None or latest.expire_time <= self._clock.now():
            latest = await self._decide(stranger, STRANGER, ())
            self._keep(stranger, latest)
        degradations = (*missing, *latest.degradations, recommendation_pb2.DEGRADATION_POPULAR_ONLY)
        return Decision(
            latest.decision_id,
            stranger,
            latest.home,
            tuple(dict.fromkeys(degradations)),
            # The viewer's own home is asked for again as soon as may be.
            min(latest.expire_time, self._clock.now() + timedelta(seconds=5)),
        )

    async def _decide(self, viewer: Viewer, known: Known, missing: tuple[int, ...]) -> Decision:
        inputs = await self._room.inputs(viewer, known)
        decided, decision_id = deciding.decide(inputs), ids.new()
        home = telling.home(decided, decision_id)
        lacking = [*missing]
        if inputs.meaning.empty:
            lacking.append(recommendation_pb2.DEGRADATION_NO_VECTORS)
        if not self._recorder.ready:
            lacking.append(recommendation_pb2.DEGRADATION_NOT_RECORDED)
        edge = inputs.shelf.next_edge(inputs.at)
        decision = Decision(
            decision_id=decision_id,
            viewer=viewer,
            home=home,
            degradations=tuple(lacking),
            expire_time=min(inputs.at + KEPT, edge) if edge else inputs.at + KEPT,
            made_from=tokens.Written(
                known.history.revision if known.history else 0, known.rest.revision if known.rest else 0
            ),
        )
        self._of_decisions[decision_id] = decision
        while len(self._of_decisions) > _MOST_DECISIONS:
            self._of_decisions.popitem(last=False)
        self._recorder.take(recorded(decision, inputs))
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


def digest(home: recommendation_pb2.DecidedHome) -> bytes:
    """Answers what tells a home from another."""
    return hashlib.sha256(home.SerializeToString(deterministic=True)).digest()


def recorded(decision: Decision, inputs: homes.Inputs) -> recording.Decided:
    """Answers a decision as it is written down."""
    return recording.Decided(
        decision_id=decision.decision_id,
        profile_id=decision.viewer.profile_id,
        inputs=inputs,
        model_id=None if inputs.model is None else inputs.model.version,
        degradations=decision.degradations,
        digest=digest(decision.home),
    )


def _shows(title: titles.Title | None, viewer: Viewer, at: datetime) -> bool:
    return title is not None and visibility.visible(title.facts, viewer.sees, at)
