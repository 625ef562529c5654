"""Promises of recommendation as a process of its own."""

import asyncio
import os
import signal
import sys

import grpc
import pytest
from marquee.catalog.v1 import catalog_internal_pb2_grpc
from marquee.embedding.v1 import embedding_internal_pb2_grpc
from marquee.recommendation.v1 import recommendation_internal_pb2, recommendation_internal_pb2_grpc

from services.kit import clock, testing
from services.recommendation.tests import builders, fakes
from services.recommendation.tests.conftest import until


def catalog_service():
    # Processes of their own keep the machine's time, and know the tests' key from nobody.
    return testing.as_service("catalog", clock.SystemClock())


@pytest.fixture
async def around():
    """Catalog with two hundred titles, and embedding."""
    catalog, embedding = fakes.Catalog(), fakes.Embedding()
    for number in range(200):
        told = builders.facts()
        catalog.put(told, builders.document(told, f"Film {number}"))
    servicers = (
        (catalog_internal_pb2_grpc.add_CatalogInternalServiceServicer_to_server, catalog),
        (embedding_internal_pb2_grpc.add_EmbeddingInternalServiceServicer_to_server, embedding),
    )
    async with testing.serving(*servicers, time=clock.SystemClock()) as address:
        yield catalog, embedding, f"catalog={address},embedding={address},identity=127.0.0.1:1"


async def vectors_of(address, catalog):
    async with grpc.aio.insecure_channel(address) as channel:
        stub = recommendation_internal_pb2_grpc.RecommendationInternalServiceStub(channel)
        request = recommendation_internal_pb2.BatchGetTitleVectorsRequest(title_ids=list(catalog.documents))
        return len((await stub.BatchGetTitleVectors(request, metadata=catalog_service())).vectors)


async def test_the_process_embeds_what_catalog_has_and_goes_on_after_being_killed(around, database_url, redis_url):
    catalog, embedding, peers = around
    variables = {
        "MARQUEE_DATABASE_URL": await database_url("recommendation"),
        "MARQUEE_REDIS_URL": redis_url,
        "MARQUEE_PEERS": peers,
    }
    embedding.held_from = 2
    address = f"127.0.0.1:{testing.free_port()}"
    told = {**testing.process_variables("recommendation"), "MARQUEE_LISTEN": address, **variables}
    killed = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.recommendation",
        env={**os.environ, **told},
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        await until(lambda: _some(address, catalog))
    finally:
        killed.send_signal(signal.SIGKILL)
        await killed.wait()
    embedding.held_from = None
    asked = len(embedding.calls)
    async with testing.running("recommendation", **variables) as again:
        await until(lambda: _all(again, catalog))
    embedded = [text for call in embedding.calls[asked:] for text in call]

    assert 0 < len(embedded) < 200


async def _some(address, catalog):
    try:
        return await vectors_of(address, catalog) > 0
    except grpc.aio.AioRpcError:  # It does not serve yet.
        return False


async def _all(address, catalog):
    return await vectors_of(address, catalog) == len(catalog.documents)
