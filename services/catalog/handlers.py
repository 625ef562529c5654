"""What the catalogue answers."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import AsyncIterator, Sequence
from typing import Any, BinaryIO, TypeAlias, cast

import grpc
from marquee.catalog.v1 import catalog_pb2, catalog_pb2_grpc

from services.catalog import answers, convert, errors, facts, finding, following, importing, storage, tables
from services.catalog.domain import listing, titles
from services.catalog.following import LISTS
from services.kit import clock, context, db, paging, visibility

Rpc: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
#: Answers that are kept leave encoded, and the server lets bytes pass as they are.
Encoded: TypeAlias = Any

_FACTS_IN_A_MESSAGE, _DOCUMENTS_IN_A_MESSAGE = 500, 200
_MOST_FOUND = 50

#: Viewers are few kinds: a ceiling in a country.
_viewer = functools.lru_cache(maxsize=1024)(visibility.Viewer)


class Catalog(catalog_pb2_grpc.CatalogServiceServicer):
    """Shows the catalogue to viewers.

    Args:
        database: the catalogue's own.
        time: tells which windows are open.
        known: the facts of all titles, which have the last word on who sees what.
        kept: the answers that are kept.
        finder: finds titles by words.
    """

    def __init__(
        self,
        database: db.Database,
        time: clock.Clock,
        known: facts.KnownFacts,
        kept: answers.Answers,
        finder: finding.Finder,
    ) -> None:
        self._database = database
        self._time = time
        self._known = known
        self._answers = kept
        self._finder = finder

    async def ListTitles(self, request: catalog_pb2.ListTitlesRequest, rpc: Rpc) -> Encoded:
        """Answers one page, and how many titles there are on all pages."""
        caller = context.caller()
        viewer = _viewing(caller)
        language = request.display_language_code or caller.language_code
        key = (LISTS, viewer, language, request.SerializeToString())
        return self._answers.get(key) or await self._list(key, request, viewer, language)

    async def GetTitle(self, request: catalog_pb2.GetTitleRequest, rpc: Rpc) -> Encoded:
        """Answers a title, if the caller may know of it at this moment."""
        caller = context.caller()
        title_id = request.title_id.lower()
        told = self._known.of(title_id)
        if told is None or not visibility.visible(told, _viewing(caller), self._time.now()):
            raise errors.TitleNotFound(title_id)
        key = (title_id, request.display_language_code or caller.language_code)
        return self._answers.get(key) or await self._get(key)

    async def BatchGetTitles(
        self, request: catalog_pb2.BatchGetTitlesRequest, rpc: Rpc
    ) -> catalog_pb2.BatchGetTitlesResponse:
        """Answers the titles that the caller may know of."""
        caller = context.caller()
        shown = self._known.shown_to(_viewing(caller), self._time.now())
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
        shown = self._known.shown_to(_viewing(caller), self._time.now())
        limit = paging.size(request.page_size, default=listing.DEFAULT_PAGE, most=_MOST_FOUND)
        matches, next_page_token = await self._finder.find(request.query, shown, request.page_token, limit)
        wanted = request.display_language_code or caller.language_code
        answer = catalog_pb2.SearchTitlesResponse(next_page_token=next_page_token)
        for match in matches:
            language = next(titles.languages(wanted, match.cards))
            result = answer.results.add(matched_fields=match.fields)
            result.title.MergeFromString(match.cards[language])
        return answer

    async def GetFilters(self, request: catalog_pb2.GetFiltersRequest, rpc: Rpc) -> Encoded:
        """Answers what titles can be filtered by."""
        viewer = _viewing(context.caller())
        key = (LISTS, viewer)
        return self._answers.get(key) or await self._filters(key, viewer)

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


class CatalogAdmin(catalog_pb2_grpc.CatalogAdminServiceServicer):
    """Works on the catalogue for operators.

    Args:
        importer: imports files.
        follower: brings this replica up to date after an import.
    """

    def __init__(self, importer: importing.Importer, follower: following.Follower) -> None:
        self._importer = importer
        self._follower = follower

    async def ImportTitles(
        self, requests: AsyncIterator[catalog_pb2.ImportTitlesRequest], rpc: Rpc
    ) -> catalog_pb2.ImportTitlesResponse:
        """Imports a file, which is kept on disk while it is being sent."""
        with tempfile.TemporaryFile() as temporary:
            file = cast("BinaryIO", temporary)
            options = await importing.receive(requests, file)
            report = await self._importer.run(file, options)
        await self._follower.catch_up()
        return convert.import_report(report)


class CatalogInternal(catalog_pb2_grpc.CatalogInternalServiceServicer):
    """Tells other services what they need of titles.

    Args:
        database: the catalogue's own.
    """

    def __init__(self, database: db.Database) -> None:
        self._database = database

    async def StreamTitleFacts(
        self, request: catalog_pb2.StreamTitleFactsRequest, rpc: Rpc
    ) -> AsyncIterator[catalog_pb2.StreamTitleFactsResponse]:
        """Streams the facts by revision; a title that changes meanwhile is told of once more."""
        revision = 0
        while True:
            async with self._database.reading() as session:
                rows = await storage.titles.facts_after(session, revision, limit=_FACTS_IN_A_MESSAGE)
            if not rows:
                return
            yield catalog_pb2.StreamTitleFactsResponse(facts=[convert.facts_message(row) for row in rows])
            revision = rows[-1].revision

    async def StreamTitleDocuments(
        self, request: catalog_pb2.StreamTitleDocumentsRequest, rpc: Rpc
    ) -> AsyncIterator[catalog_pb2.StreamTitleDocumentsResponse]:
        """Streams documents as they are read, some at a time; all of them by revision, as the facts are."""
        if request.title_ids:
            wanted = list(dict.fromkeys(map(str.lower, request.title_ids)))
            for start in range(0, len(wanted), _DOCUMENTS_IN_A_MESSAGE):
                async with self._database.reading() as session:
                    rows = await storage.documents.some(session, wanted[start : start + _DOCUMENTS_IN_A_MESSAGE])
                    answer = await _documents(session, rows)
                yield answer
            return
        revision = 0
        while True:
            async with self._database.reading() as session:
                rows = await storage.documents.after(session, revision, limit=_DOCUMENTS_IN_A_MESSAGE)
                if not rows:
                    return
                answer = await _documents(session, rows)
            yield answer
            revision = rows[-1].revision


async def _documents(session: db.Session, rows: Sequence[tables.Row]) -> catalog_pb2.StreamTitleDocumentsResponse:
    times = await storage.documents.publish_times(session, [row.title_id for row in rows])
    return catalog_pb2.StreamTitleDocumentsResponse(documents=[convert.title_document(row, times) for row in rows])


def _viewing(caller: context.Caller) -> visibility.Viewer:
    """Answers who is looking: the profile, or for callers without an account a stranger from nowhere."""
    if not caller.account_id:
        return _viewer(visibility.ANONYMOUS_CEILING, "")
    return _viewer(caller.maturity_ceiling, caller.country_code)
