"""The servicer for editors."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from typing import Any, BinaryIO, TypeAlias, cast

import grpc
from marquee.catalog.v1 import catalog_admin_service_pb2, catalog_admin_service_pb2_grpc

from services.catalog import convert, replica_sync, storage
from services.catalog.domain import completeness, enrichment, title_lists
from services.catalog.enrichment import enrichment_queue
from services.catalog.imports import title_importer
from services.catalog.titles import term_names
from services.kit import clock, db, events, ids, paging
from services.kit import errors as kit_errors

Rpc: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"


class CatalogAdmin(catalog_admin_service_pb2_grpc.CatalogAdminServiceServicer):
    """Manages the catalog, for editors.

    Args:
        importer: imports files.
        sync: updates this replica after an import.
        database: the catalog's database.
        outbox: publishes which titles changed.
        time: the time at which an editor decides.
        names: the names of terms.
        provider: what generates values.
    """

    def __init__(
        self,
        importer: title_importer.TitleImporter,
        sync: replica_sync.CatalogSync,
        database: db.Database,
        outbox: events.Outbox,
        time: clock.Clock,
        names: term_names.TermNames,
        *,
        provider: str,
    ) -> None:
        self._importer = importer
        self._sync = sync
        self._database = database
        self._outbox = outbox
        self._time = time
        self._names = names
        self._provider = provider

    async def ImportTitles(
        self, requests: AsyncIterator[catalog_admin_service_pb2.ImportTitlesRequest], rpc: Rpc
    ) -> catalog_admin_service_pb2.ImportTitlesResponse:
        """Imports a file, which is kept on disk while it is being sent."""
        with tempfile.TemporaryFile() as temporary:
            file = cast("BinaryIO", temporary)
            options = await title_importer.receive(requests, file)
            report = await self._importer.run(file, options)
        await self._sync.catch_up()
        return convert.import_report.message(report)

    async def EnrichTitles(
        self, request: catalog_admin_service_pb2.EnrichTitlesRequest, rpc: Rpc
    ) -> catalog_admin_service_pb2.EnrichTitlesResponse:
        """Queues titles; a job enriches them."""
        title_ids = list(dict.fromkeys(request.title_ids))
        async with self._database.transaction(serialize_by="enrichment") as session:
            existing = await storage.titles.existing(session, title_ids) if title_ids else set()
            for title_id in title_ids:
                if title_id not in existing:
                    raise kit_errors.TitleNotFound(title_id)
            queued = await enrichment_queue.add(session, title_ids, again=request.again)
        return catalog_admin_service_pb2.EnrichTitlesResponse(queued_count=queued)

    async def GetEnrichmentStatus(
        self, request: catalog_admin_service_pb2.GetEnrichmentStatusRequest, rpc: Rpc
    ) -> catalog_admin_service_pb2.GetEnrichmentStatusResponse:
        """Counts titles by the state of their enrichment."""
        async with self._database.reading() as session:
            status = await storage.enrichment.status(session)
        return convert.enrichment.status(status, self._provider)

    async def GetTitleEnrichment(
        self, request: catalog_admin_service_pb2.GetTitleEnrichmentRequest, rpc: Rpc
    ) -> catalog_admin_service_pb2.GetTitleEnrichmentResponse:
        """Returns the values of a title with their sources."""
        async with self._database.reading() as session:
            values = await self._values(session, request.title_id)
        return catalog_admin_service_pb2.GetTitleEnrichmentResponse(values=values, etag=convert.enrichment.etag(values))

    async def ReviewTitleEnrichment(
        self, request: catalog_admin_service_pb2.ReviewTitleEnrichmentRequest, rpc: Rpc
    ) -> catalog_admin_service_pb2.ReviewTitleEnrichmentResponse:
        """Stores what an editor decided."""
        title_id = request.title_id
        values = enrichment.reviewed(request.field, request.values)
        if values is None:
            raise kit_errors.RequestInvalid("A description is one line; moods and themes have 80 characters at most.")
        async with self._database.transaction(serialize_by="enrichment") as session:
            await storage.enrichment.lock(session)
            if request.etag and request.etag != convert.enrichment.etag(await self._values(session, title_id)):
                raise kit_errors.EtagMismatch(title_id)
            if not await storage.enrichment.review(session, title_id, request.field, list(values), self._time.now()):
                raise kit_errors.TitleNotFound(title_id)
            await storage.terms.add(session, enrichment.term_names(request.field, values))
            await enrichment_queue.publish(session, self._outbox, [title_id])
            reviewed = await self._values(session, title_id)
        await self._sync.catch_up()
        return catalog_admin_service_pb2.ReviewTitleEnrichmentResponse(
            values=reviewed, etag=convert.enrichment.etag(reviewed)
        )

    async def GetCompletenessReport(
        self, request: catalog_admin_service_pb2.GetCompletenessReportRequest, rpc: Rpc
    ) -> catalog_admin_service_pb2.GetCompletenessReportResponse:
        """Returns which fields titles have and lack."""
        fingerprint = ["completeness", request.type]
        cursor = paging.cursor(request.page_token, of=fingerprint, kinds=(completeness.score, ids.parse))
        after = completeness.Place(*cursor) if cursor else None
        limit = paging.size(request.page_size, default=title_lists.DEFAULT_PAGE, most=title_lists.LARGEST_PAGE)
        async with self._database.reading() as session:
            report = await storage.completeness.report(session, request.type, after, limit + 1)
        token = ""
        if len(report.lacking) > limit:
            last = report.lacking[limit - 1]
            token = paging.token([last.score, last.title_id], of=fingerprint)
        return convert.completeness.report(report, limit, token)

    async def _values(self, session: db.Session, title_id: str) -> list[catalog_admin_service_pb2.EnrichedValue]:
        title, stored = await storage.enrichment.of_title(session, title_id)
        if title is None:
            raise kit_errors.TitleNotFound(title_id)
        await self._names.load(session, [title])
        return convert.enrichment.values(title, stored, self._names)
