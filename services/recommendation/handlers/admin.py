"""The servicer for operators."""

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
from services.recommendation.home import home_decider
from services.recommendation.ranking import model_trainer
from services.recommendation.replay import decision_replay

_ROWS, _MOST_ROWS = 20, 100


class RecommendationAdmin(recommendation_admin_service_pb2_grpc.RecommendationAdminServiceServicer):
    """Trains models, and shows what was decided and why.

    Args:
        database: recommendation's own.
        models: trains them.
        replayer: decides again.
        time: tells what is kept still.
    """

    def __init__(
        self,
        database: db.Database,
        models: model_trainer.Training,
        replayer: decision_replay.Replayer,
        time: clock.Clock,
    ) -> None:
        self._database = database
        self._training = models
        self._replayer = replayer
        self._clock = time

    async def TrainModel(
        self, request: recommendation_admin_service_pb2.TrainModelRequest, rpc: Any
    ) -> recommendation_admin_service_pb2.TrainModelResponse:
        """Starts to train a model; returns it."""
        return recommendation_admin_service_pb2.TrainModelResponse(
            model=admin_messages.model(await self._training.start(request.request_id))
        )

    async def ListModels(
        self, request: recommendation_admin_service_pb2.ListModelsRequest, rpc: Any
    ) -> recommendation_admin_service_pb2.ListModelsResponse:
        """Returns a page of models, the latest first."""
        size = paging.size(request.page_size, default=_ROWS, most=_MOST_ROWS)
        before = _before(request.page_token, ("models",))
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
        size = paging.size(request.page_size, default=_ROWS, most=_MOST_ROWS)
        of = ("decisions", request.profile_id)
        before = _before(request.page_token, of)
        async with self._database.reading() as session:
            rows = await storage.decisions.page(
                session, request.profile_id or None, before, self._clock.now(), limit=size + 1
            )
        kept = await self._replayer.kept(rows[:size])
        return recommendation_admin_service_pb2.ListDecisionsResponse(
            decisions=map(admin_messages.decision, rows[:size], kept),
            next_page_token=paging.token([rows[size - 1].decision_id], of=of) if len(rows) > size else "",
        )

    async def ReplayDecision(
        self, request: recommendation_admin_service_pb2.ReplayDecisionRequest, rpc: Any
    ) -> recommendation_admin_service_pb2.ReplayDecisionResponse:
        """Returns what is decided again, and whether it is the same."""
        row = await self._replayer.get(request.decision_id)
        asked = admin_messages.read_weights(request.weights) if request.HasField("weights") else None
        then = await self._replayer.replay(row)
        now = then if asked is None else await self._replayer.replay(row, asked)
        used = asked or (await self._replayer.contents(row))["weights"]
        [kept] = await self._replayer.kept([row])
        return recommendation_admin_service_pb2.ReplayDecisionResponse(
            decision=admin_messages.decision(row, kept),
            home=now,
            identical=home_decider.digest(now) == row.digest,
            weights=admin_messages.weights(used),
            rails=home_messages.differences(then, now),
        )

    async def DiffDecisions(
        self, request: recommendation_admin_service_pb2.DiffDecisionsRequest, rpc: Any
    ) -> recommendation_admin_service_pb2.DiffDecisionsResponse:
        """Returns how two decisions differ."""
        left = await self._replayer.get(request.left_decision_id)
        right = await self._replayer.get(request.right_decision_id)
        contents = await self._replayer.contents(left), await self._replayer.contents(right)
        before, after = admin_messages.versions(left), admin_messages.versions(right)
        gone = "" if self._replayer.is_ruled(left) and self._replayer.is_ruled(right) else "rules"
        homes = [] if gone else [await self._replayer.replay(left), await self._replayer.replay(right)]
        return recommendation_admin_service_pb2.DiffDecisionsResponse(
            inputs=[
                recommendation_pb2.InputDiff(
                    name=name,
                    left_version=before.get(name, ""),
                    right_version=after.get(name, ""),
                    changes=decision_replay.changes(name, contents[0][name], contents[1][name])
                    if name in contents[0]
                    else [],
                )
                for name in dict.fromkeys([*before, *after])
                if before.get(name) != after.get(name)
            ],
            rails=home_messages.differences(*homes) if homes else [],
            gone_input=gone,
        )


def _before(page_token: str, of: tuple[str, ...]) -> str | None:
    cursor = paging.cursor(page_token, of=of, kinds=(ids.parse,))
    return cursor[0] if cursor else None
