"""The servicer of recommendations: homes, and with its base classes all else that is recommended."""

from __future__ import annotations

import dataclasses
from typing import Any, TypeAlias

from marquee.recommendation.v1 import recommendation_pb2, recommendation_service_pb2

from services.kit import context, errors, ids, paging, timestamps
from services.recommendation import storage
from services.recommendation.convert import home_messages
from services.recommendation.domain import consistency_token
from services.recommendation.guide.tonight_service import TonightService
from services.recommendation.handlers import post_play, similar_titles, tonight
from services.recommendation.home import home_decider, home_service
from services.recommendation.ranking import feature_gatherer
from services.recommendation.replay import decision_replay
from services.recommendation.vectors.embedding_client import QueryVectors

#: Cached responses are encoded already, and the server sends bytes as they are.
Encoded: TypeAlias = Any

_RAILS, _MAX_RAILS = 6, 30
_ITEMS, _MAX_ITEMS = 20, 50


class Recommendation(similar_titles.SimilarTitles, post_play.PostPlay, tonight.Tonight):
    """Recommends titles and programmes to viewers.

    Args:
        gatherer: gathers the inputs.
        homes: computes and caches homes.
        replayer: replays homes that are no longer in memory.
        query_vectors: the vectors of the words for a mood.
        tonight_service: ranks programmes and titles for tonight.
    """

    def __init__(
        self,
        gatherer: feature_gatherer.FeatureGatherer,
        homes: home_service.HomeService,
        replayer: decision_replay.DecisionReplayer,
        query_vectors: QueryVectors,
        tonight_service: TonightService,
    ) -> None:
        similar_titles.SimilarTitles.__init__(
            self,
            gatherer.title_store,
            gatherer.vector_index,
            gatherer.clock,
            gatherer.list_unwanted,
            gatherer.popularity_tracker.recent_interest,
        )
        post_play.PostPlay.__init__(self, gatherer, query_vectors)
        tonight.Tonight.__init__(self, gatherer.title_store, tonight_service)
        self._homes = homes
        self._replayer = replayer

    async def GetHome(self, request: recommendation_service_pb2.GetHomeRequest, rpc: Any) -> Encoded:
        """Returns a page of the caller's home."""
        caller = context.caller()
        language = self._gatherer.title_store.find_language(request.display_language_code or caller.language_code)
        viewer = feature_gatherer.viewer_of(caller, language)
        size = paging.size(request.page_size, default=_RAILS, most=_MAX_RAILS)
        if request.page_token:
            return await self._get_later_page(request.page_token, viewer, size)
        token = consistency_token.parse(request.consistency_token if caller.profile_id else "")
        if cached := self._homes.get_cached_page(viewer, size, token):
            return cached
        decision = await self._homes.get_home(caller, viewer, token)
        page = self._build_page(decision, viewer, 0, size)
        return self._homes.cache_page(viewer, size, decision, page.SerializeToString())

    async def ListRailItems(
        self, request: recommendation_service_pb2.ListRailItemsRequest, rpc: Any
    ) -> recommendation_service_pb2.ListRailItemsResponse:
        """Returns a page of the items of a rail that follow those in the home."""
        viewer, filters = feature_gatherer.viewer_of(context.caller()), home_messages.rail_filters(request.rail_id)
        cursor = paging.cursor(request.page_token, of=filters, kinds=(ids.parse, paging.non_negative_int))
        decision_id, start = cursor or ("", 0)
        try:
            row = await self._replayer.wait_for(decision_id)
            _require_own(_viewer_of_row(row), viewer)
            items = await self._replayer.list_remaining_items(row, request.rail_id)
        except errors.Error:
            raise errors.PageTokenInvalid("The home of this rail is not available any more; get it again.") from None
        end = start + paging.size(request.page_size, default=_ITEMS, most=_MAX_ITEMS)
        return recommendation_service_pb2.ListRailItemsResponse(
            items=self._homes.filter_visible(viewer, items[start:end]),
            next_page_token=paging.token([decision_id, end], of=filters) if len(items) > end else "",
        )

    async def _get_later_page(
        self, page_token: str, viewer: feature_gatherer.Viewer, size: int
    ) -> recommendation_service_pb2.GetHomeResponse:
        cursor = paging.cursor(page_token, of=_filters(viewer), kinds=(ids.parse, paging.non_negative_int))
        decision_id, start = cursor or ("", 0)
        decision = self._homes.get_decision(decision_id) or await self._replay(decision_id)
        _require_own(decision.viewer, viewer)
        return self._build_page(decision, viewer, start, size)

    async def _replay(self, decision_id: str) -> home_decider.Decision:
        """Returns a decision of another replica, or an older one, from its stored inputs."""
        try:
            row = await self._replayer.wait_for(decision_id)
            home = await self._replayer.replay_identically(row)
        except errors.Error:
            raise errors.PageTokenInvalid("The home has changed; begin with its first page.") from None
        expire_time = row.decide_time + home_decider.LIFETIME
        return home_decider.Decision(
            decision_id, _viewer_of_row(row), home, row.degradations, row.decide_time, expire_time
        )

    def _build_page(
        self, decision: home_decider.Decision, viewer: feature_gatherer.Viewer, start: int, size: int
    ) -> recommendation_service_pb2.GetHomeResponse:
        home = decision.home
        response = recommendation_service_pb2.GetHomeResponse(
            home=recommendation_pb2.Home(rails=home.rails[start : start + size]),
            decision_id=decision.decision_id,
            degradations=[recommendation_pb2.Degradation.ValueType(each) for each in decision.degradations],
            expire_time=timestamps.from_datetime(decision.expire_time),
        )
        is_recorded = recommendation_pb2.DEGRADATION_NOT_RECORDED not in decision.degradations
        for rail in tuple(response.home.rails):
            if not is_recorded:  # The further items of a rail are computed from the stored inputs.
                rail.ClearField("next_page_token")
            # A title that may no longer be shown leaves a gap.
            visible = self._homes.filter_visible(viewer, rail.items)
            if not visible:
                response.home.rails.remove(rail)
            elif len(visible) < len(rail.items):
                del rail.items[:]
                rail.items.extend(visible)
        if start == 0 and home.HasField("hero") and self._homes.filter_visible(viewer, [home.hero]):
            response.home.hero.CopyFrom(home.hero)
        if start + size < len(home.rails):
            response.next_page_token = paging.token([decision.decision_id, start + size], of=_filters(decision.viewer))
        return response


def _viewer_of_row(row: storage.decisions.Decision) -> feature_gatherer.Viewer:
    return feature_gatherer.Viewer(row.profile_id or "", row.maturity_ceiling, row.country_code, row.language)


def _require_own(owner: feature_gatherer.Viewer, viewer: feature_gatherer.Viewer) -> None:
    """Raises PageTokenInvalid if a home belongs to another viewer. Every viewer may see an anonymous home."""
    same_language = dataclasses.replace(viewer, language=owner.language)
    if owner not in {same_language, same_language.anonymous}:
        raise errors.PageTokenInvalid("The page token belongs to another home.")


def _filters(viewer: feature_gatherer.Viewer) -> tuple[str, ...]:
    """Returns the filters of the page tokens of homes; without the profile, which may receive the popular home."""
    return ("home", viewer.country_code, str(viewer.maturity_ceiling), viewer.language)
