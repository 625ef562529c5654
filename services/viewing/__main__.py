"""Runs viewing: `python -m services.viewing`."""

import sys

from marquee.viewing.v1 import viewing_pb2_grpc

from services.kit import client, clock, db, events, jwks_keyring, process, tokens
from services.kit import redis as kit_redis
from services.kit.server import Server
from services.viewing import config, following, handlers, worker
from services.viewing.ledger import Ledger
from services.viewing.titles import Titles


async def main() -> None:
    """Wires viewing and serves it."""
    common = config.read().common
    time = clock.SystemClock()
    database = db.Database(common.database_url, "viewing")
    redis, redis_events = kit_redis.connect(common.redis_url), kit_redis.connect(common.redis_url, timeout=None)
    outbox = events.Outbox("viewing", database, redis, time)
    ledger = Ledger(outbox)
    listener = worker.Listener(ledger, time)
    heard = ["playback", "viewing", "catalog", "identity"]
    consumer = events.Consumer("viewing", heard, database, redis_events, listener.on_event)
    mesh = client.Mesh(tokens.ServiceTokens("viewing", common.service_secret, time), common.peers)
    authenticator = tokens.Authenticator(jwks_keyring.of_identity(mesh), common.service_secret, time)

    titles = Titles(mesh, time)
    viewing = handlers.Viewing(database, ledger, titles, time)
    internal = handlers.ViewingInternal(database, ledger, titles, time)
    admin = handlers.ViewingAdmin(database, ledger, time)
    server = Server(common.listen, authenticator)
    server.add(viewing_pb2_grpc.add_ViewingServiceServicer_to_server, viewing)
    server.add(viewing_pb2_grpc.add_ViewingInternalServiceServicer_to_server, internal)
    server.add(viewing_pb2_grpc.add_ViewingAdminServiceServicer_to_server, admin)
    try:
        await process.serve(
            server,
            outbox.relay(),
            consumer.run(),
            following.Follower(database, mesh).run(),
            worker.sweep(database, time),
            metrics_listen=common.metrics_listen,
        )
    finally:
        await mesh.close()
        await database.close()
        await redis.aclose()
        await redis_events.aclose()


if __name__ == "__main__":
    sys.exit(process.run("viewing", main))
