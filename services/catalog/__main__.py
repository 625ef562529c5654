"""Runs the catalogue."""

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

from services.catalog import (
    autocomplete,
    config,
    enrichment_queue,
    event_consumer,
    fulltext_index,
    handlers,
    replica_sync,
    response_cache,
    search_service,
    semantic_client,
    taxonomy,
    taxonomy_enricher,
    term_names,
    title_import,
    title_ordinals,
    visibility_index,
    worker,
)
from services.kit import client, clock, db, events, jobs, jwks_keyring, process, redis, tokens
from services.kit import config as kit_config
from services.kit.server import Server

_AREA = "catalog"
#: Who searches waits no longer for what titles mean.
_MEANING_SECONDS = 0.15


async def _main() -> None:
    settings = config.read()
    common = settings.common
    time = clock.SystemClock()
    database = db.Database(common.database_url, _AREA)
    outbox = events.Outbox(_AREA, database, redis.connect(common.redis_url), time)
    service_tokens = tokens.ServiceTokens(_AREA, common.service_secret, time)
    mesh = client.Mesh(service_tokens, common.peers)
    authenticator = tokens.Authenticator(jwks_keyring.of_identity(mesh), common.service_secret, time)

    numbered = title_ordinals.TitleOrdinals()
    known = visibility_index.VisibilityIndex(numbered)
    kept = response_cache.ResponseCache(time, most_bytes=settings.most_answer_bytes)
    index = fulltext_index.FulltextIndex(numbered)
    suggester = autocomplete.Autocomplete(numbered, index.vocabulary)
    names = term_names.TermNames(taxonomy.translations())
    follower = replica_sync.ReplicaSync(database, known, kept, index, suggester, names)
    tail = events.BroadcastSubscriber(
        [_AREA], redis.connect(common.redis_url, timeout=None), listen=follower.listen, missed=follower.missed
    )
    await tail.start()
    await follower.catch_up()

    recommendation = recommendation_internal_pb2_grpc.RecommendationInternalServiceStub(mesh.channel("recommendation"))
    sense = semantic_client.SemanticClient(recommendation, numbered, patience=_MEANING_SECONDS)

    fills = _enricher(settings, recommendation, mesh)
    works = worker.Worker(database, outbox, time, fills, names)
    makers = jobs.Worker(common.database_url, _AREA, {enrichment_queue.JOB: works.enrich})
    listening = redis.connect(common.redis_url, timeout=None)
    consumer = events.Consumer(_AREA, ["recommendation"], database, listening, event_consumer.on_event)

    server = Server(common.listen, authenticator)
    server.add(
        catalog_service_pb2_grpc.add_CatalogServiceServicer_to_server,
        handlers.Catalog(
            database,
            time,
            known,
            kept,
            search_service.SearchService(index, sense, numbered, follower),
            suggester,
            entitlement_service_pb2_grpc.EntitlementServiceStub(mesh.channel("entitlement")),
            names,
        ),
    )
    server.add(
        catalog_admin_service_pb2_grpc.add_CatalogAdminServiceServicer_to_server,
        handlers.CatalogAdmin(
            title_import.TitleImporter(database, outbox, time),
            follower,
            database,
            outbox,
            time,
            names,
            provider=fills.name,
        ),
    )
    server.add(
        catalog_internal_pb2_grpc.add_CatalogInternalServiceServicer_to_server,
        handlers.CatalogInternal(database, names),
    )
    server.add(
        collection_service_pb2_grpc.add_CollectionServiceServicer_to_server,
        handlers.Collections(database, time, known, kept, names),
    )
    server.add(
        collection_admin_service_pb2_grpc.add_CollectionAdminServiceServicer_to_server,
        handlers.CollectionAdmin(database, outbox, time, follower),
    )
    try:
        await process.serve(
            server,
            outbox.relay(),
            tail.run(),
            follower.run(),
            consumer.run(),
            makers.run(),
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
    """Answers what fills in what titles lack: the taxonomy, or a language model where a key is set."""
    words = taxonomy.read()
    embedding = embedding_internal_pb2_grpc.EmbeddingInternalServiceStub(mesh.channel("embedding"))
    plain = taxonomy_enricher.TaxonomyEnricher(words, recommendation, embedding)
    if not settings.anthropic_key:
        return plain
    try:
        # Only here, so that the platform runs without the library.
        from services.catalog import llm_enricher
    except ImportError:
        raise kit_config.ConfigError("ANTHROPIC_API_KEY is set, but the extra `llm` is not installed") from None
    return llm_enricher.open_enricher(settings.anthropic_key, settings.anthropic_model, words, plain)


if __name__ == "__main__":
    sys.exit(process.run(_AREA, _main))
