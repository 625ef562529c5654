"""The servicer for other services."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, TypeAlias

import grpc
from marquee.catalog.v1 import catalog_pb2, catalog_pb2_grpc

from services.catalog import convert, storage, tables
from services.kit import db

Rpc: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"

_FACTS_IN_A_MESSAGE, _DOCUMENTS_IN_A_MESSAGE = 500, 200


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
