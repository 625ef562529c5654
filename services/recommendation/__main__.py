"""Runs recommendation: `python -m services.recommendation`."""

from __future__ import annotations

import sys

from marquee.entitlement.v1 import entitlement_internal_pb2_grpc
from marquee.epg.v1 import epg_internal_pb2_grpc
from marquee.event.v1 import event_internal_pb2
from marquee.recommendation.v1 import (
    embedding_admin_service_pb2_grpc,
    recommendation_admin_service_pb2_grpc,
    recommendation_internal_pb2_grpc,
    recommendation_service_pb2_grpc,
    taste_service_pb2_grpc,
)

from services.kit import (
    access_tokens,
    broadcast_subscriber,
    client,
    clock,
    db,
    entitled_channels,
    events,
    jobs,
    jwks_keyring,
    process,
    service_identity,
)
from services.kit import redis as kit_redis
from services.kit import replica_sync as kit_replica_sync
from services.kit.server import Server
from services.recommendation import config, event_consumer, replica_sync
from services.recommendation.guide import guide_store, schedule_loader, text_embedder, tonight_service
from services.recommendation.handlers import admin, embedding_admin, home, internal, taste
from services.recommendation.home.home_service import HomeService
from services.recommendation.ranking import model_trainer
from services.recommendation.ranking.feature_gatherer import FeatureGatherer
from services.recommendation.ranking.popularity_tracker import PopularityTracker
from services.recommendation.ranking.title_store import TitleStore
from services.recommendation.ranking.viewer_clients import ViewerClients
from services.recommendation.replay import cleanup
from services.recommendation.replay.decision_recorder import DecisionRecorder
from services.recommendation.replay.decision_replay import DecisionReplayer
from services.recommendation.vectors import embedding_worker
from services.recommendation.vectors.embedding_client import EmbeddingClient, QueryVectors
from services.recommendation.vectors.vector_index import VectorIndex
from services.recommendation.vectors.vector_store import VectorStore

_AREA = "recommendation"
#: How often the guide is loaded from the database. Schedules change all day, and no viewer waits for a change.
_GUIDE_SECONDS = 5.0


async def main() -> None:
    """Wires recommendation and serves it."""
    settings = config.read()
    common = settings.common
    time = clock.SystemClock()
    database = db.Database(common.database_url, _AREA)
    redis, redis_events = kit_redis.connect(common.redis_url), kit_redis.connect(common.redis_url, timeout=None)
    own_identity = service_identity.load(_AREA, common, time)
    mesh = client.Mesh(own_identity, common.peers)
    authenticator = access_tokens.Authenticator(jwks_keyring.of_identity(mesh), own_identity, time)
    outbox = events.Outbox(_AREA, database, redis, time)

    title_store, vector_index = TitleStore(database, time, settings.retention), VectorIndex()
    vector_store = VectorStore(database, vector_index, time, settings.retention)
    popularity = PopularityTracker(database, outbox)
    trainer = model_trainer.ModelTrainer(database, time)
    gatherer = FeatureGatherer(title_store, vector_index, popularity, trainer, ViewerClients(mesh), database, time)
    recorder = DecisionRecorder(database, settings.retention, time)
    homes = HomeService(gatherer, recorder, time)
    replayer = DecisionReplayer(gatherer, vector_store, database, time)
    embedding = EmbeddingClient(mesh)
    query_vectors = QueryVectors(embedding)
    embedder = embedding_worker.EmbeddingWorker(database, outbox, embedding, time)

    guides = guide_store.GuideStore(database, title_store, vector_index)
    tonights = tonight_service.TonightService(gatherer, guides, _entitled_channels(mesh, time), time)

    titles = replica_sync.TitleSync(database, mesh, title_store, time)
    vectors = replica_sync.VectorSync(vector_store)
    guide, facts = (
        kit_replica_sync.ReplicaSync("guide", guides.load, poll=_GUIDE_SECONDS),
        replica_sync.ChannelFactsSync(_epg(mesh), guides),
    )
    listeners = (titles, vectors, facts, homes, tonights)

    async def listen(event: event_internal_pb2.Event) -> None:
        for listener in listeners:
            await listener.listen(event)

    async def missed() -> None:
        for listener in listeners:
            await listener.missed()

    subscriber = broadcast_subscriber.BroadcastSubscriber(
        ["catalog", _AREA, "viewing", "identity", "epg"], redis_events, listen, missed
    )
    consumer = events.Consumer(_AREA, ["viewing", "identity", "epg"], database, redis_events, event_consumer.on_event)
    # A worker for each kind of job, so that neither waits for the other.
    workers = [
        jobs.Worker(common.database_url, _AREA, {embedding_worker.JOB: embedder.embed}),
        jobs.Worker(common.database_url, _AREA, {model_trainer.JOB: trainer.train}),
    ]

    server = (
        Server(common.listen, authenticator)
        .add(
            recommendation_service_pb2_grpc.add_RecommendationServiceServicer_to_server,
            home.Recommendation(gatherer, homes, replayer, query_vectors, tonights),
        )
        .add(taste_service_pb2_grpc.add_TasteServiceServicer_to_server, taste.Taste(gatherer, homes, database))
        .add(
            recommendation_admin_service_pb2_grpc.add_RecommendationAdminServiceServicer_to_server,
            admin.RecommendationAdmin(database, trainer, replayer, time),
        )
        .add(
            recommendation_internal_pb2_grpc.add_RecommendationInternalServiceServicer_to_server,
            internal.RecommendationInternal(vector_index, query_vectors),
        )
        .add(
            embedding_admin_service_pb2_grpc.add_EmbeddingAdminServiceServicer_to_server,
            embedding_admin.EmbeddingAdmin(database, embedding, time),
        )
    )

    async def loaded() -> None:
        """Waits until titles, vectors and the guide are loaded; only then the process reports SERVING."""
        await titles.loaded.wait()
        await vectors.loaded.wait()
        await guide.loaded.wait()
        gatherer.get_vectors(await gatherer.get_matrix())

    try:
        await process.serve(
            server,
            outbox.relay(),
            kit_replica_sync.follow(subscriber, titles, vectors, facts, guide),
            consumer.run(),
            popularity.run(),
            trainer.run(),
            recorder.run(),
            cleanup.run(database, time, settings.retention),
            embedder.run(),
            schedule_loader.ScheduleLoader(database, _epg(mesh), title_store, time).run(),
            text_embedder.TextEmbedder(database, embedding, time).run(),
            *(worker.run() for worker in workers),
            loaded=loaded,
            metrics_listen=common.metrics_listen,
        )
    finally:
        await homes.close()
        await mesh.close()
        await database.close()
        await redis.aclose()
        await redis_events.aclose()


def _epg(mesh: client.Mesh) -> epg_internal_pb2_grpc.EpgInternalServiceAsyncStub:
    return epg_internal_pb2_grpc.EpgInternalServiceStub(mesh.channel("epg"))


def _entitled_channels(mesh: client.Mesh, time: clock.Clock) -> entitled_channels.EntitledChannels:
    entitlement = entitlement_internal_pb2_grpc.EntitlementInternalServiceStub(mesh.channel("entitlement"))
    return entitled_channels.EntitledChannels(time, entitlement.ListEntitledChannels)


if __name__ == "__main__":
    sys.exit(process.run(_AREA, main))
