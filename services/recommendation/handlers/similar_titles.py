"""The RPC that lists titles similar to a title."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from marquee.recommendation.v1 import recommendation_pb2, recommendation_service_pb2, recommendation_service_pb2_grpc

from services.kit import clock, context, ids, paging, visibility, watchable_subjects
from services.kit import errors as kit_errors
from services.recommendation.domain import similarity, titles
from services.recommendation.ranking import feature_gatherer
from services.recommendation.ranking.title_store import TitleStore
from services.recommendation.vectors.vector_index import VectorIndex

_ITEMS, _MAX_ITEMS = 12, 50
#: Titles further down the list are hardly similar.
_MAX_TOTAL = 200

#: Returns the titles that a profile hid, dislikes or has finished. Raises Unavailable or DeadlineExceeded.
ListUnwanted = Callable[[str], Awaitable[Collection[str]]]
#: Returns the recent interest in each title.
RecentInterest = Callable[[], Mapping[str, float]]

#: The place of an item for page tokens: its sort key, its title, and the number of items before and including it.
_Position = tuple[float, str, int]


@dataclass(frozen=True, slots=True)
class _Match:
    """A title in the list, which is sorted by `sort_key`, the highest first."""

    sort_key: float
    title: titles.Title
    score: float


class SimilarTitles(recommendation_service_pb2_grpc.RecommendationServiceServicer):
    """Lists similar titles.

    Args:
        title_store: the titles.
        vector_index: their vectors.
        time: tells which availability windows are open.
        list_unwanted: returns the titles that a profile hid, dislikes or has finished.
        recent_interest: returns the popularity that orders titles without a vector.
    """

    def __init__(
        self,
        title_store: TitleStore,
        vector_index: VectorIndex,
        time: clock.Clock,
        list_unwanted: ListUnwanted,
        recent_interest: RecentInterest,
    ) -> None:
        self._title_store = title_store
        self._index = vector_index
        self._clock = time
        self._list_unwanted = list_unwanted
        self._recent_interest = recent_interest

    async def ListSimilarTitles(
        self, request: recommendation_service_pb2.ListSimilarTitlesRequest, rpc: Any
    ) -> recommendation_service_pb2.ListSimilarTitlesResponse:
        """Returns a page of titles similar to a title, the most similar first."""
        self._title_store.require_loaded()
        caller = context.caller()
        size = paging.size(request.page_size, default=_ITEMS, most=_MAX_ITEMS)
        reference = self._title_store.find(request.subject)
        filters = ("similar", reference.title_id)
        cursor = paging.cursor(request.page_token, of=filters, kinds=(float, ids.parse, paging.non_negative_int))
        after = (cursor[0], cursor[1], cursor[2]) if cursor else None
        response = recommendation_service_pb2.ListSimilarTitlesResponse()
        unwanted = await self._load_unwanted(caller.profile_id, response)
        is_visible = self._visibility_filter(caller)
        if not is_visible(reference):
            raise watchable_subjects.not_found(request.subject)

        def is_shown(title: titles.Title) -> bool:
            return title is not reference and title.title_id not in unwanted and is_visible(title)

        if self._index.vector(reference.title_id) is None:
            response.degradations.append(recommendation_pb2.DEGRADATION_NO_VECTORS)
            matches = await self._list_by_genre(reference, is_shown)
            source = recommendation_pb2.CONTRIBUTION_SOURCE_POPULARITY
        else:
            matches = self._iterate_nearest(reference, is_shown)
            source = recommendation_pb2.CONTRIBUTION_SOURCE_CONTENT
        last: _Position | None = None
        for position, match in _skip_until(matches, after):
            if len(response.items) == size:
                response.next_page_token = paging.token(last or (), of=filters)
                break
            response.items.append(_item(reference, match, source, caller.language_code))
            last = position
        return response

    def _iterate_nearest(self, reference: titles.Title, is_shown: Callable[[titles.Title], bool]) -> Iterator[_Match]:
        for neighbor in self._index.iterate_nearest_to_title(reference.title_id):
            if neighbor.similarity <= 0:
                return
            title = self._title_store.titles.get(neighbor.title_id)
            if title is not None and is_shown(title):
                yield _Match(neighbor.similarity, title, neighbor.similarity)

    async def _list_by_genre(
        self, reference: titles.Title, is_shown: Callable[[titles.Title], bool]
    ) -> Iterator[_Match]:
        interest, all_titles = self._recent_interest(), tuple(self._title_store.titles.values())
        # Sorting all titles takes tens of milliseconds, which would delay other calls.
        sorted_titles = await asyncio.to_thread(
            similarity.list_of_same_genre, reference, all_titles, interest, is_shown
        )
        return (
            _Match(-float(number), title, interest.get(title.title_id, 0.0))
            for number, title in enumerate(sorted_titles)
        )

    async def _load_unwanted(
        self, profile_id: str, response: recommendation_service_pb2.ListSimilarTitlesResponse
    ) -> Collection[str]:
        if not profile_id:
            return ()
        try:
            return await self._list_unwanted(profile_id)
        except (kit_errors.Unavailable, kit_errors.DeadlineExceeded, kit_errors.Internal):
            response.degradations.append(recommendation_pb2.DEGRADATION_NO_SIGNALS)
            return ()

    def _visibility_filter(self, caller: context.Caller) -> Callable[[titles.Title], bool]:
        """Returns a function that returns whether a caller may see a title, for many titles."""
        viewer = feature_gatherer.viewer_of(caller).visibility
        now = self._clock.now()
        # Thousands of titles share one object of facts, so results are cached by its identity.
        results: dict[int, bool] = {}

        def is_visible(title: titles.Title) -> bool:
            result = results.get(id(title.facts))
            if result is None:
                result = results[id(title.facts)] = visibility.visible(title.facts, viewer, now)
            return result

        return is_visible


def _skip_until(matches: Iterator[_Match], after: _Position | None) -> Iterator[tuple[_Position, _Match]]:
    """Returns the matches behind a position with their positions, up to the end of the list."""
    count = after[2] if after else 0
    for match in matches:
        # Titles that were added before the position since the last page are skipped, so that none repeats.
        if after is not None and (-match.sort_key, match.title.title_id) <= (-after[0], after[1]):
            continue
        if count == _MAX_TOTAL:
            return
        count += 1
        yield (match.sort_key, match.title.title_id, count), match


def _item(reference: titles.Title, match: _Match, source: Any, language: str) -> recommendation_pb2.Item:
    sentence = similarity.sentence(reference, match.title, language)
    explanation = recommendation_pb2.Explanation(sentence=sentence, score=match.score)
    if match.score:
        explanation.contributions.add(
            source=source, value=match.score, subject=watchable_subjects.title(reference.title_id)
        )
    return recommendation_pb2.Item(
        subject=watchable_subjects.title(match.title.title_id),
        kind=recommendation_pb2.ITEM_KIND_TITLE,
        explanation=explanation,
    )
