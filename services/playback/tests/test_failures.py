"""Playback while what it depends on is killed and returns."""

import asyncio

import grpc
import orjson
import pytest
from marquee.identity.v1 import identity_service_pb2_grpc
from marquee.playback.v1 import playback_service_pb2, playback_service_pb2_grpc

from services.kit import ids, migrations, testing
from services.playback.tests import harness


async def refused(call):
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return caught.value.code(), testing.reason_of(caught.value)


async def until_it_works(ask):
    """Calls until there is a response: clients of engines that were down reconnect by themselves."""
    async with asyncio.timeout(testing.PATIENCE):
        while True:
            try:
                return await ask()
            except grpc.aio.AioRpcError:
                await asyncio.sleep(0.05)


async def test_without_redis_calls_are_unavailable_until_it_returns(database_url, killable_redis, tmp_path):
    redis, url = killable_redis
    token = testing.a_token(account_id=ids.new())
    async with harness.run_service(await database_url("playback"), url, tmp_path) as service:
        film = service.catalog.film()
        session = await service.start(film, token)
        redis.kill()
        refusals = {
            await refused(service.start(film, token)),
            await refused(service.beat(session.session_id, token)),
            await refused(service.stop(session.session_id, token)),
            await refused(service.playlist(session)),
            await refused(service.license(session, b"{}")),
        }
        redis.start()
        await until_it_works(lambda: service.beat(session.session_id, token, 20))
        still_taken = await refused(service.start(film, token))

    assert refusals == {(grpc.StatusCode.UNAVAILABLE, "REDIS_UNAVAILABLE")}
    assert still_taken[1] == "TOO_MANY_STREAMS"


async def test_a_session_that_cannot_be_logged_gives_its_slot_back(killable_postgres, redis_url, tmp_path):
    postgres, url = killable_postgres
    token = testing.a_token(account_id=ids.new())
    await migrations.migrate(url, "playback")
    async with harness.run_service(url, redis_url, tmp_path) as service:
        film = service.catalog.film()
        postgres.kill()
        refusal = await refused(service.start(film, token))
        postgres.start()
        session = await until_it_works(lambda: service.start(film, token))
        await service.stop(session.session_id, token)

    assert refusal == (grpc.StatusCode.UNAVAILABLE, "DATABASE_UNAVAILABLE")


async def test_without_entitlement_no_session_starts(service):
    film = service.catalog.film()
    service.entitlement.is_down = True

    assert await refused(service.start(film)) == (grpc.StatusCode.UNAVAILABLE, "FACTS_NOT_READY")


async def test_playback_runs_as_a_process_of_its_own(database_url, redis_url, tmp_path):
    peer = (identity_service_pb2_grpc.add_IdentityServiceServicer_to_server, testing.KeySet())
    async with (
        testing.serving(peer) as address,
        testing.running(
            "playback",
            MARQUEE_DATABASE_URL=await database_url("playback"),
            MARQUEE_REDIS_URL=redis_url,
            MARQUEE_PEERS=",".join(
                f"{name}={address}" for name in ("identity", "entitlement", "catalog", "packager", "viewing")
            ),
            MARQUEE_MEDIA=str(tmp_path / "media"),
            MARQUEE_PLAYBACK_KEYS=str(tmp_path / "keys"),
        ) as playback,
        grpc.aio.insecure_channel(playback) as channel,
    ):
        response = await playback_service_pb2_grpc.PlaybackServiceStub(channel).GetPlaybackJwks(
            playback_service_pb2.GetPlaybackJwksRequest()
        )

    assert len(orjson.loads(response.data)["keys"]) == 2
