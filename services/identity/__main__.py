"""Runs identity: `python -m services.identity`."""

import sys

from marquee.identity.v1 import identity_admin_service_pb2_grpc, identity_internal_pb2_grpc, identity_service_pb2_grpc

from services.identity import (
    account_import,
    cleanup,
    config,
    event_consumer,
    handlers,
    login_attempts,
    passwords,
    refresh_token_key,
)
from services.kit import access_tokens, clock, db, events, process, service_identity, signing
from services.kit import redis as kit_redis
from services.kit.server import Server


async def main() -> None:
    """Builds the service and serves it."""
    chosen = config.read()
    common = chosen.common
    time = clock.SystemClock()
    database = db.Database(common.database_url, "identity")
    redis, redis_events = kit_redis.connect(common.redis_url), kit_redis.connect(common.redis_url, timeout=None)
    outbox = events.Outbox("identity", database, redis, time)
    consumer = events.Consumer("identity", ["entitlement"], database, redis_events, event_consumer.on_event)
    secrets = passwords.Passwords()
    keys = signing.SigningKeys(chosen.keys)

    identity = handlers.Identity(
        database,
        outbox,
        secrets,
        login_attempts.LogInAttempts(redis),
        keys,
        time,
        db.SharedClock(),
        successor_key=refresh_token_key.read_or_create(chosen.keys / refresh_token_key.FILE),
        home_country_code=chosen.home_country_code,
    )
    importer = account_import.Importer(database, outbox, secrets, time, chosen.home_country_code)
    admin = handlers.IdentityAdmin(importer, secrets, production=common.production)
    own_identity = service_identity.load("identity", common, time)
    server = Server(common.listen, access_tokens.Authenticator(keys, own_identity, time))
    server.add(identity_service_pb2_grpc.add_IdentityServiceServicer_to_server, identity)
    server.add(identity_admin_service_pb2_grpc.add_IdentityAdminServiceServicer_to_server, admin)
    server.add(
        identity_internal_pb2_grpc.add_IdentityInternalServiceServicer_to_server, handlers.IdentityInternal(database)
    )
    try:
        await process.serve(
            server,
            outbox.relay(),
            consumer.run(),
            cleanup.run(database, time),
            metrics_listen=common.metrics_listen,
        )
    finally:
        secrets.close()
        await database.close()
        await redis.aclose()
        await redis_events.aclose()


if __name__ == "__main__":
    sys.exit(process.run("identity", main))
