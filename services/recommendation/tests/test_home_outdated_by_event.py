"""Events of profiles, handled by recommendation in a process of its own."""

from datetime import UTC, datetime

import grpc
from marquee.catalog.v1 import catalog_internal_pb2_grpc
from marquee.embedding.v1 import embedding_internal_pb2_grpc
from marquee.event.v1 import event_internal_pb2
from marquee.identity.v1 import identity_internal_pb2_grpc, identity_service_pb2_grpc
from marquee.recommendation.v1 import recommendation_service_pb2, recommendation_service_pb2_grpc
from marquee.viewing.v1 import viewing_internal_pb2_grpc

from services.kit import clock, event_streams, ids, testing
from services.kit import redis as kit_redis
from services.recommendation.tests import builders, fakes, harness
from services.recommendation.tests.conftest import until
from services.recommendation.tests.test_process import count_vectors


class Identity(harness.Identity, testing.KeySet):
    """Also publishes the key that signs the tokens of tests."""


def changed(profile_id, revision, *signals):
    event = event_internal_pb2.Event(
        event_id=ids.new(),
        signals_changed=event_internal_pb2.SignalsChanged(profile_id=profile_id, revision=revision, signals=signals),
    )
    event.occur_time.FromDatetime(datetime.now(UTC))
    return event


async def test_an_event_with_a_thumb_invalidates_the_cached_home(database_url, redis_url):
    catalog, viewing, identity, profile_id = fakes.Catalog(), harness.Viewing(), Identity(), ids.new()
    for number in range(40):
        facts = builders.facts()
        catalog.put(facts, builders.document(facts, f"Film {number}"))
    servicers = (
        (catalog_internal_pb2_grpc.add_CatalogInternalServiceServicer_to_server, catalog),
        (embedding_internal_pb2_grpc.add_EmbeddingInternalServiceServicer_to_server, fakes.Embedding()),
        (viewing_internal_pb2_grpc.add_ViewingInternalServiceServicer_to_server, viewing),
        (identity_service_pb2_grpc.add_IdentityServiceServicer_to_server, identity),
        (identity_internal_pb2_grpc.add_IdentityInternalServiceServicer_to_server, identity),
    )
    viewer = testing.bearing(testing.a_token(profile_id=profile_id, at=datetime.now(UTC)))
    async with (
        testing.serving(*servicers, time=clock.SystemClock()) as peers,
        kit_redis.connect(redis_url) as redis,
        testing.running(
            "recommendation",
            MARQUEE_DATABASE_URL=await database_url("recommendation"),
            MARQUEE_REDIS_URL=redis_url,
            MARQUEE_PEERS=",".join(f"{area}={peers}" for area in ("catalog", "embedding", "viewing", "identity")),
        ) as address,
        grpc.aio.insecure_channel(address) as channel,
    ):
        recommendation = recommendation_service_pb2_grpc.RecommendationServiceStub(channel)

        async def home():
            return await recommendation.GetHome(
                recommendation_service_pb2.GetHomeRequest(page_size=30), metadata=viewer
            )

        async def has_all_vectors():
            return await count_vectors(address, catalog) == len(catalog.documents)

        async def is_cached():
            first, again = await home(), await home()
            return bool(harness.shown(first.home)) and not first.degradations and first == again

        async def disliked_is_hidden():
            return disliked not in harness.shown((await home()).home)

        await until(has_all_vectors)
        await until(is_cached)
        before = await home()
        disliked = harness.shown(before.home)[0]
        viewing.add_signals(profile_id, harness.disliked(disliked))
        cached = await home()
        await redis.xadd(
            event_streams.name_of("viewing"),
            {b"event": changed(profile_id, 1, harness.disliked(disliked)).SerializeToString()},
        )
        await until(disliked_is_hidden)

    assert before == cached
