"""Runs viewing: `python -m services.viewing`."""

import sys

from marquee.viewing.v1 import viewing_admin_service_pb2_grpc, viewing_internal_pb2_grpc, viewing_service_pb2_grpc

from services.kit import (
    access_tokens,
    client,
    clock,
    db,
    events,
    jwks_keyring,
    process,
    rate_budget,
    service_identity,
    title_facts,
)
from services.kit import redis as kit_redis
from services.kit.server import Server
from services.viewing import cleanup, config, event_consumer, handlers, replica_sync, series_sync
from services.viewing.catalog_client import CatalogClient
from services.viewing.profile_writer import ProfileWriter


async def main() -> None:
    """Wires viewing and serves it."""
    common = config.read().common
    time = clock.SystemClock()
    database = db.Database(common.database_url, "viewing")
    redis, redis_events = kit_redis.connect(common.redis_url), kit_redis.connect(common.redis_url, timeout=None)
    outbox = events.Outbox("viewing", database, redis, time)
    writer = ProfileWriter(outbox)
    consume = event_consumer.EventConsumer(writer, time).consume
    consumer = events.Consumer("viewing", event_consumer.AREAS, database, redis_events, consume)
    own_identity = service_identity.load("viewing", common, time)
    mesh = client.Mesh(own_identity, common.peers)
    titles = title_facts.TitleIndex()
    authenticator = access_tokens.Authenticator(jwks_keyring.of_identity(mesh), own_identity, time)

    viewing = handlers.Viewing(
        database, writer, CatalogClient(mesh, titles, time), rate_budget.BudgetCounter(redis), time
    )
    internal = handlers.ViewingInternal(database, writer, time)
    admin = handlers.ViewingAdmin(database, writer, time)
    server = Server(common.listen, authenticator)
    server.add(viewing_service_pb2_grpc.add_ViewingServiceServicer_to_server, viewing)
    server.add(viewing_internal_pb2_grpc.add_ViewingInternalServiceServicer_to_server, internal)
    server.add(viewing_admin_service_pb2_grpc.add_ViewingAdminServiceServicer_to_server, admin)
    try:
        await process.serve(
            server,
            outbox.relay(),
            consumer.run(),
            replica_sync.TitleSync(mesh, redis_events, titles).run(),
            series_sync.SeriesSync(database, mesh).run(),
            cleanup.run(database, time),
            metrics_listen=common.metrics_listen,
        )
    finally:
        await mesh.close()
        await database.close()
        await redis.aclose()
        await redis_events.aclose()


if __name__ == "__main__":
    sys.exit(process.run("viewing", main))
