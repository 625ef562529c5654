"""Runs entitlement: `python -m services.entitlement`."""

import sys

from marquee.catalog.v1 import catalog_pb2_grpc
from marquee.entitlement.v1 import entitlement_pb2_grpc

from services.entitlement import config, domain, handlers, model, storage, worker
from services.kit import client, clock, db, events, jwks_keyring, process, tokens
from services.kit import redis as kit_redis
from services.kit.server import Server


async def main() -> None:
    """Wires the service and serves."""
    common = config.read().common
    time = clock.SystemClock()
    database = db.Database(common.database_url, "entitlement")
    redis = kit_redis.connect(common.redis_url)
    redis_events = kit_redis.connect(common.redis_url, timeout=None)
    mesh = client.Mesh(tokens.ServiceTokens("entitlement", common.service_secret, time), common.peers)
    authenticator = tokens.Authenticator(jwks_keyring.of_identity(mesh), common.service_secret, time)

    async def tier(account_id: str) -> domain.Tier:
        async with database.reading() as session:
            return (await storage.get_subscription(session, account_id)).tier

    decisions = model.Model(time)
    tiers = model.Tiers(time, tier)
    outbox = events.Outbox("entitlement", database, redis, time)
    follower = worker.Follower(
        catalog_pb2_grpc.CatalogInternalServiceStub(mesh.channel("catalog")), database, redis_events, decisions, tiers
    )
    server = (
        Server(common.listen, authenticator)
        .add(
            entitlement_pb2_grpc.add_EntitlementServiceServicer_to_server,
            handlers.Entitlement(database, decisions, tiers),
        )
        .add(
            entitlement_pb2_grpc.add_EntitlementInternalServiceServicer_to_server,
            handlers.EntitlementInternal(decisions, tiers),
        )
        .add(
            entitlement_pb2_grpc.add_EntitlementAdminServiceServicer_to_server,
            handlers.EntitlementAdmin(database, outbox, decisions, tiers, follower.want_packages, time),
        )
    )
    await process.serve(server, outbox.relay(), follower.run(), metrics_listen=common.metrics_listen)
    await mesh.close()
    await redis.aclose()
    await redis_events.aclose()
    await database.close()


if __name__ == "__main__":
    sys.exit(process.run("entitlement", main))
