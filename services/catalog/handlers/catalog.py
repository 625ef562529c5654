"""The servicer for viewers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, TypeAlias

import grpc
from marquee.catalog.v1 import catalog_service_pb2, catalog_service_pb2_grpc
from marquee.entitlement.v1 import entitlement_service_pb2, entitlement_service_pb2_grpc

from services.catalog import convert, storage
from services.catalog.domain import title_lists, titles
from services.catalog.replica_sync import LISTS
from services.catalog.search import autocomplete, search_service
from services.catalog.titles import term_names, visibility_index
from services.kit import cache, clock, context, db, paging, visibility, watchable_subjects
from services.kit import errors as kit_errors

Rpc: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
#: Cached responses are returned encoded; the server sends bytes as they are.
Encoded: TypeAlias = Any

_MOST_FOUND, _MOST_RELATED = 50, 6
_SUGGESTED, _MOST_SUGGESTED = 8, 20
#: Popularity is ranked anew once a minute at most.
_RANKING_PERIOD = timedelta(minutes=1)
#: Nobody pages further through suggestions.
_DEEPEST_SUGGESTION = 200


class Catalog(catalog_service_pb2_grpc.CatalogServiceServicer):
    """Shows the catalog to viewers.

    Args:
        database: the catalog's database.
        time: decides which windows are open.
        title_facts: the facts of all titles, which decide who sees what.
        responses: the encoded responses.
        search: finds titles by words and by meaning.
        suggester: completes queries.
        entitlement: decides what the caller may watch.
        names: the names of terms.
    """

    def __init__(
        self,
        database: db.Database,
        time: clock.Clock,
        title_facts: visibility_index.VisibilityIndex,
        responses: cache.Cache,
        search: search_service.SearchService,
        suggester: autocomplete.Autocomplete,
        entitlement: entitlement_service_pb2_grpc.EntitlementServiceAsyncStub,
        names: term_names.TermNames,
    ) -> None:
        self._database = database
        self._time = time
        self._visibility = title_facts
        self._responses = responses
        self._search = search
        self._suggester = suggester
        self._entitlement = entitlement
        self._names = names

    async def ListTitles(self, request: catalog_service_pb2.ListTitlesRequest, rpc: Rpc) -> Encoded:
        """Returns one page, and the number of titles on all pages."""
        caller = context.caller()
        viewer = visibility_index.viewer(caller)
        language = request.display_language_code or caller.language_code
        key = (LISTS, viewer, language, request.SerializeToString())
        return self._responses.get(key) or await self._list(key, request, viewer, language)

    async def GetTitle(self, request: catalog_service_pb2.GetTitleRequest, rpc: Rpc) -> Encoded:
        """Returns a title, if the caller may see it now."""
        caller = context.caller()
        title_id = request.title_id
        if not self._visibility.is_visible(title_id, visibility_index.viewer(caller), self._time):
            raise kit_errors.TitleNotFound(title_id)
        key = (title_id, request.display_language_code or caller.language_code)
        return self._responses.get(key) or await self._get(key)

    async def BatchGetTitles(
        self, request: catalog_service_pb2.BatchGetTitlesRequest, rpc: Rpc
    ) -> catalog_service_pb2.BatchGetTitlesResponse:
        """Returns the titles that the caller may see."""
        caller = context.caller()
        visible = self._visibility.visible_to(visibility_index.viewer(caller), self._time.now())
        wanted = [title_id for title_id in request.title_ids if title_id in visible]
        cards = await self._cards(wanted, request.display_language_code or caller.language_code)
        response = catalog_service_pb2.BatchGetTitlesResponse()
        for title_id in wanted:
            if title_id in cards:
                response.titles.add().MergeFromString(cards[title_id])
        return response

    async def SearchTitles(
        self, request: catalog_service_pb2.SearchTitlesRequest, rpc: Rpc
    ) -> catalog_service_pb2.SearchTitlesResponse:
        """Returns the titles that match best."""
        caller = context.caller()
        visible = self._visibility.visible_to(visibility_index.viewer(caller), self._time.now())
        limit = paging.size(request.page_size, default=title_lists.DEFAULT_PAGE, most=_MOST_FOUND)
        if request.included_only and not caller.account_id:
            return catalog_service_pb2.SearchTitlesResponse()
        included = self._included if request.included_only else None
        page = await self._search.find(
            convert.search.search_query(request), visible, request.page_token, limit, included
        )
        language = request.display_language_code or caller.language_code
        related = [] if request.page_token else self._suggester.related(request.query, visible.mask(), _MOST_RELATED)
        return catalog_service_pb2.SearchTitlesResponse(
            related=[convert.search.suggestion(found, language) for found in related],
            results=[convert.search.result(found.match, found.similarity, language) for found in page.results],
            next_page_token=page.next_page_token,
            by_meaning=page.by_meaning,
        )

    async def SuggestSearch(
        self, request: catalog_service_pb2.SuggestSearchRequest, rpc: Rpc
    ) -> catalog_service_pb2.SuggestSearchResponse:
        """Returns completions, from memory: clients call it with every letter."""
        caller = context.caller()
        fingerprint = ["suggest", request.query]
        (skip,) = paging.cursor(request.page_token, of=fingerprint, kinds=(paging.non_negative_int,)) or (0,)
        limit = paging.size(request.page_size, default=_SUGGESTED, most=_MOST_SUGGESTED)
        visible = self._visibility.visible_to(visibility_index.viewer(caller), self._time.now()).mask()
        found = self._suggester.suggest(request.query, visible, min(skip + limit, _DEEPEST_SUGGESTION) + 1)
        language = request.display_language_code or caller.language_code
        response = catalog_service_pb2.SuggestSearchResponse(
            suggestions=[convert.search.suggestion(one, language) for one in found[skip : skip + limit]]
        )
        if len(found) > skip + limit:
            response.next_page_token = paging.token([skip + limit], of=fingerprint)
        return response

    async def GetFilters(self, request: catalog_service_pb2.GetFiltersRequest, rpc: Rpc) -> Encoded:
        """Returns the values of filters."""
        caller = context.caller()
        viewer, language = visibility_index.viewer(caller), request.display_language_code or caller.language_code
        key = (LISTS, viewer, language)
        return self._responses.get(key) or await self._filters(key, viewer, language)

    async def GetEpisode(self, request: catalog_service_pb2.GetEpisodeRequest, rpc: Rpc) -> Encoded:
        """Returns an episode, if the caller may see its series."""
        caller = context.caller()
        episode_id, language = request.episode_id, request.display_language_code or caller.language_code
        series, key = ("series", episode_id), ("episode", episode_id, language)
        title_id, response = self._responses.get(series), self._responses.get(key)
        if title_id is None or response is None:
            generation = self._responses.generation
            async with self._database.reading() as session:
                row = await storage.episodes.get(session, episode_id)
            if row is None:
                raise kit_errors.EpisodeNotFound(episode_id)
            encoded = catalog_service_pb2.GetEpisodeResponse(episode=convert.titles.episode(row, language))
            tags = [row.title_id]
            title_id = self._responses.put(series, row.title_id.encode(), generation=generation, tags=tags)
            response = self._responses.put(key, encoded.SerializeToString(), generation=generation, tags=tags)
        if not self._visibility.is_visible(title_id.decode(), visibility_index.viewer(caller), self._time):
            raise kit_errors.EpisodeNotFound(episode_id)
        return response

    async def ListEpisodes(self, request: catalog_service_pb2.ListEpisodesRequest, rpc: Rpc) -> Encoded:
        """Returns a page of the episodes of a series, if the caller may see it."""
        caller = context.caller()
        title_id = request.title_id
        if not self._visibility.is_visible(title_id, visibility_index.viewer(caller), self._time):
            raise kit_errors.TitleNotFound(title_id)
        language = request.display_language_code or caller.language_code
        key = ("episodes", language, request.SerializeToString())
        return self._responses.get(key) or await self._episodes(key, request, title_id, language)

    async def _included(self, title_ids: Sequence[str]) -> set[str]:
        """Returns the titles that the caller may watch now."""
        request = entitlement_service_pb2.BatchCheckAccessRequest(subjects=map(watchable_subjects.title, title_ids))
        response = await self._entitlement.BatchCheckAccess(request)
        return {decision.subject.title_id for decision in response.decisions if decision.allowed}

    async def _get(self, key: tuple[str, str]) -> bytes:
        title_id, language = key
        generation = self._responses.generation
        async with self._database.reading() as session:
            row = await storage.titles.get(session, title_id)
            if row is None:
                raise kit_errors.TitleNotFound(title_id)
            await self._names.load(session, [row])
        response = catalog_service_pb2.GetTitleResponse(title=convert.titles.whole(row, language, self._names))
        return self._responses.put(key, response.SerializeToString(), generation=generation, tags=[title_id])

    async def _episodes(
        self, key: tuple[Any, ...], request: catalog_service_pb2.ListEpisodesRequest, title_id: str, language: str
    ) -> bytes:
        season = request.season_number if request.HasField("season_number") else None
        fingerprint = ["episodes", title_id, request.season_id, season]
        after = title_lists.episode_place(request.page_token, fingerprint)
        limit = paging.size(request.page_size, default=title_lists.DEFAULT_EPISODES, most=title_lists.MOST_EPISODES)
        generation = self._responses.generation
        async with self._database.reading() as session:
            if request.season_id:
                title = await storage.titles.get(session, title_id)
                season = titles.season_number(title_id, title.document if title else {}, request.season_id)
            rows = await storage.episodes.page(session, title_id, season, after=after, limit=limit + 1)
            total = await storage.episodes.count(session, title_id, season)
        response = catalog_service_pb2.ListEpisodesResponse(
            episodes=[convert.titles.episode(row, language) for row in rows[:limit]], total_size=total
        )
        if len(rows) > limit:
            last = rows[limit - 1]
            place = [last.season_number, last.episode_number, last.episode_id]
            response.next_page_token = paging.token(place, of=fingerprint)
        return self._responses.put(key, response.SerializeToString(), generation=generation, tags=[title_id])

    async def _list(
        self,
        key: tuple[Any, ...],
        request: catalog_service_pb2.ListTitlesRequest,
        viewer: visibility.Viewer,
        language: str,
    ) -> bytes:
        filters = convert.search.filters(request)
        after = title_lists.place(request.page_token, filters)
        limit = paging.size(request.page_size, default=title_lists.DEFAULT_PAGE, most=title_lists.LARGEST_PAGE)
        at, generation = self._time.now(), self._responses.generation
        async with self._database.reading() as session:
            rows = await storage.titles.page(session, filters, viewer, at, after=after, limit=limit + 1)
            total = await storage.titles.count(session, filters, viewer, at)
            await self._names.load(session, [row for row, _ in rows])
        response = catalog_service_pb2.ListTitlesResponse(
            titles=[convert.titles.card(row, language, self._names) for row, _ in rows[:limit]], total_size=total
        )
        if len(rows) > limit:
            response.next_page_token = paging.token(rows[limit - 1][1], of=filters.fingerprint())
        expire_time = self._visibility.next_edge(at)
        if filters.order == title_lists.BY_POPULARITY:
            expire_time = min(filter(None, (expire_time, at + _RANKING_PERIOD)))
        return self._responses.put(
            key, response.SerializeToString(), generation=generation, tags=[LISTS], expire_time=expire_time
        )

    async def _filters(self, key: tuple[Any, ...], viewer: visibility.Viewer, language: str) -> bytes:
        at, generation = self._time.now(), self._responses.generation
        async with self._database.reading() as session:
            rows = await storage.titles.filter_values(session, viewer, at)
            await self._names.load_terms(session, convert.search.terms_of_filters(rows))
        response = convert.search.filter_values(rows, self._names, language)
        edge = self._visibility.next_edge(at)
        return self._responses.put(
            key, response.SerializeToString(), generation=generation, tags=[LISTS], expire_time=edge
        )

    async def _cards(self, title_ids: Sequence[str], language: str) -> dict[str, bytes]:
        """Returns encoded titles as they appear in lists, by id; those that are not cached are read together."""
        cached = {title_id: self._responses.get(("card", title_id, language)) for title_id in title_ids}
        cards = {title_id: card for title_id, card in cached.items() if card is not None}
        missing = [title_id for title_id, card in cached.items() if card is None]
        if missing:
            generation = self._responses.generation
            async with self._database.reading() as session:
                rows = await storage.titles.some(session, missing)
                await self._names.load(session, rows)
            for row in rows:
                card = convert.titles.card(row, language, self._names).SerializeToString()
                key = ("card", row.title_id, language)
                cards[row.title_id] = self._responses.put(key, card, generation=generation, tags=[row.title_id])
        return cards
