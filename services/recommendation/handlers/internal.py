"""The servicer for other services."""

import itertools
from typing import Any

from marquee.recommendation.v1 import recommendation_internal_pb2, recommendation_internal_pb2_grpc

from services.kit import paging
from services.recommendation import errors
from services.recommendation.domain import vectors
from services.recommendation.vectors.embedding_client import Queries
from services.recommendation.vectors.vector_index import VectorIndex

_NEIGHBOURS, _MOST_NEIGHBOURS = 100, 500


class RecommendationInternal(recommendation_internal_pb2_grpc.RecommendationInternalServiceServicer):
    """Tells other services what lies close in meaning.

    Args:
        space: the vectors of titles.
        queries: the vectors of words.
    """

    def __init__(self, space: VectorIndex, queries: Queries) -> None:
        self._space = space
        self._queries = queries

    async def FindByMeaning(
        self, request: recommendation_internal_pb2.FindByMeaningRequest, rpc: Any
    ) -> recommendation_internal_pb2.FindByMeaningResponse:
        """Returns a page of the titles that are closest to words."""
        filters = ("meaning", request.query)
        size = paging.size(request.page_size, default=_NEIGHBOURS, most=_MOST_NEIGHBOURS)
        cursor = paging.cursor(request.page_token, of=filters, kinds=(paging.non_negative_int,))
        start = cursor[0] if cursor else 0
        vector = await self._queries.vector(request.query, self._space.model_version) if len(self._space) else None
        if vector is None:
            raise errors.MeaningUnavailable
        found = list(itertools.islice(self._space.ranked(vector, start + size + 1), start, start + size + 1))
        return recommendation_internal_pb2.FindByMeaningResponse(
            neighbors=[
                recommendation_internal_pb2.Neighbor(title_id=near.title_id, similarity=near.similarity)
                for near in found[:size]
            ],
            next_page_token=paging.token([start + size], of=filters) if len(found) > size else "",
        )

    async def BatchGetTitleVectors(
        self, request: recommendation_internal_pb2.BatchGetTitleVectorsRequest, rpc: Any
    ) -> recommendation_internal_pb2.BatchGetTitleVectorsResponse:
        """Returns the vectors that there are."""
        answer = recommendation_internal_pb2.BatchGetTitleVectorsResponse(model_version=self._space.model_version)
        for title_id in dict.fromkeys(request.title_ids):
            vector = self._space.vector(title_id)
            if vector is not None:
                answer.vectors.add(title_id=title_id, vector=vectors.to_bytes(vector))
        return answer
