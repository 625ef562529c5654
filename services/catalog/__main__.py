"""Runs the catalogue."""

import sys

from marquee.catalog.v1 import catalog_pb2_grpc

from services.catalog import answers, config, facts, finding, following, handlers, importing, search
from services.kit import client, clock, db, events, identity, process, redis, tokens
from services.kit.server import Server

_AREA = "catalog"


async def _main() -> None:
    settings = config.read()
    common = settings.common
    time = clock.SystemClock()
    database = db.Database(common.database_url, _AREA)
    outbox = events.Outbox(_AREA, database, redis.connect(common.redis_url), time)
    service_tokens = tokens.ServiceTokens(_AREA, common.service_secret, time)
    mesh = client.Mesh(service_tokens, common.peers)
    authenticator = tokens.Authenticator(identity.keyring(mesh), common.service_secret, time)

    known = facts.KnownFacts()
    kept = answers.Answers(time, most_bytes=settings.most_answer_bytes)
    index = search.Index()
    follower = following.Follower(database, known, kept, index)
    tail = events.Tail(
        [_AREA], redis.connect(common.redis_url, timeout=None), listen=follower.listen, missed=follower.missed
    )
    await tail.start()
    await follower.catch_up()

    server = Server(common.listen, authenticator)
    server.add(
        catalog_pb2_grpc.add_CatalogServiceServicer_to_server,
        handlers.Catalog(database, time, known, kept, finding.Finder(index, follower)),
    )
    server.add(
        catalog_pb2_grpc.add_CatalogAdminServiceServicer_to_server,
        handlers.CatalogAdmin(importing.Importer(database, outbox, time), follower),
    )
    server.add(catalog_pb2_grpc.add_CatalogInternalServiceServicer_to_server, handlers.CatalogInternal(database))
    try:
        await process.serve(server, outbox.relay(), tail.run(), follower.run(), metrics_listen=common.metrics_listen)
    finally:
        await mesh.close()
        await database.close()


if __name__ == "__main__":
    sys.exit(process.run(_AREA, _main))
