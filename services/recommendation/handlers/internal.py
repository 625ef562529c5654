"""The servicer for other services."""

from typing import Any

from marquee.recommendation.v1 import recommendation_pb2, recommendation_pb2_grpc

from services.recommendation.domain import vectors
from services.recommendation.space import Space


class RecommendationInternal(recommendation_pb2_grpc.RecommendationInternalServiceServicer):
    """Tells other services what lies close in meaning.

    Args:
        space: the vectors of titles.
    """

    def __init__(self, space: Space) -> None:
        self._space = space

    async def BatchGetTitleVectors(
        self, request: recommendation_pb2.BatchGetTitleVectorsRequest, rpc: Any
    ) -> recommendation_pb2.BatchGetTitleVectorsResponse:
        """Answers the vectors that there are."""
        answer = recommendation_pb2.BatchGetTitleVectorsResponse(model_version=self._space.model_version)
        for title_id in dict.fromkeys(request.title_ids):
            vector = self._space.vector(title_id)
            if vector is not None:
                answer.vectors.add(title_id=title_id, vector=vectors.to_bytes(vector))
        return answer
