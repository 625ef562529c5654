"""The status of the embedding service names its model, or the reason why none is loaded."""

import pytest
from marquee.embedding.v1 import embedding_internal_pb2, embedding_internal_pb2_grpc

from deploy.cli import embedding_status
from services.kit import clock, testing


class Embedding(embedding_internal_pb2_grpc.EmbeddingInternalServiceServicer):
    def __init__(self, response):
        self._response = response

    async def GetModel(self, request, rpc):
        return self._response


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"state": embedding_internal_pb2.MODEL_STATE_READY, "model_version": "some/1"},
            embedding_status.EmbeddingStatus("some/1"),
        ),
        (
            {"state": embedding_internal_pb2.MODEL_STATE_LOADING},
            embedding_status.EmbeddingStatus("", "The model is loading."),
        ),
        (
            {"state": embedding_internal_pb2.MODEL_STATE_FAILED, "failure_message": "No module named 'onnxruntime'"},
            embedding_status.EmbeddingStatus("", "No module named 'onnxruntime'"),
        ),
    ],
)
async def test_the_status_names_the_model_or_the_failure(fields, expected) -> None:
    servicer = Embedding(embedding_internal_pb2.GetModelResponse(**fields))
    registration = (embedding_internal_pb2_grpc.add_EmbeddingInternalServiceServicer_to_server, servicer)
    async with testing.serving(registration, time=clock.SystemClock()) as address:
        identity = testing.an_identity("operator", clock.SystemClock())
        assert expected == await embedding_status.fetch(address, identity)


async def test_a_service_that_cannot_be_reached_is_a_failure() -> None:
    identity = testing.an_identity("operator", clock.SystemClock())
    status = await embedding_status.fetch(f"127.0.0.1:{testing.free_port()}", identity)

    assert ("", True) == (status.version, "does not answer" in status.failure)
