"""More like this: titles that are close in meaning to a title."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from marquee.recommendation.v1 import recommendation_pb2, recommendation_service_pb2, recommendation_service_pb2_grpc

from services.kit import clock, context, ids, paging, subjects, visibility
from services.kit import errors as kit_errors
from services.recommendation.domain import similarity, titles
from services.recommendation.ranking.title_store import TitleStore
from services.recommendation.vectors.vector_index import VectorIndex

_ITEMS, _MOST_ITEMS = 12, 50
#: Nobody pages further, and further off nothing is like it any more.
_MOST_IN_ALL = 200

#: Answers the titles that a profile hid, does not like or has finished. Raises Unavailable when that is not known.
Hidden = Callable[[str], Awaitable[Collection[str]]]
#: Answers how many watch which title now.
Popularity = Callable[[], Mapping[str, float]]

#: What a list is in the order of, falling; the title, for those that are as high; and how many stand before it.
_Place = tuple[float, str, int]


@dataclass(frozen=True, slots=True)
class _Found:
    """A title that is like the one asked about."""

    height: float
    title: titles.Title
    score: float


class Similar(recommendation_service_pb2_grpc.RecommendationServiceServicer):
    """Lists what is like a title.

    Args:
        library: the titles.
        space: their vectors.
        time: tells which windows are open.
        hidden: what a profile hid, does not like or has finished.
        popularity: what many watch, for titles whose meaning is not known.
    """

    def __init__(
        self, library: TitleStore, space: VectorIndex, time: clock.Clock, hidden: Hidden, popularity: Popularity
    ) -> None:
        self._library = library
        self._space = space
        self._clock = time
        self._hidden = hidden
        self._popularity = popularity

    async def ListSimilarTitles(
        self, request: recommendation_service_pb2.ListSimilarTitlesRequest, rpc: Any
    ) -> recommendation_service_pb2.ListSimilarTitlesResponse:
        """Returns a page of titles like a title, the closest first."""
        self._library.require()
        caller = context.caller()
        size = paging.size(request.page_size, default=_ITEMS, most=_MOST_ITEMS)
        asked = self._library.find(request.subject)
        of = ("similar", asked.title_id)
        cursor = paging.cursor(request.page_token, of=of, kinds=(float, ids.parse, paging.non_negative_int))
        after = (cursor[0], cursor[1], cursor[2]) if cursor else None
        answer = recommendation_service_pb2.ListSimilarTitlesResponse()
        hidden = await self._hidden_from(caller.profile_id, answer)
        seen = self._seen_by(caller)
        if not seen(asked):
            raise subjects.not_found(request.subject)

        def shown(title: titles.Title) -> bool:
            return title is not asked and title.title_id not in hidden and seen(title)

        if self._space.vector(asked.title_id) is None:
            answer.degradations.append(recommendation_pb2.DEGRADATION_NO_VECTORS)
            found = await self._of_its_kind(asked, shown)
            source = recommendation_pb2.CONTRIBUTION_SOURCE_POPULARITY
        else:
            found = self._close(asked, shown)
            source = recommendation_pb2.CONTRIBUTION_SOURCE_CONTENT
        last: _Place | None = None
        for place, each in _behind(found, after):
            if len(answer.items) == size:
                answer.next_page_token = paging.token(last or (), of=of)
                break
            answer.items.append(_item(asked, each, source, caller.language_code))
            last = place
        return answer

    def _close(self, asked: titles.Title, shown: Callable[[titles.Title], bool]) -> Iterator[_Found]:
        known = self._library.titles
        for near in self._space.alike(asked.title_id):
            if near.similarity <= 0:
                return
            title = known.get(near.title_id)
            if title is not None and shown(title):
                yield _Found(near.similarity, title, near.similarity)

    async def _of_its_kind(self, asked: titles.Title, shown: Callable[[titles.Title], bool]) -> Iterator[_Found]:
        popularity, known = self._popularity(), tuple(self._library.titles.values())
        # All titles are put in order, which takes tens of milliseconds; nobody else is to wait for that.
        found = await asyncio.to_thread(similarity.of_its_kind, asked, known, popularity, shown)
        return (_Found(-float(place), title, popularity.get(title.title_id, 0.0)) for place, title in enumerate(found))

    async def _hidden_from(
        self, profile_id: str, answer: recommendation_service_pb2.ListSimilarTitlesResponse
    ) -> Collection[str]:
        if not profile_id:
            return ()
        try:
            return await self._hidden(profile_id)
        except (kit_errors.Unavailable, kit_errors.DeadlineExceeded):
            answer.degradations.append(recommendation_pb2.DEGRADATION_NO_SIGNALS)
            return ()

    def _seen_by(self, caller: context.Caller) -> Callable[[titles.Title], bool]:
        """Returns whether a caller may know of a title, as a question that can be asked of many."""
        viewer = visibility.Viewer(caller.maturity_ceiling, caller.country_code)
        if not caller.account_id:
            viewer = visibility.Viewer(visibility.ANONYMOUS_CEILING, "")
        at = self._clock.now()
        # Most titles share their facts with thousands of others, and which object that is tells the facts.
        judged: dict[int, bool] = {}

        def seen(title: titles.Title) -> bool:
            known = judged.get(id(title.facts))
            if known is None:
                known = judged[id(title.facts)] = visibility.visible(title.facts, viewer, at)
            return known

        return seen


def _behind(found: Iterator[_Found], after: _Place | None) -> Iterator[tuple[_Place, _Found]]:
    """Returns what comes behind a place, as long as a list may get."""
    count = after[2] if after else 0
    for each in found:
        # What has come in before the place since the last page was answered is passed over, so nothing comes twice.
        if after is not None and (-each.height, each.title.title_id) <= (-after[0], after[1]):
            continue
        if count == _MOST_IN_ALL:
            return
        count += 1
        yield (each.height, each.title.title_id, count), each


def _item(asked: titles.Title, found: _Found, source: Any, language: str) -> recommendation_pb2.Item:
    sentence = similarity.sentence(asked, found.title, language)
    explanation = recommendation_pb2.Explanation(sentence=sentence, score=found.score)
    if found.score:
        explanation.contributions.add(source=source, value=found.score, subject=subjects.title(asked.title_id))
    return recommendation_pb2.Item(
        subject=subjects.title(found.title.title_id),
        kind=recommendation_pb2.ITEM_KIND_TITLE,
        explanation=explanation,
    )
