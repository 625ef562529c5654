"""Runs recommendation: `python -m services.recommendation`."""

import sys

from marquee.recommendation.v1 import recommendation_pb2_grpc

from services.kit import client, clock, db, events, identity, jobs, process, tokens
from services.kit import redis as kit_redis
from services.kit.server import Server
from services.recommendation import config, following, worker
from services.recommendation.embedder import MeshEmbedder, Queries
from services.recommendation.handlers import embeddings as embeddings_handlers
from services.recommendation.handlers import internal, similar
from services.recommendation.library import Library
from services.recommendation.space import Space

_AREA = "recommendation"


async def main() -> None:
    """Wires recommendation and serves it."""
    own = config.read()
    common = own.common
    time = clock.SystemClock()
    database = db.Database(common.database_url, _AREA)
    redis, redis_events = kit_redis.connect(common.redis_url), kit_redis.connect(common.redis_url, timeout=None)
    mesh = client.Mesh(tokens.ServiceTokens(_AREA, common.service_secret, time), common.peers)
    authenticator = tokens.Authenticator(identity.keyring(mesh), common.service_secret, time)
    outbox = events.Outbox(_AREA, database, redis, time)

    library = Library(database, time, own.retention)
    space = Space()
    titles = following.TitleFollower(database, mesh, library, time)
    vectors = following.VectorFollower(database, space, time, own.retention)
    tails = [
        events.Tail([area], redis_events, listen=follower.listen, missed=follower.missed)
        for area, follower in (("catalog", titles), (_AREA, vectors))
    ]
    for tail in tails:
        await tail.start()

    embedder = MeshEmbedder(mesh)
    embeddings = worker.Embeddings(database, outbox, embedder, time, own.retention)
    embedding = jobs.Worker(common.database_url, _AREA, {following.EMBED: embeddings.embed})

    server = (
        Server(common.listen, authenticator)
        .add(
            recommendation_pb2_grpc.add_RecommendationServiceServicer_to_server,
            similar.Similar(library, space, time, similar.nothing_hidden, dict),  # type: ignore[abstract]
        )
        .add(
            recommendation_pb2_grpc.add_RecommendationInternalServiceServicer_to_server,
            internal.RecommendationInternal(space, Queries(embedder, time)),
        )
        .add(
            recommendation_pb2_grpc.add_EmbeddingAdminServiceServicer_to_server,
            embeddings_handlers.EmbeddingAdmin(database, embedder, time),
        )
    )
    try:
        await process.serve(
            server,
            outbox.relay(),
            *(tail.run() for tail in tails),
            titles.run(),
            vectors.run(),
            embedding.run(),
            embeddings.tend(),
            metrics_listen=common.metrics_listen,
        )
    finally:
        await mesh.close()
        await database.close()
        await redis.aclose()
        await redis_events.aclose()


if __name__ == "__main__":
    sys.exit(process.run(_AREA, main))
