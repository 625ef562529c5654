"""Recommendation in a process of its own."""

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
    # The process uses the clock of the machine, and identity does not publish the key of tests to it.
    return testing.as_service("catalog", clock.SystemClock())


@pytest.fixture
async def peer_services():
    """Runs a catalog with 200 titles and an embedding service."""
    catalog, embedding = fakes.Catalog(), fakes.Embedding()
    for number in range(200):
        facts = builders.facts()
        catalog.put(facts, builders.document(facts, f"Film {number}"))
    servicers = (
        (catalog_internal_pb2_grpc.add_CatalogInternalServiceServicer_to_server, catalog),
        (embedding_internal_pb2_grpc.add_EmbeddingInternalServiceServicer_to_server, embedding),
    )
    async with testing.serving(*servicers, time=clock.SystemClock()) as address:
        yield catalog, embedding, f"catalog={address},embedding={address},identity=127.0.0.1:1"


async def count_vectors(address, catalog):
    async with grpc.aio.insecure_channel(address) as channel:
        stub = recommendation_internal_pb2_grpc.RecommendationInternalServiceStub(channel)
        request = recommendation_internal_pb2.BatchGetTitleVectorsRequest(title_ids=list(catalog.documents))
        return len((await stub.BatchGetTitleVectors(request, metadata=catalog_service())).vectors)


async def test_the_process_embeds_all_titles_and_continues_after_it_is_killed(peer_services, database_url, redis_url):
    catalog, embedding, peers = peer_services
    variables = {
        "MARQUEE_DATABASE_URL": await database_url("recommendation"),
        "MARQUEE_REDIS_URL": redis_url,
        "MARQUEE_PEERS": peers,
    }
    embedding.blocked_from = 2
    address = f"127.0.0.1:{testing.free_port()}"
    environment = {**testing.process_variables("recommendation"), "MARQUEE_LISTEN": address, **variables}
    killed = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.recommendation",
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        await until(lambda: _has_some_vectors(address, catalog))
    finally:
        killed.send_signal(signal.SIGKILL)
        await killed.wait()
    embedding.blocked_from = None
    calls_before = len(embedding.calls)
    async with testing.running("recommendation", **variables) as new_address:
        await until(lambda: _has_all_vectors(new_address, catalog))
    embedded = [text for call in embedding.calls[calls_before:] for text in call]

    assert 0 < len(embedded) < 200


async def _has_some_vectors(address, catalog):
    try:
        return await count_vectors(address, catalog) > 0
    except grpc.aio.AioRpcError:  # It does not serve yet.
        return False


async def _has_all_vectors(address, catalog):
    return await count_vectors(address, catalog) == len(catalog.documents)
