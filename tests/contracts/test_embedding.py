"""Embedding with its model, and its fakes in the tests of recommendation and of the catalog."""

import asyncio

import grpc
import numpy as np
import pytest
import pytest_asyncio
from marquee.embedding.v1 import embedding_internal_pb2, embedding_internal_pb2_grpc

from services.catalog.tests import fakes as catalog_fakes
from services.kit import clock, testing
from services.recommendation.tests import fakes as recommendation_fakes
from tests.contracts.implementations import by

pytestmark = pytest.mark.asyncio(loop_scope="module")

_REGISTER = embedding_internal_pb2_grpc.add_EmbeddingInternalServiceServicer_to_server


def service():
    # Processes of their own keep the machine's time.
    return testing.as_service("recommendation", at=clock.SystemClock())


async def get_model(stub):
    return await stub.GetModel(embedding_internal_pb2.GetModelRequest(), metadata=service())


async def embed(stub, *texts):
    request = embedding_internal_pb2.EmbedTextsRequest(
        texts=texts, priority=embedding_internal_pb2.EMBEDDING_PRIORITY_QUERY
    )
    response = await stub.EmbedTexts(request, metadata=service())
    return [np.frombuffer(vector, dtype="<f4") for vector in response.vectors], response.model_version


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def real():
    async with (
        testing.running("embedding", MARQUEE_PEERS="identity=127.0.0.1:1") as address,
        grpc.aio.insecure_channel(address) as channel,
        asyncio.timeout(testing.PATIENCE),
    ):
        stub = embedding_internal_pb2_grpc.EmbeddingInternalServiceStub(channel)
        while (await get_model(stub)).state != embedding_internal_pb2.MODEL_STATE_READY:
            await asyncio.sleep(0.05)
        yield stub


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def of_recommendation():
    async with testing.channel_to((_REGISTER, recommendation_fakes.Embedding()), time=clock.SystemClock()) as channel:
        yield embedding_internal_pb2_grpc.EmbeddingInternalServiceStub(channel)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def of_catalog():
    async with testing.channel_to((_REGISTER, catalog_fakes.FakeEmbedding()), time=clock.SystemClock()) as channel:
        yield embedding_internal_pb2_grpc.EmbeddingInternalServiceStub(channel)


@by("real", "of_recommendation", "of_catalog")
async def test_each_text_has_a_vector_of_length_one_and_an_empty_one_has_none(peer):
    vectors, model_version = await embed(peer, "a slow mystery", " ", "रहस्य")

    assert np.allclose([1, 0, 1], list(map(np.linalg.norm, vectors)), atol=1e-5)
    assert model_version


@by("real", "of_recommendation")
async def test_the_model_states_the_version_and_the_dimension_of_its_vectors(peer):
    [vector], model_version = await embed(peer, "a slow mystery")
    model = await get_model(peer)

    assert (len(vector), model_version) == (model.dimension, model.model_version)


@by("real", "of_recommendation")
async def test_texts_that_share_words_lie_closer_than_texts_that_do_not(peer):
    (one, like, unlike), _ = await embed(peer, "a slow mystery", "the slow mystery", "dogs fly rockets")

    assert one @ like > one @ unlike
