"""Viewing as a process of its own: what playback tells reaches the viewer's bookmarks."""

import asyncio
from datetime import UTC, datetime, timedelta

import grpc
import jwt
import orjson
from google.api import httpbody_pb2
from marquee.catalog.v1 import catalog_pb2_grpc
from marquee.event.v1 import event_internal_pb2
from marquee.identity.v1 import identity_pb2_grpc
from marquee.viewing.v1 import viewing_pb2, viewing_pb2_grpc

from services.kit import clock, events, ids, testing
from services.kit import redis as kit_redis
from services.viewing.tests import builders


class Identity(identity_pb2_grpc.IdentityServiceServicer):
    """Publishes the key of tests."""

    async def GetJwks(self, request, rpc):
        key = jwt.algorithms.OKPAlgorithm.to_jwk(testing.KEY.public_key(), as_dict=True)
        document = {"keys": [{**key, "kid": testing.KEY_ID, "use": "sig"}]}
        return httpbody_pb2.HttpBody(content_type="application/jwk-set+json", data=orjson.dumps(document))


def progressed(profile_id, title_id, position, at):
    told = event_internal_pb2.PlaybackProgressed(
        profile_id=profile_id,
        title_id=title_id,
        position=builders.seconds(position),
        duration=builders.seconds(3600),
    )
    event = event_internal_pb2.Event(event_id=ids.new(), playback_progressed=told)
    event.occur_time.FromDatetime(at)
    return event


async def test_progress_reaches_the_bookmark_also_from_before_viewing_ran(database_url, redis_url):
    now, profile_id, title_id = datetime.now(UTC), ids.new(), ids.new()
    newest = progressed(profile_id, title_id, 50, now)
    peers = (identity_pb2_grpc.add_IdentityServiceServicer_to_server, Identity())
    metadata = testing.bearing(testing.a_token(profile_id=profile_id, at=now))

    async with testing.serving(peers) as address, kit_redis.connect(redis_url) as redis:
        for event in (newest, progressed(profile_id, title_id, 40, now - timedelta(seconds=10)), newest):
            await redis.xadd(events.stream("playback"), {b"event": event.SerializeToString()})
        async with (
            testing.running(
                "viewing",
                MARQUEE_DATABASE_URL=await database_url("viewing"),
                MARQUEE_REDIS_URL=redis_url,
                MARQUEE_PEERS=f"identity={address},catalog={address}",
            ) as viewing,
            grpc.aio.insecure_channel(viewing) as channel,
        ):
            stub = viewing_pb2_grpc.ViewingServiceStub(channel)
            async with asyncio.timeout(testing.PATIENCE):
                while (await redis.xpending(events.stream("playback"), "viewing"))["pending"] or not (
                    answer := await stub.ListBookmarks(viewing_pb2.ListBookmarksRequest(), metadata=metadata)
                ).bookmarks:
                    await asyncio.sleep(0.05)

    assert [(title_id, 50)] == [(found.title_id, found.position.seconds) for found in answer.bookmarks]


async def test_what_a_client_records_is_counted_and_series_are_asked_for(database_url, redis_url):
    now, catalog, series = datetime.now(UTC), builders.Catalog(), builders.a_series(seasons=(4,))
    title_id, episode_id = catalog.add(series), builders.episodes_of(series)[1, 1]
    owner = {"account_id": ids.new(), "profile_id": ids.new()}
    peers = (
        (identity_pb2_grpc.add_IdentityServiceServicer_to_server, Identity()),
        (catalog_pb2_grpc.add_CatalogServiceServicer_to_server, catalog),
        (catalog_pb2_grpc.add_CatalogInternalServiceServicer_to_server, builders.CatalogInternal(catalog)),
    )
    seen = [builders.an_event(title_id) for _ in range(3)]

    def found(told):
        return told and told[0].view_count == 3 and told[0].completion == 0.25

    async with (
        testing.serving(*peers) as address,
        kit_redis.connect(redis_url) as redis,
        testing.running(
            "viewing",
            MARQUEE_DATABASE_URL=await database_url("viewing"),
            MARQUEE_REDIS_URL=redis_url,
            MARQUEE_PEERS=f"identity={address},catalog={address}",
        ) as viewing,
        grpc.aio.insecure_channel(viewing) as channel,
    ):
        event = progressed(owner["profile_id"], title_id, 3600, now)
        event.playback_progressed.account_id, event.playback_progressed.episode_id = owner["account_id"], episode_id
        await redis.xadd(events.stream("playback"), {b"event": event.SerializeToString()})
        stub = viewing_pb2_grpc.ViewingServiceStub(channel)
        metadata = testing.bearing(testing.a_token(**owner, at=now))
        for _ in range(2):
            await stub.RecordEvents(viewing_pb2.RecordEventsRequest(events=seen), metadata=metadata)
        internal, asking = viewing_pb2_grpc.ViewingInternalServiceStub(channel), viewing_pb2.GetSignalsRequest(**owner)
        async with asyncio.timeout(testing.PATIENCE):
            while not found((await internal.GetSignals(asking, metadata=as_service())).titles):
                await asyncio.sleep(0.05)
            while len(changes := await told_of(redis)) < 2:
                await asyncio.sleep(0.05)

    assert {title_id} == {title.title_id for change in changes for title in change.titles}
    assert 3 == max(changes, key=lambda change: change.revision).titles[0].view_count


def as_service():
    return testing.as_service("recommendation", clock.SystemClock())


async def told_of(redis):
    """The changes of signals that are on the bus."""
    entries = await redis.xrange(events.stream("viewing"))
    told = [event_internal_pb2.Event.FromString(fields[b"event"]) for _, fields in entries]
    return [event.signals_changed for event in told if event.HasField("signals_changed")]
