"""What to watch next, and what suits a mood."""

from __future__ import annotations

from marquee.recommendation.v1 import recommendation_pb2, recommendation_service_pb2
from marquee.type.v1 import type_pb2

from services.kit import context, paging, subjects, timestamps, visibility
from services.kit import errors as kit_errors
from services.recommendation import errors
from services.recommendation.convert import home_messages
from services.recommendation.domain import homes, mood_pick, ranking
from services.recommendation.ranking import feature_gatherer
from services.recommendation.vectors import embedding_client

_ITEMS, _MOST_ITEMS = 6, 20


class PostPlay:
    """Chooses what to watch next, and one title for a mood.

    Args:
        place: gathers what is decided from.
        queries: the vectors of words.
    """

    def __init__(self, place: feature_gatherer.FeatureGatherer, queries: embedding_client.Queries) -> None:
        self._room = place
        self._queries = queries

    async def list_post_play(
        self, request: recommendation_service_pb2.ListPostPlayRequest
    ) -> recommendation_service_pb2.ListPostPlayResponse:
        """Returns a page of what to watch after a title."""
        viewer = feature_gatherer.viewer(context.caller())
        self._room.library.require()
        title = self._room.library.find(request.subject)
        if not visibility.visible(title.facts, viewer.sees, self._room.clock.now()):
            raise subjects.not_found(request.subject)
        title_id, episode_id = title.title_id, request.subject.episode_id
        size = paging.size(request.page_size, default=_ITEMS, most=_MOST_ITEMS)
        of = ("post-play", title_id, episode_id)
        start = (paging.cursor(request.page_token, of=of, kinds=(paging.non_negative_int,)) or [0])[0]
        inputs, degradations = await self._inputs(viewer)
        if title_id not in inputs.shelf.rows:
            raise subjects.not_found(request.subject)
        items = await self._room.cores.run(
            lambda: mood_pick.after(ranking.RankingContext(inputs), title_id, episode_id, start + size + 1)
        )
        return recommendation_service_pb2.ListPostPlayResponse(
            items=map(home_messages.item, items[start : start + size]),
            next_page_token=paging.token([start + size], of=of) if len(items) > start + size else "",
            degradations=degradations,
        )

    async def pick(
        self, request: recommendation_service_pb2.PickForMoodRequest
    ) -> recommendation_service_pb2.PickForMoodResponse:
        """Returns one title. Raises NothingFits."""
        self._room.library.require()
        viewer = feature_gatherer.viewer(context.caller())
        model = self._room.space.model_version if mood_pick.understood(request.mood) else ""
        wish = mood_pick.Wish(
            mood_id=request.mood_id,
            words=request.mood,
            vector=await self._queries.vector(request.mood, model) if model else None,
            max_duration=timestamps.optional_timedelta(request, "max_duration"),
            excluded=[self._title_id(each) for each in request.excluded],
        )
        inputs, degradations = await self._inputs(viewer)
        item = await self._room.cores.run(lambda: mood_pick.pick(ranking.RankingContext(inputs), wish))
        if item is None:
            raise errors.NothingFits
        return recommendation_service_pb2.PickForMoodResponse(item=home_messages.item(item), degradations=degradations)

    def _title_id(self, subject: type_pb2.Subject) -> str:
        """Returns the title that a subject names; empty if there is none, which cannot be picked anyway."""
        try:
            return self._room.library.find(subject).title_id
        except kit_errors.NotFound:
            return ""

    async def _inputs(
        self, viewer: feature_gatherer.Viewer
    ) -> tuple[homes.Inputs, list[recommendation_pb2.Degradation.ValueType]]:
        known = await self._room.known(context.caller())
        inputs = await self._room.inputs(viewer, known)
        return inputs, [*feature_gatherer.missing(known), *home_messages.lacking(inputs)]
