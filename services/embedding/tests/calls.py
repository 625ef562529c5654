"""Calls to the service of embedding."""

import asyncio

import numpy as np
from marquee.embedding.v1 import embedding_internal_pb2

from services.kit import clock, testing

BACKGROUND = embedding_internal_pb2.EMBEDDING_PRIORITY_BACKGROUND


def as_service():
    # Other processes use the clock of the machine.
    return testing.as_service("recommendation", at=clock.SystemClock())


def a_request(*texts, priority=embedding_internal_pb2.EMBEDDING_PRIORITY_QUERY):
    return embedding_internal_pb2.EmbedTextsRequest(texts=texts, priority=priority)


def vectors(response):
    return [np.frombuffer(vector, dtype="<f4") for vector in response.vectors]


async def model_loaded(stub):
    """Waits until the model is loaded or has failed; returns its state."""
    async with asyncio.timeout(testing.PATIENCE):
        while True:
            model = await stub.GetModel(embedding_internal_pb2.GetModelRequest(), metadata=as_service())
            if model.state != embedding_internal_pb2.MODEL_STATE_LOADING:
                return model
            await asyncio.sleep(0.02)
