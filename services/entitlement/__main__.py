"""Runs entitlement: `python -m services.entitlement`."""

import sys

from marquee.catalog.v1 import catalog_internal_pb2_grpc
from marquee.entitlement.v1 import (
    entitlement_admin_service_pb2_grpc,
    entitlement_internal_pb2_grpc,
    entitlement_service_pb2_grpc,
)
from marquee.epg.v1 import epg_internal_pb2_grpc

from services.entitlement import (
    config,
    decision_cache,
    domain,
    grant_cache,
    handlers,
    programme_cache,
    replica_sync,
    storage,
    subscription_writer,
)
from services.kit import access_tokens, client, clock, db, events, jwks_keyring, process, service_identity
from services.kit import redis as kit_redis
from services.kit.server import Server


async def main() -> None:
    """Wires the service and serves."""
    common = config.read().common
    time = clock.SystemClock()
    database = db.Database(common.database_url, "entitlement")
    redis = kit_redis.connect(common.redis_url)
    redis_events = kit_redis.connect(common.redis_url, timeout=None)
    own_identity = service_identity.load("entitlement", common, time)
    mesh = client.Mesh(own_identity, common.peers)
    authenticator = access_tokens.Authenticator(jwks_keyring.of_identity(mesh), own_identity, time)

    async def load_subscription(account_id: str) -> domain.Subscription:
        async with database.reading() as session:
            return await storage.get_subscription(session, account_id)

    decisions = decision_cache.DecisionCache(time)
    grants = grant_cache.GrantCache(time, load_subscription)
    outbox = events.Outbox("entitlement", database, redis, time)
    subscriptions = subscription_writer.SubscriptionWriter(database, outbox, grants, time)
    catalog = catalog_internal_pb2_grpc.CatalogInternalServiceStub(mesh.channel("catalog"))
    epg = epg_internal_pb2_grpc.EpgInternalServiceStub(mesh.channel("epg"))
    programmes = programme_cache.ProgrammeCache(time, epg)
    sync = replica_sync.CacheSync(catalog, epg, database, redis_events, decisions, grants, programmes)
    server = (
        Server(common.listen, authenticator)
        .add(
            entitlement_service_pb2_grpc.add_EntitlementServiceServicer_to_server,
            handlers.Entitlement(database, decisions, grants, programmes, time),
        )
        .add(
            entitlement_internal_pb2_grpc.add_EntitlementInternalServiceServicer_to_server,
            handlers.EntitlementInternal(decisions, grants, programmes),
        )
        .add(
            entitlement_admin_service_pb2_grpc.add_EntitlementAdminServiceServicer_to_server,
            handlers.EntitlementAdmin(database, outbox, subscriptions, sync.packages.mark_behind, time),
        )
    )
    await process.serve(server, outbox.relay(), sync.run(), subscriptions.run(), metrics_listen=common.metrics_listen)
    await mesh.close()
    await redis.aclose()
    await redis_events.aclose()
    await database.close()


if __name__ == "__main__":
    sys.exit(process.run("entitlement", main))
