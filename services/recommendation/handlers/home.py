"""The servicer of what to watch."""

from __future__ import annotations

import dataclasses
from typing import Any, TypeAlias

from marquee.recommendation.v1 import recommendation_pb2, recommendation_service_pb2

from services.kit import context, errors, ids, paging
from services.recommendation import storage
from services.recommendation.convert import home_messages
from services.recommendation.handlers import postplay, similar
from services.recommendation.home import consistency_token, home_decider, home_service
from services.recommendation.ranking import feature_gatherer
from services.recommendation.replay import decision_replay

#: Answers that are kept leave encoded, and the server lets bytes pass as they are.
Encoded: TypeAlias = Any

_RAILS, _MOST_RAILS = 6, 30
_ITEMS, _MOST_ITEMS = 20, 50


class Recommendation(similar.Similar):
    """Chooses for viewers.

    Args:
        place: gathers what is decided from.
        kept: decides homes and keeps them.
        replayer: decides again what is not held any more.
        following: what comes next, and what suits a mood.
    """

    def __init__(
        self,
        place: feature_gatherer.FeatureGatherer,
        kept: home_service.HomeService,
        replayer: decision_replay.Replayer,
        following: postplay.PostPlay,
    ) -> None:
        super().__init__(place.library, place.space, place.clock, place.hidden, place.watching.now)
        self._homes = kept
        self._replayer = replayer
        self._following = following

    async def GetHome(self, request: recommendation_service_pb2.GetHomeRequest, rpc: Any) -> Encoded:
        """Returns a page of the caller's home."""
        caller = context.caller()
        viewer = feature_gatherer.viewer(caller, request.display_language_code)
        size = paging.size(request.page_size, default=_RAILS, most=_MOST_RAILS)
        if request.page_token:
            return await self._page(request.page_token, viewer, size)
        newer_than = (
            consistency_token.read(request.consistency_token) if caller.profile_id else consistency_token.Written()
        )
        if kept := self._homes.kept(viewer, size, newer_than):
            return kept
        decision = await self._homes.latest(caller, viewer, newer_than)
        answer = self._cut(decision, viewer, 0, size)
        return self._homes.keep(viewer, size, decision, answer.SerializeToString())

    async def ListRailItems(
        self, request: recommendation_service_pb2.ListRailItemsRequest, rpc: Any
    ) -> recommendation_service_pb2.ListRailItemsResponse:
        """Returns a page of what follows the first items of a rail."""
        viewer, of = feature_gatherer.viewer(context.caller()), home_messages.rail_filters(request.rail_id)
        cursor = paging.cursor(request.page_token, of=of, kinds=(ids.parse, paging.non_negative_int))
        decision_id, start = cursor or ("", 0)
        try:
            row = await self._replayer.awaited(decision_id)
            _require_own(_viewer_of(row), viewer)
            items = await self._replayer.rest(row, request.rail_id)
        except errors.Error:
            raise errors.PageTokenInvalid("The home of this rail is not available any more; get it again.") from None
        end = start + paging.size(request.page_size, default=_ITEMS, most=_MOST_ITEMS)
        return recommendation_service_pb2.ListRailItemsResponse(
            items=self._homes.visible(viewer, items[start:end]),
            next_page_token=paging.token([decision_id, end], of=of) if len(items) > end else "",
        )

    async def ListPostPlay(
        self, request: recommendation_service_pb2.ListPostPlayRequest, rpc: Any
    ) -> recommendation_service_pb2.ListPostPlayResponse:
        """Returns what to watch after a title."""
        return await self._following.list_post_play(request)

    async def PickForMood(
        self, request: recommendation_service_pb2.PickForMoodRequest, rpc: Any
    ) -> recommendation_service_pb2.PickForMoodResponse:
        """Returns one title."""
        return await self._following.pick(request)

    async def _page(
        self, page_token: str, viewer: feature_gatherer.Viewer, size: int
    ) -> recommendation_service_pb2.GetHomeResponse:
        cursor = paging.cursor(page_token, of=_list(viewer), kinds=(ids.parse, paging.non_negative_int))
        decision_id, start = cursor or ("", 0)
        decision = self._homes.of(decision_id) or await self._written(decision_id, viewer)
        _require_own(decision.viewer, viewer)
        return self._cut(decision, viewer, start, size)

    async def _written(self, decision_id: str, viewer: feature_gatherer.Viewer) -> home_decider.Decision:
        """Returns a decision of another replica, or of a while ago, decided again from what was written down."""
        try:
            row = await self._replayer.awaited(decision_id)
            home = await self._replayer.again(row)
        except errors.Error:
            raise errors.PageTokenInvalid("The home was decided anew; begin with its first page.") from None
        at = row.decide_time
        return home_decider.Decision(decision_id, _viewer_of(row), home, row.degradations, at, at + home_decider.KEPT)

    def _cut(
        self, decision: home_decider.Decision, viewer: feature_gatherer.Viewer, start: int, size: int
    ) -> recommendation_service_pb2.GetHomeResponse:
        home = decision.home
        answer = recommendation_service_pb2.GetHomeResponse(
            home=recommendation_pb2.Home(rails=home.rails[start : start + size]),
            decision_id=decision.decision_id,
            degradations=[recommendation_pb2.Degradation.ValueType(each) for each in decision.degradations],
        )
        recorded = recommendation_pb2.DEGRADATION_NOT_RECORDED not in decision.degradations
        for rail in tuple(answer.home.rails):
            if not recorded:  # The rest of a rail is decided from what is stored.
                rail.ClearField("next_page_token")
            # What may not be shown any more since it was decided leaves a gap rather than being shown.
            shown = self._homes.visible(viewer, rail.items)
            if not shown:
                answer.home.rails.remove(rail)
            elif len(shown) < len(rail.items):
                del rail.items[:]
                rail.items.extend(shown)
        if start == 0 and home.HasField("hero") and self._homes.visible(viewer, [home.hero]):
            answer.home.hero.CopyFrom(home.hero)
        if start + size < len(home.rails):
            answer.next_page_token = paging.token([decision.decision_id, start + size], of=_list(decision.viewer))
        home_messages.expiry(answer, decision.expire_time)
        return answer


def _viewer_of(row: storage.decisions.Decision) -> feature_gatherer.Viewer:
    return feature_gatherer.Viewer(row.profile_id or "", row.maturity_ceiling, row.country_code, row.language)


def _require_own(decided_for: feature_gatherer.Viewer, viewer: feature_gatherer.Viewer) -> None:
    """Raises PageTokenInvalid if a home belongs to another viewer. The home of a stranger may be shown to anybody."""
    same_language = dataclasses.replace(viewer, language=decided_for.language)
    if decided_for not in {same_language, same_language.stranger}:
        raise errors.PageTokenInvalid("The page token belongs to another home.")


def _list(viewer: feature_gatherer.Viewer) -> tuple[str, ...]:
    """What tells one home from another for page tokens; a stranger's home may stand in for anybody's."""
    return ("home", viewer.country_code, str(viewer.maturity_ceiling), viewer.language)
