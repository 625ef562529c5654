"""The servicer for the other services."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, TypeAlias

import grpc
from marquee.catalog.v1 import catalog_internal_pb2, catalog_internal_pb2_grpc

from services.catalog import convert, storage, tables
from services.catalog.titles import fact_messages, term_names
from services.kit import db

Rpc: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"

_FACTS_AT_ONCE, _DOCUMENTS_AT_ONCE = 500, 200
#: gRPC refuses messages of more than 4 MiB. A series alone has less: a row of an import has 1 MiB at most.
_MOST_INDEX_BYTES = 1024 * 1024


class CatalogInternal(catalog_internal_pb2_grpc.CatalogInternalServiceServicer):
    """Gives other services what they need of titles and episodes.

    Args:
        database: the catalog's database.
        names: the names of terms.
    """

    def __init__(self, database: db.Database, names: term_names.TermNames) -> None:
        self._database = database
        self._names = names

    async def StreamTitleFacts(
        self, request: catalog_internal_pb2.StreamTitleFactsRequest, rpc: Rpc
    ) -> AsyncIterator[catalog_internal_pb2.StreamTitleFactsResponse]:
        """Streams the facts by revision; a title that changes meanwhile comes a second time."""
        revision = 0
        while True:
            async with self._database.reading() as session:
                rows = await storage.titles.facts_after(session, revision, limit=_FACTS_AT_ONCE)
                messages = await fact_messages.facts(session, rows)
            if not rows:
                return
            for facts in messages:
                yield catalog_internal_pb2.StreamTitleFactsResponse(facts=facts)
            revision = rows[-1].revision

    async def StreamTitleDocuments(
        self, request: catalog_internal_pb2.StreamTitleDocumentsRequest, rpc: Rpc
    ) -> AsyncIterator[catalog_internal_pb2.StreamTitleDocumentsResponse]:
        """Streams documents as they are read, a few at a time: all of them by revision, as the facts are."""
        async for documents in self._documents(list(dict.fromkeys(request.title_ids))):
            for together in fact_messages.split(documents, lambda document: len(document.episodes)):
                yield catalog_internal_pb2.StreamTitleDocumentsResponse(documents=together)

    async def BatchGetEpisodeIndex(
        self, request: catalog_internal_pb2.BatchGetEpisodeIndexRequest, rpc: Rpc
    ) -> catalog_internal_pb2.BatchGetEpisodeIndexResponse:
        """Returns the episodes of several series, of as many as one message holds."""
        async with self._database.reading() as session:
            existing = await storage.titles.existing(session, request.title_ids)
            title_ids = [title_id for title_id in dict.fromkeys(request.title_ids) if title_id in existing]
            counts = await storage.episodes.counts(session, title_ids)
            first = next(fact_messages.split(title_ids, lambda title_id: counts.get(title_id, 0)), [])
            episodes = await storage.episodes.by_title(session, first)
        indexes = (
            catalog_internal_pb2.EpisodeIndex(
                title_id=title_id, episodes=map(convert.titles.episode_ref, episodes.get(title_id, ()))
            )
            for title_id in first
        )
        # Names of episodes may be long, so their number alone does not bound the message.
        fitting = next(fact_messages.split(indexes, catalog_internal_pb2.EpisodeIndex.ByteSize, _MOST_INDEX_BYTES), [])
        return catalog_internal_pb2.BatchGetEpisodeIndexResponse(
            indexes=fitting, remaining_title_ids=title_ids[len(fitting) :]
        )

    async def ResolveEpisodes(
        self, request: catalog_internal_pb2.ResolveEpisodesRequest, rpc: Rpc
    ) -> catalog_internal_pb2.ResolveEpisodesResponse:
        """Returns the series of several episodes."""
        async with self._database.reading() as session:
            rows = await storage.episodes.resolve(session, list(set(request.episode_ids)))
        return catalog_internal_pb2.ResolveEpisodesResponse(
            episodes=[
                catalog_internal_pb2.ResolvedEpisode(episode_id=row.episode_id, title_id=row.title_id) for row in rows
            ]
        )

    async def _documents(self, title_ids: list[str]) -> AsyncIterator[list[catalog_internal_pb2.TitleDocument]]:
        if title_ids:
            for start in range(0, len(title_ids), _DOCUMENTS_AT_ONCE):
                async with self._database.reading() as session:
                    rows = await storage.title_documents.some(session, title_ids[start : start + _DOCUMENTS_AT_ONCE])
                    documents = await self._convert(session, rows)
                yield documents
            return
        revision = 0
        while True:
            async with self._database.reading() as session:
                rows = await storage.title_documents.after(session, revision, limit=_DOCUMENTS_AT_ONCE)
                documents = await self._convert(session, rows)
            if not rows:
                return
            yield documents
            revision = rows[-1].revision

    async def _convert(
        self, session: db.Session, rows: Sequence[tables.Row]
    ) -> list[catalog_internal_pb2.TitleDocument]:
        episodes = await storage.episodes.by_title(session, [row.title_id for row in rows])
        await self._names.load(session, rows)
        return [convert.titles.document(row, episodes.get(row.title_id, ()), self._names) for row in rows]
