"""Asks recommendation which titles are close to words in meaning; goes on without it where it is away or late."""

from __future__ import annotations

import asyncio
import re

from marquee.recommendation.v1 import recommendation_internal_pb2, recommendation_internal_pb2_grpc

from services.catalog import title_ordinals
from services.catalog.domain import fusion
from services.kit import errors, logs

#: The model knows English; in other scripts it sees letters, not words.
_WORD = re.compile("[a-z]{3}", re.IGNORECASE)
#: Who fails so often in a row is left alone for a while: nobody is to wait for it with each letter typed.
_MOST_FAILURES, _PAUSE_SECONDS = 3, 2.0

_log = logs.logger()


class SemanticClient:
    """What titles mean.

    Args:
        recommendation: finds by meaning.
        numbered: the numbers of titles.
        patience: how many seconds an answer may take.
    """

    def __init__(
        self,
        recommendation: recommendation_internal_pb2_grpc.RecommendationInternalServiceAsyncStub,
        numbered: title_ordinals.TitleOrdinals,
        *,
        patience: float,
    ) -> None:
        self._recommendation = recommendation
        self._numbered = numbered
        self._patience = patience
        self._failures = 0
        self._paused_until = 0.0

    async def near(self, query: str, limit: int) -> list[fusion.Near] | None:
        """Answers the titles that are closest to a query, the closest first; None where that cannot be told."""
        if not _WORD.search(query) or asyncio.get_running_loop().time() < self._paused_until:
            return None
        request = recommendation_internal_pb2.FindByMeaningRequest(query=query, page_size=limit)
        try:
            # Not the call's own deadline: the mesh would take it for a failure of its own and try again.
            async with asyncio.timeout(self._patience):
                answer = await self._recommendation.FindByMeaning(request)
        except (errors.Error, TimeoutError) as away:
            self._fail(away)
            return None
        self._failures = 0
        return [
            fusion.Near(number, neighbour.similarity)
            for neighbour in answer.neighbors
            if (number := self._numbered.known(neighbour.title_id)) is not None
        ]

    def _fail(self, cause: Exception) -> None:
        self._failures += 1
        if self._failures >= _MOST_FAILURES:
            self._paused_until = asyncio.get_running_loop().time() + _PAUSE_SECONDS
            _log.warning("search goes on without meaning", cause=str(cause) or type(cause).__name__)
