"""Identity on a real server with a real PostgreSQL and a real Redis."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import grpc
import pytest
from marquee.identity.v1 import (
    identity_admin_service_pb2,
    identity_admin_service_pb2_grpc,
    identity_internal_pb2_grpc,
    identity_service_pb2,
    identity_service_pb2_grpc,
)

from services.identity import account_import, handlers, login_attempts, passwords, refresh_token_key
from services.kit import access_tokens, clock, db, events, ids, signing, testing
from services.kit import redis as kit_redis
from services.kit.server import Server


@dataclass
class Harness:
    """Identity as it runs, and what it stands on."""

    channel: grpc.aio.Channel
    identity: identity_service_pb2_grpc.IdentityServiceAsyncStub
    admin: identity_admin_service_pb2_grpc.IdentityAdminServiceAsyncStub
    internal: identity_internal_pb2_grpc.IdentityInternalServiceAsyncStub
    clock: clock.FixedClock
    database: db.Database
    keys: signing.SigningKeys

    async def registered(self, email="ada@example.org", password="a quiet harbour", name="Ada"):
        request = identity_service_pb2.RegisterRequest(email=email, password=password, display_name=name)
        return await self.identity.Register(request)

    async def log_in(self, email="ada@example.org", password="a quiet harbour", **more):
        return await self.identity.LogIn(identity_service_pb2.LogInRequest(email=email, password=password, **more))

    async def refresh(self, refresh_token, *, profile_id="", request_id=None):
        request = identity_service_pb2.RefreshTokenRequest(
            refresh_token=refresh_token, profile_id=profile_id, request_id=request_id or ids.new()
        )
        return await self.identity.RefreshToken(request)

    async def imported(self, *accounts):
        request = identity_admin_service_pb2.ImportAccountsRequest(accounts=accounts)
        return await self.admin.ImportAccounts(request, metadata=testing.as_service("operator"))


@pytest.fixture
async def start_harness(database_url, redis_url, tmp_path):
    """Opens identity, each time with another database."""
    async with contextlib.AsyncExitStack() as stack:

        async def open_(
            *, production=False, attempts=login_attempts.FAILED_LOG_INS, redis_url=redis_url, shared_clock=None
        ):
            database = db.Database(await database_url("identity"), "identity")
            stack.push_async_callback(database.close)
            redis = kit_redis.connect(redis_url)
            stack.push_async_callback(redis.aclose)
            time = testing.a_clock()
            outbox = events.Outbox("identity", database, redis, time)
            secrets = passwords.Passwords(concurrency=2)
            stack.callback(secrets.close)
            keys = signing.SigningKeys(tmp_path / "keys")
            identity = handlers.Identity(
                database,
                outbox,
                secrets,
                login_attempts.LogInAttempts(redis, attempts),
                keys,
                time,
                shared_clock or testing.FixedSharedClock(time),
                successor_key=refresh_token_key.read_or_create(tmp_path / "keys" / refresh_token_key.FILE),
                home_country_code="US",
            )
            importer = account_import.Importer(database, outbox, secrets, time, "US")
            admin = handlers.IdentityAdmin(importer, secrets, production=production)
            server = Server(
                "127.0.0.1:0", access_tokens.Authenticator(keys, testing.an_identity("identity", time), time)
            )
            server.add(identity_service_pb2_grpc.add_IdentityServiceServicer_to_server, identity)
            server.add(identity_admin_service_pb2_grpc.add_IdentityAdminServiceServicer_to_server, admin)
            internal = handlers.IdentityInternal(database)
            server.add(identity_internal_pb2_grpc.add_IdentityInternalServiceServicer_to_server, internal)
            await server.start()
            stack.push_async_callback(server._server.stop, None)
            channel = await stack.enter_async_context(grpc.aio.insecure_channel(f"127.0.0.1:{server.port}"))
            return Harness(
                channel,
                identity_service_pb2_grpc.IdentityServiceStub(channel),
                identity_admin_service_pb2_grpc.IdentityAdminServiceStub(channel),
                identity_internal_pb2_grpc.IdentityInternalServiceStub(channel),
                time,
                database,
                keys,
            )

        yield open_


@pytest.fixture
async def harness(start_harness):
    """Identity as the demo runs it."""
    return await start_harness()


@contextlib.asynccontextmanager
async def _refused(reason):
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        yield caught
    assert reason == testing.reason_of(caught.value)


@pytest.fixture
def refused():
    """Expects a call to be refused for a reason."""
    return _refused
