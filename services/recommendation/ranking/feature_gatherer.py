"""Gathers the inputs of recommendations: from memory, and from the services that know the viewer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Collection
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from marquee.recommendation.v1 import recommendation_pb2

from services.kit import circuit_breaker, clock, context, db, errors, outages, visibility
from services.recommendation import storage
from services.recommendation.domain import feature_matrix, home_values, score_parts, signals
from services.recommendation.domain.consistency_token import ConsistencyToken
from services.recommendation.ranking import excluded_titles, thread_pool, viewer_clients
from services.recommendation.ranking.model_trainer import ModelTrainer
from services.recommendation.ranking.popularity_tracker import PopularityTracker
from services.recommendation.ranking.title_store import TitleStore
from services.recommendation.vectors.vector_index import VectorIndex

_MAX_PROFILES = 20_000

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Viewer:
    """The viewer that something is recommended to."""

    #: Empty for callers who are not signed in.
    profile_id: str
    maturity_ceiling: int
    country_code: str
    language: str

    @property
    def visibility(self) -> visibility.Viewer:
        """The properties that decide which titles the viewer may see."""
        return visibility.Viewer(self.maturity_ceiling, self.country_code)

    @property
    def anonymous(self) -> Viewer:
        """A viewer with the same properties and without a profile."""
        return Viewer("", self.maturity_ceiling, self.country_code, self.language)


@dataclass(frozen=True, slots=True)
class ViewerData:
    """What is known about a viewer; None where a service did not respond."""

    history: signals.History | None
    preferences: signals.Preferences | None
    paused: storage.signals.PausedSignals | None

    @property
    def token(self) -> ConsistencyToken:
        """The writes of the viewer that are included."""
        history = self.history.revision if self.history else 0
        return ConsistencyToken(history, self.paused.revision if self.paused else 0)

    @property
    def is_anonymous(self) -> bool:
        """Whether nothing tells this viewer from an anonymous one."""
        return self.history is None and self.preferences in {None, signals.Preferences()}


ANONYMOUS = ViewerData(signals.History(), signals.Preferences(), storage.signals.PausedSignals())


def viewer_of(caller: context.Caller, language: str = "") -> Viewer:
    """Returns the viewer that a caller stands for."""
    language = language or caller.language_code
    if not caller.account_id:
        return Viewer("", visibility.ANONYMOUS_CEILING, "", language)
    return Viewer(caller.profile_id, caller.maturity_ceiling, caller.country_code, language)


class FeatureGatherer:
    """Gathers the inputs of recommendations.

    Args:
        title_store: the titles.
        vector_index: their vectors.
        popularity_tracker: their popularity.
        model_trainer: the collaborative model.
        clients: the services that know the viewer.
        database: the database of recommendation, which has the paused signals.
        time: gives the time of a recommendation.
        weights: the weights of the parts of a score.
        patience: how many seconds a home waits for the database.
        pause: for how many seconds the database is not asked after it failed.
    """

    def __init__(
        self,
        title_store: TitleStore,
        vector_index: VectorIndex,
        popularity_tracker: PopularityTracker,
        model_trainer: ModelTrainer,
        clients: viewer_clients.ViewerClients,
        database: db.Database,
        time: clock.Clock,
        weights: score_parts.Weights | None = None,
        *,
        patience: float = viewer_clients.PATIENCE_SECONDS,
        pause: float = viewer_clients.PAUSE_SECONDS,
    ) -> None:
        self.title_store = title_store
        self.vector_index = vector_index
        self.popularity_tracker = popularity_tracker
        self.model_trainer = model_trainer
        self.clients = clients
        self.clock = time
        self.weights = weights or score_parts.Weights()
        #: Runs long computations.
        self.thread_pool = thread_pool.ThreadPool()
        self._database = database
        self._database_breaker = circuit_breaker.CircuitBreaker(
            "recommendation database", patience=patience, failures=1, pause=pause
        )
        self._matrix = feature_matrix.build_matrix(title_store.snapshot())
        self._building = asyncio.Lock()
        #: The titles that profiles refused: homes do not show them.
        self.refused = excluded_titles.ExcludedTitles(_MAX_PROFILES)
        #: The titles that profiles refused or finished: lists of similar titles do not show them.
        self.unwanted = excluded_titles.ExcludedTitles(_MAX_PROFILES)
        self._vectors: tuple[int, int, score_parts.TitleVectors] | None = None

    async def get_matrix(self) -> feature_matrix.FeatureMatrix:
        """Returns the features of all titles. They are computed in a thread when titles have changed."""
        if self._matrix.epoch != self.title_store.epoch:
            async with self._building:
                if self._matrix.epoch != self.title_store.epoch:
                    self._matrix = await asyncio.to_thread(feature_matrix.build_matrix, self.title_store.snapshot())
        return self._matrix

    def get_vectors(self, matrix: feature_matrix.FeatureMatrix) -> score_parts.TitleVectors:
        """Returns the vectors of the titles of a matrix as they are now. Later changes do not affect them."""
        if self._vectors is None or self._vectors[:2] != (matrix.epoch, self.vector_index.version):
            self._vectors = (matrix.epoch, self.vector_index.version, align_vectors(self.vector_index, matrix))
        return self._vectors[2]

    async def load_viewer_data(self, caller: context.Caller, *, patient: bool = False) -> ViewerData:
        """Returns what is known about the calling profile; waits longer for the services if `patient`."""
        if not caller.profile_id:
            return ANONYMOUS
        history, preferences, paused = await asyncio.gather(
            _none_if_unavailable(self.clients.get_history(caller, patient=patient)),
            _none_if_unavailable(self.clients.get_preferences(caller.profile_id, patient=patient)),
            _none_if_unavailable(
                self._database_breaker.call(lambda: self._load_paused(caller.profile_id), force=patient)
            ),
        )
        if history is not None:
            self._remember_excluded(caller.profile_id, history)
        return ViewerData(history, preferences, paused)

    async def list_unwanted(self, profile_id: str) -> Collection[str]:
        """Returns the titles that a profile hid, dislikes or has finished. Raises Unavailable or DeadlineExceeded."""
        current = self.unwanted.get_current(profile_id)
        if current is None:
            history = await self.clients.get_history(context.caller())
            current = self._remember_excluded(profile_id, history)
        return current

    async def gather_inputs(self, viewer: Viewer, data: ViewerData) -> home_values.Inputs:
        """Returns the inputs of a recommendation. They do not change later, so threads may read them."""
        matrix = await self.get_matrix()
        history, paused = data.history or signals.History(), frozenset[str]()
        preferences = data.preferences or signals.Preferences()
        now = self.clock.now()
        if data.paused is not None:
            paused = data.paused.signal_ids
        elif history.titles:
            # Which signals are paused is unknown, so none counts. Titles that are hidden or finished stay excluded.
            every_signal = signals.list_signals(history.titles, preferences, frozenset(), now)
            paused = frozenset(signal.signal_id for signal in every_signal)
        return home_values.Inputs(
            at=now,
            viewer=viewer.visibility,
            language=viewer.language,
            matrix=matrix,
            vectors=self.get_vectors(matrix),
            history=history,
            preferences=preferences,
            paused=paused,
            popularity=self.popularity_tracker.popularity,
            model=self.model_trainer.model,
            weights=self.weights,
        )

    def _remember_excluded(self, profile_id: str, history: signals.History) -> Collection[str]:
        """Remembers what a profile refused or finished; returns both."""
        refused = [each.title_id for each in history.titles if each.refused]
        self.refused.update(profile_id, history.revision, [*refused, *history.excluded])
        unwanted = [each.title_id for each in history.titles if each.unwanted]
        return self.unwanted.update(profile_id, history.revision, [*unwanted, *history.excluded])

    async def _load_paused(self, profile_id: str) -> storage.signals.PausedSignals:
        async with self._database.reading() as session:
            return await storage.signals.get_paused(session, profile_id)


def missing_data(data: ViewerData) -> list[recommendation_pb2.Degradation.ValueType]:
    """Returns the degradations that follow from services that did not respond."""
    degradations = []
    if data.history is None or data.paused is None:
        degradations.append(recommendation_pb2.DEGRADATION_NO_SIGNALS)
    if data.preferences is None:
        degradations.append(recommendation_pb2.DEGRADATION_NO_PREFERENCES)
    return degradations


def align_vectors(index: VectorIndex, matrix: feature_matrix.FeatureMatrix) -> score_parts.TitleVectors:
    """Returns the vectors of an index in the order of the titles of a matrix."""
    rows = np.fromiter((index.rows.get(title.title_id, -1) for title in matrix.titles), np.int64, len(matrix))
    return score_parts.TitleVectors(index.version, index.model_version, index.matrix, rows)


async def _none_if_unavailable(call: Awaitable[_T]) -> _T | None:
    try:
        return await call
    except Exception as raised:
        if isinstance(raised, errors.Internal) or outages.is_outage(raised):
            return None
        raise
