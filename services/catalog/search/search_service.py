"""Finds titles by words and by meaning, in one ranking that is then paged for each viewer."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

import cachetools

from services.catalog import errors
from services.catalog.domain import fusion, indexed_titles, title_lists
from services.catalog.search import fulltext_index, fulltext_query, semantic_client
from services.catalog.titles import title_ordinals, visibility_index
from services.kit import ids, paging

#: How many titles are requested by meaning; more with filters, which exclude most of them.
_NEAR, _NEAR_FILTERED = 200, 500
_MOST_RANKINGS = 256
#: How many titles are checked together while a page is filled.
_CHUNK = 100

#: Returns those of some titles that the caller may watch now.
Included = Callable[[Sequence[str]], Awaitable[set[str]]]


@dataclass(frozen=True, slots=True)
class Ranking:
    """All results, the best first, independent of the viewer."""

    ranking_id: str
    analyzed: fulltext_query.AnalyzedQuery
    ordinals: Sequence[int]
    similarities: dict[int, float]
    by_meaning: bool
    loose: bool


@dataclass(frozen=True, slots=True)
class Result:
    """A title on a page."""

    title_id: str
    match: indexed_titles.Match
    #: Zero if it is too small to count, or meaning took no part.
    similarity: float


@dataclass(frozen=True, slots=True)
class Page:
    """A page of results."""

    results: list[Result]
    by_meaning: bool
    next_page_token: str


@dataclass(frozen=True, slots=True)
class _Place:
    """The place where a page begins."""

    ranking_id: str = ""
    by_meaning: bool = True
    #: Whether one word of the query is enough, which is tried if no title has all words.
    loose: bool = False
    #: How many titles of the ranking come before, visible or not.
    skip: int = 0


class SearchService:
    """Finds titles.

    Args:
        index: finds titles by words.
        semantic: finds titles by meaning.
        ordinals: the ordinals of titles.
        loaded: is set once the index holds every title.
    """

    def __init__(
        self,
        index: fulltext_index.FulltextIndex,
        semantic: semantic_client.SemanticClient,
        ordinals: title_ordinals.TitleOrdinals,
        loaded: asyncio.Event,
    ) -> None:
        self._index = index
        self._semantic = semantic
        self._ordinals = ordinals
        self._loaded = loaded
        #: The last rankings, so that a page comes from the same one as the page before it.
        self._rankings: cachetools.LRUCache[str, Ranking] = cachetools.LRUCache(_MOST_RANKINGS)

    async def find(
        self,
        search_query: title_lists.SearchQuery,
        visible: visibility_index.VisibleTitles,
        page_token: str,
        limit: int,
        included: Included | None = None,
    ) -> Page:
        """Returns a page of results. Raises SearchNotReady or PageTokenInvalid.

        Args:
            search_query: what is searched for.
            visible: the titles that the viewer may see.
            page_token: the place where the page begins.
            limit: how many titles to return at most.
            included: decides what the viewer may watch, if only such titles are requested.
        """
        if not self._loaded.is_set():
            raise errors.SearchNotReady
        place = _place(page_token, search_query)
        ranking = self._rankings.get(place.ranking_id) or await self._rank(search_query, place)
        page = await self._page(ranking, place.skip, visible, limit, included)
        if not page[0] and not page_token and not ranking.loose:
            # All results are hidden from this viewer, who must not notice that there are any.
            ranking = await self._rank(search_query, replace(place, loose=True))
            page = await self._page(ranking, 0, visible, limit, included)
        ordinals, end = page
        results = [
            Result(self._ordinals.title_id(ordinal), matches[ordinal], ranking.similarities.get(ordinal, 0.0))
            for matches in [await asyncio.to_thread(self._index.matches, ordinals, ranking.analyzed)]
            for ordinal in ordinals
            if ordinal in matches
        ]
        token = ""
        if end is not None:
            self._rankings[ranking.ranking_id] = ranking
            cursor = [ranking.ranking_id, ranking.by_meaning, ranking.loose, end]
            token = paging.token(cursor, of=search_query.fingerprint())
        return Page(results, ranking.by_meaning, token)

    async def _rank(self, search_query: title_lists.SearchQuery, place: _Place) -> Ranking:
        filtered = search_query.filters != title_lists.ANY
        # Both run at once; a search takes some milliseconds, most of them outside Python.
        neighbors, (analyzed, words) = await asyncio.gather(
            self._search_meaning(search_query.query, filtered=filtered) if place.by_meaning else _nothing(),
            asyncio.to_thread(self._search_words, search_query, loose=place.loose),
        )
        by_meaning = neighbors is not None
        neighbors = fusion.drop_dissimilar(words, neighbors or [])
        if neighbors and filtered:
            passed = await asyncio.to_thread(
                self._index.filter_ordinals, [one.ordinal for one in neighbors], search_query.filters
            )
            neighbors = [one for one in neighbors if one.ordinal in passed]
        fused = fusion.fuse(words, neighbors)
        similarities = {one.ordinal: one.similarity for one in neighbors}
        return Ranking(place.ranking_id or ids.new(), analyzed, fused, similarities, by_meaning, words.loose)

    async def _search_meaning(self, query: str, *, filtered: bool) -> list[fusion.Neighbor] | None:
        return await self._semantic.neighbors(query, _NEAR_FILTERED if filtered else _NEAR)

    def _search_words(
        self, search_query: title_lists.SearchQuery, *, loose: bool
    ) -> tuple[fulltext_query.AnalyzedQuery, fusion.WordResults]:
        analyzed = self._index.analyze(search_query.query)
        found = self._index.rank(analyzed, search_query.filters, loose=loose)
        if not found.ordinals and not loose:
            found = self._index.rank(analyzed, search_query.filters, loose=True)
        return analyzed, found

    async def _page(
        self,
        ranking: Ranking,
        skip: int,
        visible: visibility_index.VisibleTitles,
        limit: int,
        included: Included | None,
    ) -> tuple[list[int], int | None]:
        """Returns the ordinals of the titles of a page, and the place where the next page begins, if there is one."""
        page: list[int] = []
        mask = visible.mask()
        for start in range(skip, len(ranking.ordinals), _CHUNK):
            chunk = [
                (place, ordinal)
                for place, ordinal in enumerate(ranking.ordinals[start : start + _CHUNK], start=start)
                if ordinal < len(mask) and mask[ordinal]
            ]
            if included is not None and chunk:
                open_ids = await included([self._ordinals.title_id(ordinal) for _, ordinal in chunk])
                chunk = [one for one in chunk if self._ordinals.title_id(one[1]) in open_ids]
            for place, ordinal in chunk:
                if len(page) == limit:
                    return page, place
                page.append(ordinal)
        return page, None


async def _nothing() -> None:
    """Replaces the search by meaning on later pages of a ranking that was made without it."""


def _place(page_token: str, search_query: title_lists.SearchQuery) -> _Place:
    cursor = paging.cursor(
        page_token, of=search_query.fingerprint(), kinds=(ids.parse, _flag, _flag, paging.non_negative_int)
    )
    return _Place() if cursor is None else _Place(*cursor)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(value)
    return value
