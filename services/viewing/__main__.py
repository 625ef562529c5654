"""Runs viewing: `python -m services.viewing`."""

import sys

from marquee.viewing.v1 import viewing_pb2_grpc

from services.kit import client, clock, db, events, identity, process, tokens
from services.kit import redis as kit_redis
from services.kit.server import Server
from services.viewing import config, handlers, worker
from services.viewing.titles import Titles


async def main() -> None:
    """Wires viewing and serves it."""
    common = config.read().common
    time = clock.SystemClock()
    database = db.Database(common.database_url, "viewing")
    redis_events = kit_redis.connect(common.redis_url, timeout=None)
    consumer = events.Consumer("viewing", ["playback"], database, redis_events, worker.on_event)
    mesh = client.Mesh(tokens.ServiceTokens("viewing", common.service_secret, time), common.peers)
    authenticator = tokens.Authenticator(identity.keyring(mesh), common.service_secret, time)

    viewing = handlers.Viewing(database, Titles(mesh, time), time)
    server = Server(common.listen, authenticator)
    server.add(viewing_pb2_grpc.add_ViewingServiceServicer_to_server, viewing)
    try:
        await process.serve(server, consumer.run(), metrics_listen=common.metrics_listen)
    finally:
        await mesh.close()
        await database.close()
        await redis_events.aclose()


if __name__ == "__main__":
    sys.exit(process.run("viewing", main))
