"""The RPCs about the guide: what suits a viewer tonight, and the badges of programmes and channels."""

import itertools
from typing import Any, TypeAlias

import numpy as np
from marquee.recommendation.v1 import recommendation_service_pb2, recommendation_service_pb2_grpc

from services.kit import context, paging, timestamps
from services.recommendation.convert import guide_messages
from services.recommendation.domain import consistency_token
from services.recommendation.domain.guide import GuideMatrix
from services.recommendation.guide.tonight_service import TonightService
from services.recommendation.ranking import feature_gatherer
from services.recommendation.ranking.title_store import TitleStore

#: Cached responses are encoded already, and the server sends bytes as they are.
Encoded: TypeAlias = Any

_ITEMS, _MAX_ITEMS = 20, 50
_MAX_BADGES = 500


class Tonight(recommendation_service_pb2_grpc.RecommendationServiceServicer):
    """Recommends programmes and channels.

    Args:
        title_store: knows the languages of texts.
        service: ranks programmes and titles.
    """

    def __init__(self, title_store: TitleStore, service: TonightService) -> None:
        self._title_store = title_store
        self._tonight = service

    async def GetTonight(self, request: recommendation_service_pb2.GetTonightRequest, rpc: Any) -> Encoded:
        """Returns what suits the caller tonight."""
        viewer = self._viewer(request.display_language_code)
        size = paging.size(request.page_size, default=_ITEMS, most=_MAX_ITEMS)
        return await self._tonight.get_tonight(context.caller(), viewer, size, _token(request))

    async def ListGuideBadges(
        self, request: recommendation_service_pb2.ListGuideBadgesRequest, rpc: Any
    ) -> recommendation_service_pb2.ListGuideBadgesResponse:
        """Returns the badges of the programmes and channels that the caller asks about."""
        viewer = self._viewer(request.display_language_code)
        current, chosen = await self._tonight.get_badges(context.caller(), viewer, _token(request))
        matrix = current.matrix
        is_visible = matrix.visible_airings(viewer.visibility, self._tonight.now())
        airings = [number for number in _list_airings(request, matrix) if is_visible[number]]
        if request.HasField("window"):
            channel_ids = frozenset(request.window.channel_ids)
        else:
            channel_ids = frozenset(matrix.channels[matrix.airings.channels[number]].channel_id for number in airings)
        programmes = guide_messages.programme_badges(chosen.badges, matrix, airings)
        return recommendation_service_pb2.ListGuideBadgesResponse(
            programmes=itertools.islice(programmes, _MAX_BADGES),
            channels=guide_messages.channel_badges(chosen.badges, matrix, channel_ids),
            degradations=chosen.degradations,
            expire_time=timestamps.from_datetime(chosen.expire_time),
        )

    def _viewer(self, display_language_code: str) -> feature_gatherer.Viewer:
        self._title_store.require_loaded()
        caller = context.caller()
        language = self._title_store.find_language(display_language_code or caller.language_code)
        return feature_gatherer.viewer_of(caller, language)


def _token(request: Any) -> consistency_token.ConsistencyToken:
    return consistency_token.parse(request.consistency_token if context.caller().profile_id else "")


def _list_airings(request: recommendation_service_pb2.ListGuideBadgesRequest, matrix: GuideMatrix) -> list[int]:
    """Returns the numbers of the airings that a request is about, by start time."""
    airings = matrix.airings
    if request.HasField("window"):
        channel_ids = frozenset(request.window.channel_ids)
        channels = [number for number, each in enumerate(matrix.channels) if each.channel_id in channel_ids]
        start = timestamps.to_datetime(request.window.start_time).timestamp()
        end = timestamps.to_datetime(request.window.end_time).timestamp()
        is_inside = np.isin(airings.channels, channels) & (airings.ends > start) & (airings.starts < end)
        numbers = np.flatnonzero(is_inside)
    else:
        known = (airings.numbers.get(programme_id) for programme_id in dict.fromkeys(request.programme_ids))
        numbers = np.array([number for number in known if number is not None], dtype=np.int64)
    found: list[int] = numbers[np.argsort(airings.starts[numbers], kind="stable")].tolist()
    return found
