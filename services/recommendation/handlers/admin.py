"""The servicer of models and decisions, for operators."""

from __future__ import annotations

from typing import Any

from marquee.recommendation.v1 import (
    recommendation_admin_service_pb2,
    recommendation_admin_service_pb2_grpc,
    recommendation_pb2,
)

from services.kit import clock, db, ids, paging
from services.recommendation import storage
from services.recommendation.convert import admin_messages, home_messages
from services.recommendation.ranking.model_trainer import ModelTrainer
from services.recommendation.replay import decision_replay, input_changes

_ROWS, _MAX_ROWS = 20, 100


class RecommendationAdmin(recommendation_admin_service_pb2_grpc.RecommendationAdminServiceServicer):
    """Trains models, and explains decisions.

    Args:
        database: the database of recommendation.
        model_trainer: trains models.
        replayer: replays decisions.
        time: tells which decisions have expired.
    """

    def __init__(
        self,
        database: db.Database,
        model_trainer: ModelTrainer,
        replayer: decision_replay.DecisionReplayer,
        time: clock.Clock,
    ) -> None:
        self._database = database
        self._model_trainer = model_trainer
        self._replayer = replayer
        self._clock = time

    async def TrainModel(
        self, request: recommendation_admin_service_pb2.TrainModelRequest, rpc: Any
    ) -> recommendation_admin_service_pb2.TrainModelResponse:
        """Starts to train a model; returns it."""
        return recommendation_admin_service_pb2.TrainModelResponse(
            model=admin_messages.model(await self._model_trainer.start(request.request_id))
        )

    async def ListModels(
        self, request: recommendation_admin_service_pb2.ListModelsRequest, rpc: Any
    ) -> recommendation_admin_service_pb2.ListModelsResponse:
        """Returns a page of models, the latest first."""
        size = paging.size(request.page_size, default=_ROWS, most=_MAX_ROWS)
        before = _read_cursor(request.page_token, ("models",))
        async with self._database.reading() as session:
            rows = await storage.models.page(session, before, limit=size + 1)
        return recommendation_admin_service_pb2.ListModelsResponse(
            models=map(admin_messages.model, rows[:size]),
            next_page_token=paging.token([rows[size - 1].model_id], of=("models",)) if len(rows) > size else "",
        )

    async def ListDecisions(
        self, request: recommendation_admin_service_pb2.ListDecisionsRequest, rpc: Any
    ) -> recommendation_admin_service_pb2.ListDecisionsResponse:
        """Returns a page of decisions, the latest first."""
        size = paging.size(request.page_size, default=_ROWS, most=_MAX_ROWS)
        filters = ("decisions", request.profile_id)
        before = _read_cursor(request.page_token, filters)
        async with self._database.reading() as session:
            rows = await storage.decisions.page(
                session, request.profile_id or None, before, self._clock.now(), limit=size + 1
            )
        kept_inputs = await self._replayer.list_kept_inputs(rows[:size])
        return recommendation_admin_service_pb2.ListDecisionsResponse(
            decisions=map(admin_messages.decision, rows[:size], kept_inputs),
            next_page_token=paging.token([rows[size - 1].decision_id], of=filters) if len(rows) > size else "",
        )

    async def ReplayDecision(
        self, request: recommendation_admin_service_pb2.ReplayDecisionRequest, rpc: Any
    ) -> recommendation_admin_service_pb2.ReplayDecisionResponse:
        """Returns the home of a decision computed again, and whether it is identical."""
        row = await self._replayer.get(request.decision_id)
        weights = admin_messages.read_weights(request.weights) if request.HasField("weights") else None
        recorded = await self._replayer.replay(row)
        home = recorded if weights is None else await self._replayer.replay(row, weights)
        used_weights = weights or (await self._replayer.load_contents(row))["weights"]
        [kept_inputs] = await self._replayer.list_kept_inputs([row])
        return recommendation_admin_service_pb2.ReplayDecisionResponse(
            decision=admin_messages.decision(row, kept_inputs),
            home=home,
            identical=home_messages.digest(home) == row.digest,
            weights=admin_messages.weights(used_weights),
            rails=home_messages.differences(recorded, home),
        )

    async def DiffDecisions(
        self, request: recommendation_admin_service_pb2.DiffDecisionsRequest, rpc: Any
    ) -> recommendation_admin_service_pb2.DiffDecisionsResponse:
        """Returns how two decisions differ."""
        rows = [await self._replayer.get(each) for each in (request.left_decision_id, request.right_decision_id)]
        left_contents, right_contents = [await self._replayer.load_contents(row) for row in rows]
        left_versions, right_versions = map(admin_messages.input_versions, rows)
        can_replay = all(map(decision_replay.has_current_rules, rows))
        homes = [await self._replayer.replay(row) for row in rows] if can_replay else []
        return recommendation_admin_service_pb2.DiffDecisionsResponse(
            inputs=[
                recommendation_pb2.InputDiff(
                    name=name,
                    left_version=left_versions.get(name, ""),
                    right_version=right_versions.get(name, ""),
                    changes=input_changes.describe_changes(name, left_contents[name], right_contents[name])
                    if name in left_contents
                    else [],
                )
                for name in dict.fromkeys([*left_versions, *right_versions])
                if left_versions.get(name) != right_versions.get(name)
            ],
            rails=home_messages.differences(*homes) if homes else [],
            gone_input="" if can_replay else "rules",
        )


def _read_cursor(page_token: str, filters: tuple[str, ...]) -> str | None:
    cursor = paging.cursor(page_token, of=filters, kinds=(ids.parse,))
    return cursor[0] if cursor else None
