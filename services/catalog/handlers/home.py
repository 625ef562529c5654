"""The servicer that stands in for recommendation while it is away."""

from __future__ import annotations

from typing import Any, TypeAlias

import grpc
from marquee.recommendation.v1 import recommendation_pb2, recommendation_pb2_grpc

from services.catalog import errors, facts, standing, unwanted
from services.kit import context, paging
from services.kit import errors as kit_errors

Rpc: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
#: Answers that are kept leave encoded, and the server lets bytes pass as they are.
Encoded: TypeAlias = Any

_RAILS, _MOST_RAILS = 6, 30


class StandIn(recommendation_pb2_grpc.RecommendationServiceServicer):
    """Answers homes while recommendation is away, and nothing else.

    Args:
        homes: decides homes and keeps them.
        unwelcome: tells what profiles do not want to see.
    """

    def __init__(self, homes: standing.Homes, unwelcome: unwanted.Unwanted) -> None:
        self._homes = homes
        self._unwanted = unwelcome

    async def GetHome(self, request: recommendation_pb2.GetHomeRequest, rpc: Rpc) -> Encoded:
        """Answers a page of what is popular, put forward and new."""
        caller = context.caller()
        language = request.display_language_code or caller.language_code
        told = await self._unwanted.by(caller) if caller.profile_id else frozenset()
        home = self._homes.of(facts.viewer(caller), language, told or frozenset())
        size = paging.size(request.page_size, default=_RAILS, most=_MOST_RAILS)
        version, start = paging.cursor(request.page_token, of=home.kind.list, kinds=(str, paging.non_negative_int)) or (
            "",
            0,
        )
        if start and version != home.version:
            raise kit_errors.PageTokenInvalid("The home was decided anew; begin with its first page.")
        return home.page(start, size, silent=told is None)

    async def ListSimilarTitles(
        self, request: recommendation_pb2.ListSimilarTitlesRequest, rpc: Rpc
    ) -> recommendation_pb2.ListSimilarTitlesResponse:
        """Refuses: the mesh does not send it here."""
        raise errors.StandsInForHomeAlone

    async def ListPostPlay(
        self, request: recommendation_pb2.ListPostPlayRequest, rpc: Rpc
    ) -> recommendation_pb2.ListPostPlayResponse:
        """Refuses: the mesh does not send it here."""
        raise errors.StandsInForHomeAlone

    async def PickForMood(
        self, request: recommendation_pb2.PickForMoodRequest, rpc: Rpc
    ) -> recommendation_pb2.PickForMoodResponse:
        """Refuses: the mesh does not send it here."""
        raise errors.StandsInForHomeAlone
