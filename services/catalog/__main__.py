"""Runs the catalog service."""

from __future__ import annotations

import sys

from marquee.catalog.v1 import (
    catalog_admin_service_pb2_grpc,
    catalog_internal_pb2_grpc,
    catalog_service_pb2_grpc,
    collection_admin_service_pb2_grpc,
    collection_service_pb2_grpc,
)
from marquee.embedding.v1 import embedding_internal_pb2_grpc
from marquee.entitlement.v1 import entitlement_service_pb2_grpc
from marquee.recommendation.v1 import recommendation_internal_pb2_grpc

from services.catalog import config, event_consumer, handlers, replica_sync, worker
from services.catalog.enrichment import enrichment_queue, taxonomy, taxonomy_enricher
from services.catalog.imports import title_importer
from services.catalog.search import autocomplete, fulltext_index, search_service, semantic_client
from services.catalog.titles import term_names, title_ordinals, visibility_index
from services.kit import (
    access_tokens,
    cache,
    client,
    clock,
    db,
    events,
    jobs,
    jwks_keyring,
    process,
    redis,
    service_identity,
)
from services.kit import config as kit_config
from services.kit.server import Server

_AREA = "catalog"
#: How long a search waits for the titles that are similar in meaning.
_MEANING_SECONDS = 0.15


async def _main() -> None:
    settings = config.read()
    common = settings.common
    time = clock.SystemClock()
    database = db.Database(common.database_url, _AREA)
    outbox = events.Outbox(_AREA, database, redis.connect(common.redis_url), time)
    own_identity = service_identity.load(_AREA, common, time)
    mesh = client.Mesh(own_identity, common.peers)
    authenticator = access_tokens.Authenticator(jwks_keyring.of_identity(mesh), own_identity, time)

    ordinals = title_ordinals.TitleOrdinals()
    title_facts = visibility_index.VisibilityIndex(ordinals)
    responses = cache.Cache(time, most_bytes=settings.most_cache_bytes)
    index = fulltext_index.FulltextIndex(ordinals)
    suggester = autocomplete.Autocomplete(ordinals, index.vocabulary)
    names = term_names.TermNames(taxonomy.translations())
    redis_events = redis.connect(common.redis_url, timeout=None)
    sync = replica_sync.CatalogSync(database, redis_events, title_facts, responses, index, suggester, names)

    recommendation = recommendation_internal_pb2_grpc.RecommendationInternalServiceStub(mesh.channel("recommendation"))
    semantic = semantic_client.SemanticClient(recommendation, ordinals, patience=_MEANING_SECONDS)

    enricher = _enricher(settings, recommendation, mesh)
    enrichment_worker = worker.Worker(database, outbox, time, enricher, names)
    job_worker = jobs.Worker(common.database_url, _AREA, {enrichment_queue.JOB: enrichment_worker.enrich})
    consumer = events.Consumer(
        _AREA,
        ["recommendation"],
        database,
        redis.connect(common.redis_url, timeout=None),
        event_consumer.on_event,
    )

    server = Server(common.listen, authenticator)
    server.add(
        catalog_service_pb2_grpc.add_CatalogServiceServicer_to_server,
        handlers.Catalog(
            database,
            time,
            title_facts,
            responses,
            search_service.SearchService(index, semantic, ordinals, sync.indexes.loaded),
            suggester,
            entitlement_service_pb2_grpc.EntitlementServiceStub(mesh.channel("entitlement")),
            names,
        ),
    )
    server.add(
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
    )
    server.add(
        catalog_internal_pb2_grpc.add_CatalogInternalServiceServicer_to_server,
        handlers.CatalogInternal(database, names),
    )
    server.add(
        collection_service_pb2_grpc.add_CollectionServiceServicer_to_server,
        handlers.Collections(database, time, title_facts, responses, names),
    )
    server.add(
        collection_admin_service_pb2_grpc.add_CollectionAdminServiceServicer_to_server,
        handlers.CollectionAdmin(database, outbox, time, sync),
    )
    try:
        await process.serve(
            server,
            outbox.relay(),
            sync.run(),
            consumer.run(),
            job_worker.run(),
            loaded=sync.facts.loaded.wait,
            metrics_listen=common.metrics_listen,
        )
    finally:
        await mesh.close()
        await database.close()


def _enricher(
    settings: config.Config,
    recommendation: recommendation_internal_pb2_grpc.RecommendationInternalServiceAsyncStub,
    mesh: client.Mesh,
) -> taxonomy_enricher.Enricher:
    """Returns what generates values: the taxonomy, or a language model if a key is set."""
    terms = taxonomy.read()
    embedding = embedding_internal_pb2_grpc.EmbeddingInternalServiceStub(mesh.channel("embedding"))
    plain = taxonomy_enricher.TaxonomyEnricher(terms, recommendation, embedding)
    if not settings.anthropic_key:
        return plain
    try:
        # Imported here, so that the platform runs without the library.
        from services.catalog.enrichment import llm_enricher
    except ImportError:
        raise kit_config.ConfigError("ANTHROPIC_API_KEY is set, but the extra `llm` is not installed") from None
    return llm_enricher.open_enricher(settings.anthropic_key, settings.anthropic_model, terms, plain)


if __name__ == "__main__":
    sys.exit(process.run(_AREA, _main))
