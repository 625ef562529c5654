"""What to watch next, and what suits a mood."""

from __future__ import annotations

from marquee.recommendation.v1 import recommendation_pb2

from services.kit import context, paging, visibility
from services.recommendation import embedder, errors, room, telling
from services.recommendation.domain import homes, picking, ranking

_ITEMS, _MOST_ITEMS = 6, 20


class PostPlay:
    """Chooses what to watch next, and one title for a mood.

    Args:
        place: gathers what is decided from.
        queries: the vectors of words.
    """

    def __init__(self, place: room.Room, queries: embedder.Queries) -> None:
        self._room = place
        self._queries = queries

    async def list_post_play(
        self, request: recommendation_pb2.ListPostPlayRequest
    ) -> recommendation_pb2.ListPostPlayResponse:
        """Answers a page of what to watch after a title."""
        title_id, episode_id = request.title_id.lower(), request.episode_id.lower()
        viewer = room.viewer(context.caller())
        self._room.library.require()
        title = self._room.library.titles.get(title_id)
        if title is None or not visibility.visible(title.facts, viewer.sees, self._room.clock.now()):
            raise errors.TitleNotFound(title_id)
        size = paging.size(request.page_size, default=_ITEMS, most=_MOST_ITEMS)
        of = ("post-play", title_id, episode_id)
        start = (paging.cursor(request.page_token, of=of, kinds=(paging.non_negative_int,)) or [0])[0]
        inputs, degradations = await self._inputs(viewer)
        if title_id not in inputs.shelf.rows:
            raise errors.TitleNotFound(title_id)
        items, next_episode = await self._room.cores.run(
            lambda: picking.after(ranking.Floor(inputs), title_id, episode_id, start + size + 1)
        )
        return recommendation_pb2.ListPostPlayResponse(
            items=map(telling.item, items[start : start + size]),
            next_episode=next_episode and not start,
            next_page_token=paging.token([start + size], of=of) if len(items) > start + size else "",
            degradations=degradations,
        )

    async def pick(self, request: recommendation_pb2.PickForMoodRequest) -> recommendation_pb2.PickForMoodResponse:
        """Answers one title. Raises NothingFits."""
        self._room.library.require()
        viewer = room.viewer(context.caller())
        model = self._room.space.model_version if picking.understood(request.mood) else ""
        meant = await self._queries.vector(request.mood, model) if model else None
        inputs, degradations = await self._inputs(viewer)
        most = request.max_duration.ToTimedelta() if request.HasField("max_duration") else None
        excluded = [each.lower() for each in request.excluded_title_ids]
        item = await self._room.cores.run(
            lambda: picking.pick(ranking.Floor(inputs), request.mood, most, excluded, meant)
        )
        if item is None:
            raise errors.NothingFits
        return recommendation_pb2.PickForMoodResponse(item=telling.item(item), degradations=degradations)

    async def _inputs(self, viewer: room.Viewer) -> tuple[homes.Inputs, list[recommendation_pb2.Degradation.ValueType]]:
        known = await self._room.known(context.caller())
        inputs = await self._room.inputs(viewer, known)
        return inputs, [*room.missing(known), *telling.lacking(inputs)]
