"""Homes of recommendation in a process of its own."""

import contextlib

import grpc
import pytest
from marquee.catalog.v1 import catalog_internal_pb2_grpc
from marquee.embedding.v1 import embedding_internal_pb2_grpc
from marquee.recommendation.v1 import (
    recommendation_admin_service_pb2,
    recommendation_admin_service_pb2_grpc,
    recommendation_service_pb2,
    recommendation_service_pb2_grpc,
)

from services.kit import clock, testing
from services.recommendation.tests import builders, fakes, harness
from services.recommendation.tests.conftest import until


@pytest.fixture
async def catalog():
    catalog, embedding = fakes.Catalog(), fakes.Embedding()
    for number in range(40):
        facts = builders.facts()
        catalog.put(facts, builders.document(facts, f"Film {number}"))
    servicers = (
        (catalog_internal_pb2_grpc.add_CatalogInternalServiceServicer_to_server, catalog),
        (embedding_internal_pb2_grpc.add_EmbeddingInternalServiceServicer_to_server, embedding),
    )
    async with testing.serving(*servicers, time=clock.SystemClock()) as address:
        catalog.address = address
        yield catalog


async def test_a_process_without_viewing_returns_stores_and_replays_homes(catalog, database_url, redis_url):
    peers = f"catalog={catalog.address},embedding={catalog.address},identity=127.0.0.1:1,viewing=127.0.0.1:1"
    async with contextlib.AsyncExitStack() as stack:
        address = await stack.enter_async_context(
            testing.running(
                "recommendation",
                MARQUEE_DATABASE_URL=await database_url("recommendation"),
                MARQUEE_REDIS_URL=redis_url,
                MARQUEE_PEERS=peers,
            )
        )
        channel = await stack.enter_async_context(grpc.aio.insecure_channel(address))
        recommendation = recommendation_service_pb2_grpc.RecommendationServiceStub(channel)
        admin = recommendation_admin_service_pb2_grpc.RecommendationAdminServiceStub(channel)
        editor = testing.as_service("operator", clock.SystemClock())

        async def shows_titles():
            return bool(harness.shown((await recommendation.GetHome(recommendation_service_pb2.GetHomeRequest())).home))

        async def is_stored():
            return bool(
                (
                    await admin.ListDecisions(recommendation_admin_service_pb2.ListDecisionsRequest(), metadata=editor)
                ).decisions
            )

        await until(shows_titles)
        await until(is_stored)
        decisions = (
            await admin.ListDecisions(recommendation_admin_service_pb2.ListDecisionsRequest(), metadata=editor)
        ).decisions
        request = recommendation_admin_service_pb2.ReplayDecisionRequest(decision_id=decisions[0].decision_id)
        replayed = await admin.ReplayDecision(request, metadata=editor)

    assert replayed.identical
