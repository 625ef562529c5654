"""Viewing in a process of its own: playback progress updates the bookmarks of the viewer."""

import asyncio
from datetime import UTC, datetime, timedelta

import grpc
from marquee.catalog.v1 import catalog_internal_pb2_grpc, catalog_service_pb2_grpc
from marquee.event.v1 import event_internal_pb2
from marquee.identity.v1 import identity_service_pb2_grpc
from marquee.viewing.v1 import (
    viewing_internal_pb2,
    viewing_internal_pb2_grpc,
    viewing_service_pb2,
    viewing_service_pb2_grpc,
)

from services.kit import clock, event_streams, ids, testing, watchable_subjects
from services.kit import redis as kit_redis
from services.viewing.tests import builders, fakes


def progressed(profile_id, title_id, position, at, episode_id="", **more):
    progress = event_internal_pb2.PlaybackProgressed(
        profile_id=profile_id,
        subject=builders.a_subject(title_id, episode_id),
        parent=watchable_subjects.title(title_id) if episode_id else None,
        position=builders.seconds(position),
        duration=builders.seconds(3600),
        **more,
    )
    event = event_internal_pb2.Event(event_id=ids.new(), playback_progressed=progress)
    event.occur_time.FromDatetime(at)
    return event


async def test_progress_from_before_the_start_is_saved(database_url, redis_url):
    now, profile_id, title_id = datetime.now(UTC), ids.new(), ids.new()
    newest = progressed(profile_id, title_id, 50, now)
    peers = (identity_service_pb2_grpc.add_IdentityServiceServicer_to_server, testing.KeySet())
    metadata = testing.bearing(testing.a_token(profile_id=profile_id, at=now))

    async with testing.serving(peers) as address, kit_redis.connect(redis_url) as redis:
        for event in (newest, progressed(profile_id, title_id, 40, now - timedelta(seconds=10)), newest):
            await redis.xadd(event_streams.name_of("playback"), {b"event": event.SerializeToString()})
        async with (
            testing.running(
                "viewing",
                MARQUEE_DATABASE_URL=await database_url("viewing"),
                MARQUEE_REDIS_URL=redis_url,
                MARQUEE_PEERS=f"identity={address},catalog={address}",
            ) as viewing,
            grpc.aio.insecure_channel(viewing) as channel,
        ):
            stub = viewing_service_pb2_grpc.ViewingServiceStub(channel)
            async with asyncio.timeout(testing.PATIENCE):
                while (await redis.xpending(event_streams.name_of("playback"), "viewing"))["pending"] or not (
                    response := await stub.ListBookmarks(viewing_service_pb2.ListBookmarksRequest(), metadata=metadata)
                ).bookmarks:
                    await asyncio.sleep(0.05)

    assert [(title_id, 50)] == [(each.subject.title_id, each.position.seconds) for each in response.bookmarks]


async def test_recorded_events_are_counted_and_episodes_are_requested(database_url, redis_url):
    now, catalog, series = datetime.now(UTC), fakes.Catalog(), builders.a_series(seasons=(4,))
    title_id, episode_id = catalog.add(series), series.ids[1, 1]
    owner = {"account_id": ids.new(), "profile_id": ids.new()}
    peers = (
        (identity_service_pb2_grpc.add_IdentityServiceServicer_to_server, testing.KeySet()),
        (catalog_service_pb2_grpc.add_CatalogServiceServicer_to_server, catalog),
        (catalog_internal_pb2_grpc.add_CatalogInternalServiceServicer_to_server, fakes.CatalogInternal(catalog)),
    )
    reported = [builders.an_event(title_id), *(builders.an_event(episode_id=episode_id) for _ in range(2))]

    def complete(signals):
        return signals and signals[0].view_count == 3 and signals[0].completion == 0.25

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
        event = progressed(
            owner["profile_id"], title_id, 3600, now, episode_id=episode_id, account_id=owner["account_id"]
        )
        await redis.xadd(event_streams.name_of("playback"), {b"event": event.SerializeToString()})
        stub = viewing_service_pb2_grpc.ViewingServiceStub(channel)
        metadata = testing.bearing(testing.a_token(**owner, at=now))
        for _ in range(2):
            await stub.RecordEvents(viewing_service_pb2.RecordEventsRequest(events=reported), metadata=metadata)
        internal = viewing_internal_pb2_grpc.ViewingInternalServiceStub(channel)
        request = viewing_internal_pb2.GetSignalsRequest(**owner)
        async with asyncio.timeout(testing.PATIENCE):
            while not complete((await internal.GetSignals(request, metadata=as_service())).signals):
                await asyncio.sleep(0.05)
            while len(changes := await published(redis)) < 2:
                await asyncio.sleep(0.05)

    assert {title_id} == {signals.subject.title_id for change in changes for signals in change.signals}
    assert 3 == max(changes, key=lambda change: change.revision).signals[0].view_count


def as_service():
    return testing.as_service("recommendation", clock.SystemClock())


async def published(redis):
    """Returns the changes of signals that are on the event bus."""
    entries = await redis.xrange(event_streams.name_of("viewing"))
    changes = [event_internal_pb2.Event.FromString(fields[b"event"]) for _, fields in entries]
    return [event.signals_changed for event in changes if event.HasField("signals_changed")]
