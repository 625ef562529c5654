"""Asks recommendation for titles that are similar to a query in meaning; search continues without it."""

from __future__ import annotations

import re

from marquee.recommendation.v1 import recommendation_internal_pb2, recommendation_internal_pb2_grpc

from services.catalog.domain import fusion
from services.catalog.titles import title_ordinals
from services.kit import circuit_breaker, errors

#: The model knows English; of other scripts it sees letters, not words.
_WORD = re.compile("[a-z]{3}", re.IGNORECASE)


class SemanticClient:
    """Finds titles by meaning.

    Args:
        recommendation: holds the vectors of titles.
        ordinals: the ordinals of titles.
        patience: how many seconds an answer may take.
        pause: how many seconds recommendation is left alone after three failures in a row.
    """

    def __init__(
        self,
        recommendation: recommendation_internal_pb2_grpc.RecommendationInternalServiceAsyncStub,
        ordinals: title_ordinals.TitleOrdinals,
        *,
        patience: float,
        pause: float = 2.0,
    ) -> None:
        self._recommendation = recommendation
        self._ordinals = ordinals
        self._breaker = circuit_breaker.CircuitBreaker("recommendation", patience=patience, pause=pause)

    async def neighbors(self, query: str, limit: int) -> list[fusion.Neighbor] | None:
        """Returns the titles that are most similar to a query, the most similar first; None if it cannot be known."""
        if not _WORD.search(query):
            return None
        request = recommendation_internal_pb2.FindByMeaningRequest(query=query, page_size=limit)
        try:
            response = await self._breaker.call(lambda: self._recommendation.FindByMeaning(request))
        except errors.Error:
            return None
        return [
            fusion.Neighbor(ordinal, neighbor.similarity)
            for neighbor in response.neighbors
            if (ordinal := self._ordinals.get(neighbor.title_id)) is not None
        ]
