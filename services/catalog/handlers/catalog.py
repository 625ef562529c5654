"""The servicer for viewers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import grpc
from marquee.catalog.v1 import catalog_pb2, catalog_pb2_grpc
from marquee.entitlement.v1 import entitlement_pb2, entitlement_pb2_grpc

from services.catalog import answers, convert, errors, facts, finding, storage, suggestions
from services.catalog.domain import listing
from services.catalog.following import LISTS
from services.kit import clock, context, db, paging, visibility

Rpc: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
#: Answers that are kept leave encoded, and the server lets bytes pass as they are.
Encoded: TypeAlias = Any

_MOST_FOUND, _MOST_RELATED = 50, 6
_SUGGESTED, _MOST_SUGGESTED = 8, 20
#: Nobody pages further through suggestions.
_DEEPEST_SUGGESTION = 200


class Catalog(catalog_pb2_grpc.CatalogServiceServicer):
    """Shows the catalogue to viewers.

    Args:
        database: the catalogue's own.
        time: tells which windows are open.
        known: the facts of all titles, which have the last word on who sees what.
        kept: the answers that are kept.
        finder: finds titles by words and by meaning.
        suggester: suggests while a viewer types.
        entitlement: tells what the caller may watch.
    """

    def __init__(
        self,
        database: db.Database,
        time: clock.Clock,
        known: facts.KnownFacts,
        kept: answers.Answers,
        finder: finding.Finder,
        suggester: suggestions.Suggester,
        entitlement: entitlement_pb2_grpc.EntitlementServiceAsyncStub,
    ) -> None:
        self._database = database
        self._time = time
        self._known = known
        self._answers = kept
        self._finder = finder
        self._suggester = suggester
        self._entitlement = entitlement

    async def ListTitles(self, request: catalog_pb2.ListTitlesRequest, rpc: Rpc) -> Encoded:
        """Answers one page, and how many titles there are on all pages."""
        caller = context.caller()
        viewer = facts.viewer(caller)
        language = request.display_language_code or caller.language_code
        key = (LISTS, viewer, language, request.SerializeToString())
        return self._answers.get(key) or await self._list(key, request, viewer, language)

    async def GetTitle(self, request: catalog_pb2.GetTitleRequest, rpc: Rpc) -> Encoded:
        """Answers a title, if the caller may know of it at this moment."""
        caller = context.caller()
        title_id = request.title_id.lower()
        if not self._known.shows(title_id, facts.viewer(caller), self._time):
            raise errors.TitleNotFound(title_id)
        key = (title_id, request.display_language_code or caller.language_code)
        return self._answers.get(key) or await self._get(key)

    async def BatchGetTitles(
        self, request: catalog_pb2.BatchGetTitlesRequest, rpc: Rpc
    ) -> catalog_pb2.BatchGetTitlesResponse:
        """Answers the titles that the caller may know of."""
        caller = context.caller()
        shown = self._known.shown_to(facts.viewer(caller), self._time.now())
        wanted = [title_id for title_id in map(str.lower, request.title_ids) if shown(title_id)]
        cards = await self._cards(wanted, request.display_language_code or caller.language_code)
        answer = catalog_pb2.BatchGetTitlesResponse()
        for title_id in wanted:
            if title_id in cards:
                answer.titles.add().MergeFromString(cards[title_id])
        return answer

    async def SearchTitles(
        self, request: catalog_pb2.SearchTitlesRequest, rpc: Rpc
    ) -> catalog_pb2.SearchTitlesResponse:
        """Answers the titles that match best."""
        caller = context.caller()
        shown = self._known.shown_to(facts.viewer(caller), self._time.now())
        limit = paging.size(request.page_size, default=listing.DEFAULT_PAGE, most=_MOST_FOUND)
        if request.included_only and not caller.account_id:
            return catalog_pb2.SearchTitlesResponse()
        included = self._included if request.included_only else None
        page = await self._finder.find(convert.wish(request), shown, request.page_token, limit, included)
        language = request.display_language_code or caller.language_code
        related = [] if request.page_token else self._suggester.related(request.query, shown.mask(), _MOST_RELATED)
        return catalog_pb2.SearchTitlesResponse(
            related=[convert.suggestion(found, language) for found in related],
            results=[convert.result(found.match, found.similarity, language) for found in page.found],
            next_page_token=page.next_page_token,
            by_meaning=page.by_meaning,
        )

    async def SuggestSearch(
        self, request: catalog_pb2.SuggestSearchRequest, rpc: Rpc
    ) -> catalog_pb2.SuggestSearchResponse:
        """Answers how to go on, from memory: it is asked with every letter."""
        caller = context.caller()
        fingerprint = ["suggest", request.query]
        (skip,) = paging.cursor(request.page_token, of=fingerprint, kinds=(paging.non_negative_int,)) or (0,)
        limit = paging.size(request.page_size, default=_SUGGESTED, most=_MOST_SUGGESTED)
        shown = self._known.shown_to(facts.viewer(caller), self._time.now()).mask()
        found = self._suggester.suggest(request.query, shown, min(skip + limit, _DEEPEST_SUGGESTION) + 1)
        language = request.display_language_code or caller.language_code
        answer = catalog_pb2.SuggestSearchResponse(
            suggestions=[convert.suggestion(one, language) for one in found[skip : skip + limit]]
        )
        if len(found) > skip + limit:
            answer.next_page_token = paging.token([skip + limit], of=fingerprint)
        return answer

    async def GetFilters(self, request: catalog_pb2.GetFiltersRequest, rpc: Rpc) -> Encoded:
        """Answers what titles can be filtered by."""
        viewer = facts.viewer(context.caller())
        key = (LISTS, viewer)
        return self._answers.get(key) or await self._filters(key, viewer)

    async def _included(self, title_ids: Sequence[str]) -> set[str]:
        """Answers which titles the caller may watch now."""
        answer = await self._entitlement.BatchCheckAccess(entitlement_pb2.BatchCheckAccessRequest(title_ids=title_ids))
        return {decision.title_id for decision in answer.decisions if decision.allowed}

    async def _get(self, key: tuple[str, str]) -> bytes:
        title_id, language = key
        since = self._answers.changes
        async with self._database.reading() as session:
            row = await storage.titles.get(session, title_id)
            publish_times = await storage.documents.publish_times(session, [title_id])
        if row is None:
            raise errors.TitleNotFound(title_id)
        answer = catalog_pb2.GetTitleResponse(title=convert.whole(row, language, publish_times))
        return self._answers.keep(key, answer.SerializeToString(), since=since, tags=[title_id])

    async def _list(
        self, key: tuple[Any, ...], request: catalog_pb2.ListTitlesRequest, viewer: visibility.Viewer, language: str
    ) -> bytes:
        filters = convert.filters(request)
        fingerprint = filters.fingerprint()
        after = listing.place(paging.cursor(request.page_token, of=fingerprint), filters)
        limit = paging.size(request.page_size, default=listing.DEFAULT_PAGE, most=listing.LARGEST_PAGE)
        at, since = self._time.now(), self._answers.changes
        async with self._database.reading() as session:
            rows = await storage.titles.page(session, filters, viewer, at, after=after, limit=limit + 1)
            total = await storage.titles.count(session, filters, viewer, at)
        answer = catalog_pb2.ListTitlesResponse(
            titles=[convert.card(row, language) for row in rows[:limit]], total_size=total
        )
        if len(rows) > limit:
            last = rows[limit - 1]
            answer.next_page_token = paging.token([last.place, last.title_id], of=fingerprint)
        edge = self._known.next_edge(at)
        return self._answers.keep(key, answer.SerializeToString(), since=since, tags=[LISTS], expire_time=edge)

    async def _filters(self, key: tuple[Any, ...], viewer: visibility.Viewer) -> bytes:
        at, since = self._time.now(), self._answers.changes
        async with self._database.reading() as session:
            answer = convert.filter_values(await storage.titles.filter_values(session, viewer, at))
        edge = self._known.next_edge(at)
        return self._answers.keep(key, answer.SerializeToString(), since=since, tags=[LISTS], expire_time=edge)

    async def _cards(self, title_ids: Sequence[str], language: str) -> dict[str, bytes]:
        """Answers encoded titles as they stand in lists, by id; those that are not kept are read together."""
        kept = {title_id: self._answers.get(("card", title_id, language)) for title_id in title_ids}
        cards = {title_id: card for title_id, card in kept.items() if card is not None}
        missing = [title_id for title_id, card in kept.items() if card is None]
        if missing:
            since = self._answers.changes
            async with self._database.reading() as session:
                rows = await storage.titles.some(session, missing)
            for row in rows:
                card = convert.card(row, language).SerializeToString()
                key = ("card", row.title_id, language)
                cards[row.title_id] = self._answers.keep(key, card, since=since, tags=[row.title_id])
        return cards
