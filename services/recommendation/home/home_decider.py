"""Decisions: homes as they were chosen, in a thread, and handed to who writes them down."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from marquee.recommendation.v1 import recommendation_pb2

from services.kit import ids
from services.recommendation.convert import home_messages
from services.recommendation.domain import home_builder, homes
from services.recommendation.home import consistency_token
from services.recommendation.ranking.feature_gatherer import FeatureGatherer, Known, Viewer
from services.recommendation.replay import decision_recorder

#: How long a home is answered if nothing happens.
KEPT = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Decision:
    """A home that was decided."""

    decision_id: str
    viewer: Viewer
    home: recommendation_pb2.DecidedHome
    degradations: tuple[int, ...]
    decide_time: datetime
    expire_time: datetime
    #: What it was made from: nothing that was written later is in it.
    made_from: consistency_token.Written = field(default_factory=consistency_token.Written)


class HomeDecider:
    """Decides homes beside the event loop.

    Args:
        room: gathers what a home is decided from.
        recorder: writes decisions down.
    """

    def __init__(self, room: FeatureGatherer, recorder: decision_recorder.DecisionRecorder) -> None:
        self._room = room
        self._recorder = recorder

    async def decide(self, viewer: Viewer, known: Known, missing: tuple[int, ...]) -> Decision:
        """Returns what is chosen for a viewer of whom so much is known, and has it written down."""
        inputs, decision_id = await self._room.inputs(viewer, known), ids.new()
        home, told, edge = await self._room.cores.run(lambda: _decided(inputs, decision_id))
        lacking = [*missing, *home_messages.lacking(inputs)]
        if not self._recorder.ready:
            lacking.append(recommendation_pb2.DEGRADATION_NOT_RECORDED)
        decision = Decision(
            decision_id=decision_id,
            viewer=viewer,
            home=home,
            degradations=tuple(lacking),
            decide_time=inputs.at,
            expire_time=min(inputs.at + KEPT, edge) if edge else inputs.at + KEPT,
            made_from=consistency_token.Written(
                known.history.revision if known.history else 0, known.rest.revision if known.rest else 0
            ),
        )
        self._recorder.take(_recorded(decision, inputs, told))
        return decision


def digest(home: recommendation_pb2.DecidedHome) -> bytes:
    """Returns what tells a home from another."""
    return hashlib.sha256(home.SerializeToString(deterministic=True)).digest()


def _decided(inputs: homes.Inputs, decision_id: str) -> tuple[recommendation_pb2.DecidedHome, bytes, datetime | None]:
    """Returns a home with its digest, and when another would be decided though nobody does anything."""
    home = home_messages.home(home_builder.decide(inputs), decision_id)
    return home, digest(home), home_builder.next_edge(inputs)


def _recorded(decision: Decision, inputs: homes.Inputs, told: bytes) -> decision_recorder.Decided:
    return decision_recorder.Decided(
        decision_id=decision.decision_id,
        profile_id=decision.viewer.profile_id,
        inputs=inputs,
        model_id=None if inputs.model is None else inputs.model.version,
        degradations=decision.degradations,
        digest=told,
    )
