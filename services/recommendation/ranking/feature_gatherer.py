"""Everything that choosing for somebody takes, gathered: from memory, and from the services that know the viewer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Collection
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from marquee.recommendation.v1 import recommendation_pb2

from services.kit import clock, context, db, errors, visibility
from services.recommendation import storage
from services.recommendation.domain import feature_matrix, homes, scoring, signals
from services.recommendation.ranking import excluded_titles, thread_pool, viewer_clients
from services.recommendation.ranking.model_trainer import Training
from services.recommendation.ranking.popularity_tracker import PopularityTracker
from services.recommendation.ranking.title_store import TitleStore
from services.recommendation.vectors.vector_index import VectorIndex

_MOST_PROFILES = 20_000

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Viewer:
    """For whom something is chosen."""

    #: Empty for callers who are not signed in.
    profile_id: str
    maturity_ceiling: int
    country_code: str
    language: str

    @property
    def sees(self) -> visibility.Viewer:
        """What it may know of."""
        return visibility.Viewer(self.maturity_ceiling, self.country_code)

    @property
    def stranger(self) -> Viewer:
        """The same, of whom nothing is known."""
        return Viewer("", self.maturity_ceiling, self.country_code, self.language)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a viewer; None where a service was silent."""

    history: signals.History | None
    preferences: signals.Preferences | None
    rest: storage.signals.Rest | None

    @property
    def silent(self) -> bool:
        """Whether nothing is known that would tell this viewer from a stranger."""
        return self.history is None and self.preferences in {None, signals.Preferences()}


STRANGER = Known(signals.History(), signals.Preferences(), storage.signals.Rest())


def viewer(caller: context.Caller, language: str = "") -> Viewer:
    """Returns for whom a caller asks."""
    spoken = language or caller.language_code
    if not caller.account_id:
        return Viewer("", visibility.ANONYMOUS_CEILING, "", spoken)
    return Viewer(caller.profile_id, caller.maturity_ceiling, caller.country_code, spoken)


class FeatureGatherer:
    """Gathers what something is decided from.

    Args:
        library: the titles.
        space: their vectors.
        watching: what is popular.
        training: the collaborative model.
        asked: the services that know the viewer.
        database: recommendation's own, where the signals are that rest.
        time: tells the time.
        weights: how the blend weighs its parts.
    """

    def __init__(
        self,
        library: TitleStore,
        space: VectorIndex,
        watching: PopularityTracker,
        training: Training,
        asked: viewer_clients.ViewerClients,
        database: db.Database,
        time: clock.Clock,
        weights: scoring.Weights | None = None,
    ) -> None:
        self.library = library
        self.space = space
        self.watching = watching
        self.training = training
        self.peers = asked
        self.database = database
        self.clock = time
        self.weights = weights or scoring.Weights()
        #: What takes long is computed there.
        self.cores = thread_pool.ThreadPool()
        self._shelf = feature_matrix.build_matrix(library.catalogue())
        self._laying = asyncio.Lock()
        self.refusals = excluded_titles.ExcludedTitles(_MOST_PROFILES)
        #: What they have finished as well: a home may let them go on with that, lists of what is like a title may not.
        self.unwanted = excluded_titles.ExcludedTitles(_MOST_PROFILES)
        self._meaning: tuple[int, int, scoring.Meaning] | None = None

    async def shelf(self) -> feature_matrix.FeatureMatrix:
        """Returns the titles as they are now, laid out beside the event loop where they have changed."""
        if self._shelf.epoch != self.library.epoch:
            async with self._laying:
                if self._shelf.epoch != self.library.epoch:
                    self._shelf = await asyncio.to_thread(feature_matrix.build_matrix, self.library.catalogue())
        return self._shelf

    def meaning(self, shelf: feature_matrix.FeatureMatrix) -> scoring.Meaning:
        """Returns where titles lie now; that stays so, whatever changes later."""
        if self._meaning is None or self._meaning[:2] != (shelf.epoch, self.space.version):
            self._meaning = (shelf.epoch, self.space.version, meaning_of(self.space, shelf))
        return self._meaning[2]

    async def known(self, caller: context.Caller, *, patient: bool = False) -> Known:
        """Returns what is known of the calling profile, at once or, for who is patient, a little later."""
        if not caller.profile_id:
            return STRANGER
        history, preferences, rest = await asyncio.gather(
            _unless_silent(self.peers.history(caller, patient=patient)),
            _unless_silent(self.peers.preferences(caller.profile_id, patient=patient)),
            _unless_silent(self.peers.to_database.ask(lambda: self._rest(caller.profile_id), patient=patient)),
        )
        if history is not None:
            self._refused(caller.profile_id, history)
        return Known(history, preferences, rest)

    async def hidden(self, profile_id: str) -> Collection[str]:
        """Returns what a profile hid, does not like or has finished. Raises Unavailable where that is not known."""
        found = self.unwanted.current(profile_id)
        if found is None:
            try:
                history = await self.peers.history(context.caller())
            except viewer_clients.Silence:
                raise errors.Unavailable("What is hidden is not known at the moment; try again.") from None
            found = self._refused(profile_id, history)
        return found

    def _refused(self, profile_id: str, history: signals.History) -> Collection[str]:
        refused = [each.title_id for each in history.titles if each.refused]
        self.refusals.take(profile_id, history.revision, [*refused, *history.excluded])
        unwanted = [each.title_id for each in history.titles if each.banned]
        return self.unwanted.take(profile_id, history.revision, [*unwanted, *history.excluded])

    async def inputs(self, of: Viewer, known: Known) -> homes.Inputs:
        """Returns what a home is decided from. Nothing of it changes later, so it may be read in a thread."""
        shelf = await self.shelf()
        history, paused = known.history or signals.History(), frozenset[str]()
        preferences = known.preferences or signals.Preferences()
        now = self.clock.now()
        if known.rest is not None:
            paused = known.rest.paused
        elif history.titles:
            # Which signals rest is not known, so none counts: what was hidden or finished stays away all the same.
            everything = signals.ledger(history.titles, preferences, frozenset(), now)
            paused = frozenset(each.signal_id for each in everything)
        return homes.Inputs(
            at=now,
            viewer=of.sees,
            language=of.language,
            shelf=shelf,
            meaning=self.meaning(shelf),
            history=history,
            preferences=preferences,
            paused=paused,
            popularity=self.watching.popularity,
            model=self.training.model,
            weights=self.weights,
        )

    async def _rest(self, profile_id: str) -> storage.signals.Rest:
        async with self.database.reading() as session:
            return await storage.signals.rest(session, profile_id)


def missing(known: Known) -> list[recommendation_pb2.Degradation.ValueType]:
    """Returns what choosing has to do without."""
    found = []
    if known.history is None or known.rest is None:
        found.append(recommendation_pb2.DEGRADATION_NO_SIGNALS)
    if known.preferences is None:
        found.append(recommendation_pb2.DEGRADATION_NO_PREFERENCES)
    return found


def meaning_of(space: VectorIndex, shelf: feature_matrix.FeatureMatrix) -> scoring.Meaning:
    """Returns where the titles of a shelf lie in a space."""
    places = np.fromiter((space.rows.get(title.title_id, -1) for title in shelf.titles), np.int64, len(shelf))
    return scoring.Meaning(space.version, space.model_version, space.matrix, places)


async def _unless_silent(asked: Awaitable[_T]) -> _T | None:
    try:
        return await asked
    except viewer_clients.Silence:
        return None
