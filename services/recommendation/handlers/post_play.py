"""The RPCs that recommend single titles: what to watch next, and a pick for a mood."""

from __future__ import annotations

from typing import Any

from marquee.recommendation.v1 import recommendation_pb2, recommendation_service_pb2, recommendation_service_pb2_grpc
from marquee.type.v1 import type_pb2

from services.kit import context, paging, timestamps, visibility, watchable_subjects
from services.kit import errors as kit_errors
from services.recommendation import errors
from services.recommendation.convert import home_messages
from services.recommendation.domain import home_values, mood_pick, ranking, watch_next
from services.recommendation.ranking import feature_gatherer
from services.recommendation.vectors.embedding_client import QueryVectors

_ITEMS, _MAX_ITEMS = 6, 20


class PostPlay(recommendation_service_pb2_grpc.RecommendationServiceServicer):
    """Recommends what to watch next, and one title for a mood.

    Args:
        gatherer: gathers the inputs.
        query_vectors: the vectors of the words for a mood.
    """

    def __init__(self, gatherer: feature_gatherer.FeatureGatherer, query_vectors: QueryVectors) -> None:
        self._gatherer = gatherer
        self._query_vectors = query_vectors

    async def ListPostPlay(
        self, request: recommendation_service_pb2.ListPostPlayRequest, rpc: Any
    ) -> recommendation_service_pb2.ListPostPlayResponse:
        """Returns a page of what to watch after a title."""
        store = self._gatherer.title_store
        store.require_loaded()
        viewer = feature_gatherer.viewer_of(context.caller())
        title = store.find(request.subject)
        if not visibility.visible(title.facts, viewer.visibility, self._gatherer.clock.now()):
            raise watchable_subjects.not_found(request.subject)
        title_id, episode_id = title.title_id, request.subject.episode_id
        size = paging.size(request.page_size, default=_ITEMS, most=_MAX_ITEMS)
        filters = ("post-play", title_id, episode_id)
        start = (paging.cursor(request.page_token, of=filters, kinds=(paging.non_negative_int,)) or [0])[0]
        end = start + size
        inputs, degradations = await self._gather_inputs(viewer)
        if title_id not in inputs.matrix.rows:
            raise watchable_subjects.not_found(request.subject)
        items = await self._gatherer.thread_pool.run(
            lambda: watch_next.list_next(ranking.RankingContext(inputs), title_id, episode_id, end + 1)
        )
        return recommendation_service_pb2.ListPostPlayResponse(
            items=map(home_messages.item, items[start:end]),
            next_page_token=paging.token([end], of=filters) if len(items) > end else "",
            degradations=degradations,
        )

    async def PickForMood(
        self, request: recommendation_service_pb2.PickForMoodRequest, rpc: Any
    ) -> recommendation_service_pb2.PickForMoodResponse:
        """Returns one title. Raises NothingFits."""
        self._gatherer.title_store.require_loaded()
        viewer = feature_gatherer.viewer_of(context.caller())
        model_version = self._gatherer.vector_index.model_version if mood_pick.is_understood(request.mood) else ""
        mood = mood_pick.MoodRequest(
            mood_id=request.mood_id,
            words=request.mood,
            vector=await self._query_vectors.get_vector(request.mood, model_version) if model_version else None,
            max_duration=timestamps.optional_timedelta(request, "max_duration"),
            excluded=[self._find_title_id(subject) for subject in request.excluded],
        )
        inputs, degradations = await self._gather_inputs(viewer)
        item = await self._gatherer.thread_pool.run(lambda: mood_pick.pick(ranking.RankingContext(inputs), mood))
        if item is None:
            raise errors.NothingFits
        return recommendation_service_pb2.PickForMoodResponse(item=home_messages.item(item), degradations=degradations)

    def _find_title_id(self, subject: type_pb2.Subject) -> str:
        """Returns the title that a subject names; empty if there is none, which cannot be picked anyway."""
        try:
            return self._gatherer.title_store.find(subject).title_id
        except kit_errors.NotFound:
            return ""

    async def _gather_inputs(
        self, viewer: feature_gatherer.Viewer
    ) -> tuple[home_values.Inputs, list[recommendation_pb2.Degradation.ValueType]]:
        data = await self._gatherer.load_viewer_data(context.caller())
        inputs = await self._gatherer.gather_inputs(viewer, data)
        return inputs, [*feature_gatherer.missing_data(data), *home_messages.missing_inputs(inputs)]
