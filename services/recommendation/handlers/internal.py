"""The servicer for other services."""

import itertools
from typing import Any

from marquee.recommendation.v1 import recommendation_internal_pb2, recommendation_internal_pb2_grpc

from services.kit import paging
from services.recommendation import errors
from services.recommendation.domain import vectors
from services.recommendation.vectors.embedding_client import QueryVectors
from services.recommendation.vectors.vector_index import VectorIndex

_NEIGHBORS, _MAX_NEIGHBORS = 100, 500


class RecommendationInternal(recommendation_internal_pb2_grpc.RecommendationInternalServiceServicer):
    """Searches titles by meaning, and returns their vectors.

    Args:
        vector_index: the vectors of titles.
        query_vectors: the vectors of queries.
    """

    def __init__(self, vector_index: VectorIndex, query_vectors: QueryVectors) -> None:
        self._index = vector_index
        self._query_vectors = query_vectors

    async def FindByMeaning(
        self, request: recommendation_internal_pb2.FindByMeaningRequest, rpc: Any
    ) -> recommendation_internal_pb2.FindByMeaningResponse:
        """Returns a page of the titles that are closest to a query."""
        filters = ("meaning", request.query)
        size = paging.size(request.page_size, default=_NEIGHBORS, most=_MAX_NEIGHBORS)
        start = (paging.cursor(request.page_token, of=filters, kinds=(paging.non_negative_int,)) or [0])[0]
        end = start + size
        vector = None
        if len(self._index):
            vector = await self._query_vectors.get_vector(request.query, self._index.model_version)
        if vector is None:
            raise errors.MeaningUnavailable
        neighbors = list(itertools.islice(self._index.iterate_nearest(vector, end + 1), start, end + 1))
        return recommendation_internal_pb2.FindByMeaningResponse(
            neighbors=[
                recommendation_internal_pb2.Neighbor(title_id=each.title_id, similarity=each.similarity)
                for each in neighbors[:size]
            ],
            next_page_token=paging.token([end], of=filters) if len(neighbors) > size else "",
        )

    async def BatchGetTitleVectors(
        self, request: recommendation_internal_pb2.BatchGetTitleVectorsRequest, rpc: Any
    ) -> recommendation_internal_pb2.BatchGetTitleVectorsResponse:
        """Returns the vectors of the titles that have one."""
        response = recommendation_internal_pb2.BatchGetTitleVectorsResponse(model_version=self._index.model_version)
        for title_id in dict.fromkeys(request.title_ids):
            vector = self._index.vector(title_id)
            if vector is not None:
                response.vectors.add(title_id=title_id, vector=vectors.to_bytes(vector))
        return response
