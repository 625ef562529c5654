"""The catalog service with a real database, a real Redis and a fixed clock."""

import asyncio
import contextlib
import dataclasses

import grpc
import pytest
from marquee.catalog.v1 import (
    catalog_admin_service_pb2_grpc,
    catalog_internal_pb2_grpc,
    catalog_service_pb2_grpc,
    collection_admin_service_pb2_grpc,
    collection_service_pb2_grpc,
)
from marquee.embedding.v1 import embedding_internal_pb2_grpc
from marquee.entitlement.v1 import entitlement_service_pb2_grpc
from marquee.event.v1 import event_internal_pb2
from marquee.recommendation.v1 import recommendation_internal_pb2_grpc

from services.catalog import event_consumer, handlers, replica_sync, worker
from services.catalog.enrichment import enrichment_queue, taxonomy, taxonomy_enricher
from services.catalog.imports import title_importer
from services.catalog.search import autocomplete, fulltext_index, search_service, semantic_client
from services.catalog.tests import builders, fakes
from services.catalog.titles import term_names, title_ordinals, visibility_index
from services.kit import cache, clock, db, event_streams, events, jobs, redis, testing


@dataclasses.dataclass
class Replica:
    """One replica, and what tests look at beside its answers."""

    channel: grpc.aio.Channel
    titles: catalog_service_pb2_grpc.CatalogServiceStub
    admin: catalog_admin_service_pb2_grpc.CatalogAdminServiceStub
    internal: catalog_internal_pb2_grpc.CatalogInternalServiceStub
    collections: collection_service_pb2_grpc.CollectionServiceStub
    collection_admin: collection_admin_service_pb2_grpc.CollectionAdminServiceStub
    clock: clock.FixedClock
    database: db.Database
    database_url: str
    redis: redis.Client
    sync: replica_sync.CatalogSync
    recommendation: fakes.FakeRecommendation
    entitlement: fakes.FakeEntitlement
    embedding: fakes.FakeEmbedding
    outbox: events.Outbox
    names: term_names.TermNames

    async def import_rows(self, *rows, **options):
        """Imports rows of Marquee's own form, and waits until they can be found."""
        answer = await self.admin.ImportTitles(
            builders.import_requests(builders.lines(*rows), **options), metadata=builders.EDITOR
        )
        await self.wait_until_indexed()
        return answer

    async def wait_for_facts(self, number):
        """Returns the facts of the published events, once there are as many."""
        facts = []
        while len(facts) < number:
            await asyncio.sleep(0.01)
            entries = await self.redis.xrange(event_streams.name_of("catalog"))
            reported = [event_internal_pb2.Event.FromString(fields[b"event"]) for _, fields in entries]
            facts = [facts for event in reported for facts in event.titles_changed.titles]
        return facts

    async def wait_until_indexed(self):
        while not self._is_indexed():
            await asyncio.sleep(0.01)

    def _is_indexed(self):
        return self.sync.indexes.loaded.is_set() and self.sync._index_revision == self.sync._facts_revision


@contextlib.asynccontextmanager
async def run_replica(database_url, redis_url, patience=testing.PATIENCE):
    time = testing.a_clock()
    recommendation, entitlement, embedding = fakes.FakeRecommendation(), fakes.FakeEntitlement(), fakes.FakeEmbedding()
    peers = testing.serving(
        (recommendation_internal_pb2_grpc.add_RecommendationInternalServiceServicer_to_server, recommendation),
        (entitlement_service_pb2_grpc.add_EntitlementServiceServicer_to_server, entitlement),
        (embedding_internal_pb2_grpc.add_EmbeddingInternalServiceServicer_to_server, embedding),
        time=time,
    )
    async with peers as address:
        mesh = testing.a_mesh("catalog", dict.fromkeys(["recommendation", "entitlement", "embedding"], address), time)
        try:
            async with _run_replica(database_url, redis_url, time, mesh, patience) as running:
                yield dataclasses.replace(
                    running, recommendation=recommendation, entitlement=entitlement, embedding=embedding
                )
        finally:
            recommendation.open.set()
            await mesh.close()


@contextlib.asynccontextmanager
async def _run_replica(database_url, redis_url, time, mesh, patience):
    database = db.Database(database_url, "catalog")
    plain, blocking = redis.connect(redis_url), redis.connect(redis_url, timeout=None)
    outbox = events.Outbox("catalog", database, plain, time)
    ordinals = title_ordinals.TitleOrdinals()
    title_facts = visibility_index.VisibilityIndex(ordinals)
    responses = cache.Cache(time, most_bytes=1_000_000)
    index = fulltext_index.FulltextIndex(ordinals)
    suggester = autocomplete.Autocomplete(ordinals, index.vocabulary)
    names = term_names.TermNames(taxonomy.translations())
    sync = replica_sync.CatalogSync(database, blocking, title_facts, responses, index, suggester, names)
    recommendation = recommendation_internal_pb2_grpc.RecommendationInternalServiceStub(mesh.channel("recommendation"))
    semantic = semantic_client.SemanticClient(recommendation, ordinals, patience=patience, pause=testing.PATIENCE)
    catalog = handlers.Catalog(
        database,
        time,
        title_facts,
        responses,
        search_service.SearchService(index, semantic, ordinals, sync.indexes.loaded),
        suggester,
        entitlement_service_pb2_grpc.EntitlementServiceStub(mesh.channel("entitlement")),
        names,
    )
    embedding = embedding_internal_pb2_grpc.EmbeddingInternalServiceStub(mesh.channel("embedding"))
    enricher = taxonomy_enricher.TaxonomyEnricher(taxonomy.read(), recommendation, embedding)
    enrichment_worker = worker.Worker(database, outbox, time, enricher, names, pause=0.05, calm=0.05)
    job_worker = jobs.Worker(database_url, "catalog", {enrichment_queue.JOB: enrichment_worker.enrich}, poll=0.1)
    # Events of recommendation come through a stream of its own, as they do from the service.
    consumer = events.Consumer("catalog", ["recommendation"], database, blocking, event_consumer.on_event)
    registrations = (
        (catalog_service_pb2_grpc.add_CatalogServiceServicer_to_server, catalog),
        (
            catalog_admin_service_pb2_grpc.add_CatalogAdminServiceServicer_to_server,
            handlers.CatalogAdmin(
                title_importer.TitleImporter(database, outbox, time),
                sync,
                database,
                outbox,
                time,
                names,
                provider=enricher.name,
            ),
        ),
        (
            catalog_internal_pb2_grpc.add_CatalogInternalServiceServicer_to_server,
            handlers.CatalogInternal(database, names),
        ),
        (
            collection_service_pb2_grpc.add_CollectionServiceServicer_to_server,
            handlers.Collections(database, time, title_facts, responses, names),
        ),
        (
            collection_admin_service_pb2_grpc.add_CollectionAdminServiceServicer_to_server,
            handlers.CollectionAdmin(database, outbox, time, sync),
        ),
    )
    tasks = [asyncio.create_task(work) for work in (outbox.relay(), sync.run(), job_worker.run(), consumer.run())]
    try:
        await sync.facts.loaded.wait()
        async with testing.channel_to(*registrations, time=time) as channel:
            yield Replica(
                channel=channel,
                titles=catalog_service_pb2_grpc.CatalogServiceStub(channel),
                admin=catalog_admin_service_pb2_grpc.CatalogAdminServiceStub(channel),
                internal=catalog_internal_pb2_grpc.CatalogInternalServiceStub(channel),
                collections=collection_service_pb2_grpc.CollectionServiceStub(channel),
                collection_admin=collection_admin_service_pb2_grpc.CollectionAdminServiceStub(channel),
                clock=time,
                database=database,
                database_url=database_url,
                redis=plain,
                sync=sync,
                recommendation=None,
                entitlement=None,
                embedding=None,
                outbox=outbox,
                names=names,
            )
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await plain.aclose()
        await blocking.aclose()
        await database.close()


@pytest.fixture
async def catalog(database_url, redis_url):
    async with run_replica(await database_url("catalog"), redis_url) as running:
        yield running
