"""Computes recorded decisions again from their stored inputs."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from typing import Any

from marquee.recommendation.v1 import recommendation_pb2

from services.kit import clock, db, visibility
from services.recommendation import errors, storage
from services.recommendation.convert import home_messages, input_codec
from services.recommendation.domain import feature_matrix, home_builder, home_values, score_parts
from services.recommendation.ranking.feature_gatherer import FeatureGatherer, align_vectors
from services.recommendation.replay import ruleset_digest
from services.recommendation.vectors.vector_store import VectorStore

#: Decisions are stored a moment after they were returned; a client that asks for the next page sooner has to wait.
_PATIENCE_SECONDS, _POLL_SECONDS = 1.0, 0.05
#: The inputs that are stored with the decision itself, or as versions for as long as decisions are kept.
_ALWAYS_KEPT = frozenset({"catalog", "vectors", "time", "language", "maturity_ceiling", "country_code"})


class DecisionReplayer:
    """Reads and replays decisions.

    Args:
        gatherer: has the current titles and models.
        vector_store: loads earlier versions of vectors.
        database: the database of recommendation.
        at: tells which decisions have expired.
        patience: how many seconds to wait for a decision that may be about to be stored.
    """

    def __init__(
        self,
        gatherer: FeatureGatherer,
        vector_store: VectorStore,
        database: db.Database,
        at: clock.Clock,
        *,
        patience: float = _PATIENCE_SECONDS,
    ) -> None:
        self._gatherer = gatherer
        self._vector_store = vector_store
        self._database = database
        self._clock = at
        self._patience = patience

    async def get(self, decision_id: str) -> storage.decisions.Decision:
        """Returns a stored decision. Raises DecisionNotFound."""
        async with self._database.reading() as session:
            row = await storage.decisions.get(session, decision_id, self._clock.now())
        if row is None:
            raise errors.DecisionNotFound(decision_id)
        return row

    async def wait_for(self, decision_id: str) -> storage.decisions.Decision:
        """Returns a decision that another replica may be about to store. Raises DecisionNotFound."""
        until = time.monotonic() + self._patience
        while True:
            try:
                return await self.get(decision_id)
            except errors.DecisionNotFound:
                if time.monotonic() >= until:
                    raise
            await asyncio.sleep(_POLL_SECONDS)

    async def replay(
        self, row: storage.decisions.Decision, weights: score_parts.Weights | None = None
    ) -> recommendation_pb2.DecidedHome:
        """Returns the home of the inputs of a decision, with its own weights or with others. Raises InputGone."""
        inputs = await self._load_inputs(row)
        if weights is not None:
            inputs = dataclasses.replace(inputs, weights=weights)
        return await self._gatherer.thread_pool.run(
            lambda: home_messages.home(home_builder.build_home(inputs), row.decision_id)
        )

    async def replay_identically(self, row: storage.decisions.Decision) -> recommendation_pb2.DecidedHome:
        """Returns the home of a decision. Raises InputGone, also if the same bytes cannot be computed any more."""
        home = await self.replay(row)
        if home_messages.digest(home) != row.digest:
            raise errors.InputGone("rules", row.decision_id)
        return home

    async def list_remaining_items(
        self, row: storage.decisions.Decision, rail_id: str
    ) -> list[recommendation_pb2.Item]:
        """Returns the items of a rail that follow those in the home. Raises InputGone."""
        inputs = await self._load_inputs(row)
        return await self._gatherer.thread_pool.run(
            lambda: [home_messages.item(item) for item in home_builder.list_remaining_items(inputs, rail_id)]
        )

    async def load_contents(self, row: storage.decisions.Decision) -> dict[str, Any]:
        """Returns the inputs that are stored as contents, by name. Raises InputGone."""
        async with self._database.reading() as session:
            contents = await storage.decisions.contents(session, [digest for _, digest in row.contents])
        for name, digest in row.contents:
            if digest not in contents:
                raise errors.InputGone(name, row.decision_id)
        return {
            name: input_codec.DECODERS[name](input_codec.decompress(contents[digest])) for name, digest in row.contents
        }

    async def list_kept_inputs(self, rows: list[storage.decisions.Decision]) -> list[frozenset[str]]:
        """Returns for each decision the names of the inputs that are still kept."""
        digests = {digest for row in rows for _, digest in row.contents}
        async with self._database.reading() as session:
            contents = await storage.decisions.kept_digests(session, digests)
            models = await storage.models.kept_models(session, [row.model_id for row in rows if row.model_id])
        return [
            _ALWAYS_KEPT
            | ({"rules"} if has_current_rules(row) else frozenset())
            | {name for name, digest in row.contents if digest in contents}
            | ({"model"} if row.model_id in models else frozenset())
            for row in rows
        ]

    async def _load_inputs(self, row: storage.decisions.Decision) -> home_values.Inputs:
        if not has_current_rules(row):
            raise errors.InputGone("rules", row.decision_id)
        contents = await self.load_contents(row)
        history, paused = contents["signals"]
        model = None if row.model_id is None else await self._gatherer.model_trainer.load_model(row.model_id)
        if row.model_id is not None and model is None:
            raise errors.InputGone("model", row.decision_id)
        try:
            matrix = await self._load_matrix(row.epoch)
            title_vectors = await self._load_vectors(row, matrix)
        except errors.InputGone as gone:
            raise errors.InputGone(gone.name, row.decision_id) from None
        return home_values.Inputs(
            at=row.decide_time,
            viewer=visibility.Viewer(row.maturity_ceiling, row.country_code),
            language=row.language,
            matrix=matrix,
            vectors=title_vectors,
            history=history,
            preferences=contents["preferences"],
            paused=paused,
            popularity=contents["popularity"],
            model=model,
            weights=contents["weights"],
        )

    async def _load_matrix(self, epoch: int) -> feature_matrix.FeatureMatrix:
        matrix = await self._gatherer.get_matrix()
        if matrix.epoch == epoch:
            return matrix
        snapshot = await self._gatherer.title_store.load_snapshot(epoch)
        return await asyncio.to_thread(feature_matrix.build_matrix, snapshot)

    async def _load_vectors(
        self, row: storage.decisions.Decision, matrix: feature_matrix.FeatureMatrix
    ) -> score_parts.TitleVectors:
        if not row.embedder:
            return score_parts.no_vectors(matrix)
        # Loaded even if the version is that of now: this replica may not have loaded all of it yet.
        index = await self._vector_store.load_version(row.vectors_version)
        if index.model_version != row.embedder:
            raise errors.InputGone("vectors")
        return await asyncio.to_thread(align_vectors, index, matrix)


def has_current_rules(row: storage.decisions.Decision) -> bool:
    """Returns whether a decision was made by the rules of this process. Earlier rules are not kept."""
    return row.rules == ruleset_digest.DIGEST
