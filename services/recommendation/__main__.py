"""Runs recommendation: `python -m services.recommendation`."""

import sys

from marquee.recommendation.v1 import (
    embedding_admin_service_pb2_grpc,
    recommendation_admin_service_pb2_grpc,
    recommendation_internal_pb2_grpc,
    recommendation_service_pb2_grpc,
    taste_service_pb2_grpc,
)

from services.kit import client, clock, db, events, jobs, jwks_keyring, process, service_identity, tokens
from services.kit import redis as kit_redis
from services.kit.server import Server
from services.recommendation import config, replica_sync
from services.recommendation.handlers import admin, home, internal, postplay, taste
from services.recommendation.handlers import embeddings as embeddings_handlers
from services.recommendation.home.home_service import HomeService
from services.recommendation.ranking.feature_gatherer import FeatureGatherer
from services.recommendation.ranking.model_trainer import TRAIN, Training
from services.recommendation.ranking.popularity_tracker import PopularityTracker, on_event
from services.recommendation.ranking.title_store import TitleStore
from services.recommendation.ranking.viewer_clients import ViewerClients
from services.recommendation.replay.decision_recorder import DecisionRecorder
from services.recommendation.replay.decision_replay import Replayer
from services.recommendation.vectors import embedding_worker
from services.recommendation.vectors.embedding_client import MeshEmbedder, Queries
from services.recommendation.vectors.vector_index import VectorIndex

_AREA = "recommendation"


async def main() -> None:
    """Wires recommendation and serves it."""
    own = config.read()
    common = own.common
    time = clock.SystemClock()
    database = db.Database(common.database_url, _AREA)
    redis, redis_events = kit_redis.connect(common.redis_url), kit_redis.connect(common.redis_url, timeout=None)
    own_identity = service_identity.load(_AREA, common, time)
    mesh = client.Mesh(own_identity, common.peers)
    authenticator = tokens.Authenticator(jwks_keyring.of_identity(mesh), own_identity, time)
    outbox = events.Outbox(_AREA, database, redis, time)

    library = TitleStore(database, time, own.retention)
    space = VectorIndex()
    titles = replica_sync.TitleFollower(database, mesh, library, time)
    vectors = replica_sync.VectorFollower(database, space, time, own.retention)
    watching, training = PopularityTracker(database, outbox), Training(database, time)
    room = FeatureGatherer(library, space, watching, training, ViewerClients(mesh), database, time)
    recorder = DecisionRecorder(database, time, own.retention)
    homes = HomeService(room, recorder, time)
    replayer = Replayer(room, vectors, database, time)
    tails = [
        events.BroadcastSubscriber(areas, redis_events, listen=follower.listen, missed=follower.missed)
        for areas, follower in ((["catalog"], titles), ([_AREA], vectors), (["viewing", "identity"], homes))
    ]
    consumer = events.Consumer(_AREA, ["viewing", "identity"], database, redis_events, on_event)
    for tail in tails:
        await tail.start()

    embedder = MeshEmbedder(mesh)
    queries = Queries(embedder, time)
    embeddings = embedding_worker.Embeddings(database, outbox, embedder, time, own.retention)
    # Training waits for no embedding, and embedding for no training: each has a worker of its own.
    workers = [
        jobs.Worker(common.database_url, _AREA, {replica_sync.EMBED: embeddings.embed}),
        jobs.Worker(common.database_url, _AREA, {TRAIN: training.train}),
    ]

    server = (
        Server(common.listen, authenticator)
        .add(
            recommendation_service_pb2_grpc.add_RecommendationServiceServicer_to_server,
            home.Recommendation(room, homes, replayer, postplay.PostPlay(room, queries)),
        )
        .add(taste_service_pb2_grpc.add_TasteServiceServicer_to_server, taste.Taste(room, homes, database))
        .add(
            recommendation_admin_service_pb2_grpc.add_RecommendationAdminServiceServicer_to_server,
            admin.RecommendationAdmin(database, training, replayer, time),
        )
        .add(
            recommendation_internal_pb2_grpc.add_RecommendationInternalServiceServicer_to_server,
            internal.RecommendationInternal(space, queries),
        )
        .add(
            embedding_admin_service_pb2_grpc.add_EmbeddingAdminServiceServicer_to_server,
            embeddings_handlers.EmbeddingAdmin(database, embedder, time),
        )
    )

    async def loaded() -> None:
        """Waits until titles and vectors are loaded; only then the process reports SERVING."""
        await titles.loaded.wait()
        await vectors.loaded.wait()
        room.meaning(await room.shelf())

    try:
        await process.serve(
            server,
            outbox.relay(),
            *(tail.run() for tail in tails),
            titles.run(),
            vectors.run(),
            consumer.run(),
            watching.run(),
            training.run(),
            recorder.run(),
            recorder.tend(),
            *(each.run() for each in workers),
            embeddings.tend(),
            loaded=loaded,
            metrics_listen=common.metrics_listen,
        )
    finally:
        await homes.close()
        await mesh.close()
        await database.close()
        await redis.aclose()
        await redis_events.aclose()


if __name__ == "__main__":
    sys.exit(process.run(_AREA, main))
