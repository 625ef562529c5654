"""Promises that the stand-in for embedding keeps as the real process does."""

import asyncio

import grpc
import numpy as np
import pytest
import pytest_asyncio
from marquee.embedding.v1 import embedding_internal_pb2, embedding_internal_pb2_grpc

from services.kit import clock, testing
from services.recommendation.tests import fakes

pytestmark = pytest.mark.asyncio(loop_scope="module")


def service():
    # Processes of their own keep the machine's time.
    return testing.as_service("recommendation", at=clock.SystemClock())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def real():
    async with (
        testing.running("embedding", MARQUEE_PEERS="identity=127.0.0.1:1") as address,
        grpc.aio.insecure_channel(address) as channel,
    ):
        yield embedding_internal_pb2_grpc.EmbeddingInternalServiceStub(channel)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def fake():
    registration = (embedding_internal_pb2_grpc.add_EmbeddingInternalServiceServicer_to_server, fakes.Embedding())
    async with testing.channel_to(registration, time=clock.SystemClock()) as channel:
        yield embedding_internal_pb2_grpc.EmbeddingInternalServiceStub(channel)


@pytest.fixture(params=["real", "fake"])
def embedding(request, real, fake):
    return {"real": real, "fake": fake}[request.param]


async def embedded(stub, *texts):
    async with asyncio.timeout(testing.PATIENCE):
        while (await stub.GetModel(embedding_internal_pb2.GetModelRequest(), metadata=service())).state != (
            embedding_internal_pb2.MODEL_STATE_READY
        ):
            await asyncio.sleep(0.05)
    request = embedding_internal_pb2.EmbedTextsRequest(
        texts=texts, priority=embedding_internal_pb2.EMBEDDING_PRIORITY_QUERY
    )
    return await stub.EmbedTexts(request, metadata=service())


async def test_each_text_has_a_vector_of_length_one_and_an_empty_one_has_none(embedding):
    answer = await embedded(embedding, "a slow mystery", " ", "रहस्य")
    told = await embedding.GetModel(embedding_internal_pb2.GetModelRequest(), metadata=service())
    lengths = [np.linalg.norm(np.frombuffer(vector, dtype="<f4")) for vector in answer.vectors]

    assert np.allclose([1, 0, 1], lengths, atol=1e-5)
    assert (fakes.DIMENSION, answer.model_version) == (told.dimension, told.model_version)


async def test_texts_that_share_words_lie_closer_than_texts_that_do_not(embedding):
    answer = await embedded(embedding, "a slow mystery", "the slow mystery", "dogs fly rockets")
    one, like, unlike = (np.frombuffer(vector, dtype="<f4") for vector in answer.vectors)

    assert one @ like > one @ unlike
