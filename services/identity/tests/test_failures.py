"""Identity as a process of its own, while what it stands on is killed and comes back."""

import asyncio
import contextlib

import grpc
import pytest
from marquee.entitlement.v1 import entitlement_pb2
from marquee.event.v1 import event_internal_pb2
from marquee.identity.v1 import identity_pb2, identity_service_pb2, identity_service_pb2_grpc
from marquee.type.v1 import type_pb2

from services.kit import event_streams, migrations, testing
from services.kit import redis as kit_redis


@contextlib.asynccontextmanager
async def identity(tmp_path, database, redis):
    variables = {"MARQUEE_DATABASE_URL": database, "MARQUEE_REDIS_URL": redis}
    async with (
        testing.running("identity", MARQUEE_IDENTITY_KEYS=str(tmp_path / "keys"), **variables) as address,
        grpc.aio.insecure_channel(address) as channel,
    ):
        yield identity_service_pb2_grpc.IdentityServiceStub(channel)


async def register(stub, email="ada@example.org"):
    request = identity_service_pb2.RegisterRequest(email=email, password="a quiet harbour", display_name="before")
    return await stub.Register(request)


async def rename(stub, registered, name):
    request = identity_service_pb2.UpdateProfileRequest(
        profile=identity_pb2.Profile(profile_id=registered.profile.profile_id, display_name=name)
    )
    request.update_mask.paths.append("display_name")
    await stub.UpdateProfile(request, metadata=testing.bearing(registered.access_token))


async def until(ask):
    """Returns the first true result of `ask`, which may fail meanwhile."""
    async with asyncio.timeout(testing.PATIENCE):
        while True:
            with contextlib.suppress(*kit_redis.AWAY, grpc.aio.AioRpcError):
                if result := await ask():
                    return result
            await asyncio.sleep(0.05)


async def test_what_happens_while_redis_is_away_arrives_when_it_is_back(database_url, killable_redis, tmp_path):
    redis, url = killable_redis
    async with (
        identity(tmp_path, await database_url("identity"), url) as stub,
        kit_redis.connect(url) as client,
    ):

        async def published(count):
            entries = await client.xrange(event_streams.name_of("identity"))
            seen = [event_internal_pb2.Event.FromString(fields[b"event"]) for _, fields in entries]
            names = [event.profile_changed.profile.display_name for event in seen if event.HasField("profile_changed")]
            return len(set(names)) >= count and list(dict.fromkeys(names))

        async def has_premium():
            credentials = identity_service_pb2.LogInRequest(email="ada@example.org", password="a quiet harbour")
            return (await stub.LogIn(credentials)).account.tier == type_pb2.TIER_PREMIUM

        registered = await register(stub)
        assert ["before"] == await until(lambda: published(1))
        redis.kill()
        with pytest.raises(grpc.aio.AioRpcError) as refused:  # It might be a guess, and cannot be counted.
            await register(stub)
        await rename(stub, registered, "during")
        redis.start()
        await rename(stub, registered, "after")

        assert "REDIS_UNAVAILABLE" == testing.reason_of(refused.value)
        assert ["before", "during", "after"] == await until(lambda: published(3))

        account_id = registered.account.account_id
        subscription = entitlement_pb2.Subscription(account_id=account_id, tier=type_pb2.TIER_PREMIUM)
        premium = event_internal_pb2.SubscriptionChanged(subscription=subscription, revision=1)
        event = event_internal_pb2.Event(event_id="one", subscription_changed=premium)
        await client.xadd(event_streams.name_of("entitlement"), {b"event": event.SerializeToString()})
        assert await until(has_premium)


async def test_without_its_database_identity_says_so_and_recovers_by_itself(redis_url, killable_postgres, tmp_path):
    postgres, url = killable_postgres
    await migrations.migrate(url, "identity")
    async with identity(tmp_path, url, redis_url) as stub:
        await register(stub, "before@example.org")
        postgres.kill()
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await register(stub, "during@example.org")
        keys = await stub.GetJwks(identity_service_pb2.GetJwksRequest())
        postgres.start()

        assert await until(lambda: register(stub, "after@example.org"))

    assert (grpc.StatusCode.UNAVAILABLE, "DATABASE_UNAVAILABLE") == (
        caught.value.code(),
        testing.reason_of(caught.value),
    )
    assert keys.data
