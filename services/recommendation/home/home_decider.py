"""Computes homes in threads, and has the decisions recorded."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from marquee.recommendation.v1 import recommendation_pb2

from services.kit import ids
from services.recommendation.convert import home_messages
from services.recommendation.domain import home_builder, home_values
from services.recommendation.domain.consistency_token import ConsistencyToken
from services.recommendation.ranking.feature_gatherer import FeatureGatherer, Viewer, ViewerData
from services.recommendation.replay import decision_recorder

#: How long a home is valid if nothing happens.
LIFETIME = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Decision:
    """A home that was computed."""

    decision_id: str
    viewer: Viewer
    home: recommendation_pb2.DecidedHome
    degradations: tuple[int, ...]
    decide_time: datetime
    expire_time: datetime
    #: The writes that are included.
    token: ConsistencyToken = field(default_factory=ConsistencyToken)


class HomeDecider:
    """Computes homes.

    Args:
        gatherer: gathers the inputs.
        recorder: stores decisions.
    """

    def __init__(self, gatherer: FeatureGatherer, recorder: decision_recorder.DecisionRecorder) -> None:
        self._gatherer = gatherer
        self._recorder = recorder

    async def decide(self, viewer: Viewer, data: ViewerData, missing: tuple[int, ...]) -> Decision:
        """Returns the home of a viewer, and has it recorded.

        Args:
            viewer: the viewer.
            data: what is known about the viewer.
            missing: the degradations that are known already.
        """
        inputs, decision_id = await self._gatherer.gather_inputs(viewer, data), ids.new()
        home, digest, next_change = await self._gatherer.thread_pool.run(lambda: _compute(inputs, decision_id))
        degradations = [*missing, *home_messages.missing_inputs(inputs)]
        may_be_recorded = self._recorder.spend(viewer.profile_id)
        if not may_be_recorded or not self._recorder.is_available:
            degradations.append(recommendation_pb2.DEGRADATION_NOT_RECORDED)
        expire_time = inputs.at + LIFETIME
        decision = Decision(
            decision_id=decision_id,
            viewer=viewer,
            home=home,
            degradations=tuple(degradations),
            decide_time=inputs.at,
            expire_time=min(expire_time, next_change) if next_change else expire_time,
            token=data.token,
        )
        if may_be_recorded:
            self._recorder.add(
                decision_recorder.Decided(
                    decision_id=decision_id,
                    profile_id=viewer.profile_id,
                    inputs=inputs,
                    model_id=None if inputs.model is None else inputs.model.version,
                    degradations=decision.degradations,
                    digest=digest,
                )
            )
        return decision


def _compute(
    inputs: home_values.Inputs, decision_id: str
) -> tuple[recommendation_pb2.DecidedHome, bytes, datetime | None]:
    """Returns a home, its digest, and when the home changes although nobody does anything."""
    home = home_messages.home(home_builder.build_home(inputs), decision_id)
    return home, home_messages.digest(home), home_builder.next_change(inputs)
