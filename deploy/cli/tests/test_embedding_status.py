"""Promises about what is told of the language model."""

import pytest
from marquee.embedding.v1 import embedding_internal_pb2, embedding_internal_pb2_grpc

from deploy.cli import embedding_status
from services.kit import clock, testing


class Embedding(embedding_internal_pb2_grpc.EmbeddingInternalServiceServicer):
    def __init__(self, told):
        self._told = told

    async def GetModel(self, request, rpc):
        return self._told


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (
            {"state": embedding_internal_pb2.MODEL_STATE_READY, "model_version": "some/1"},
            embedding_status.Model("some/1"),
        ),
        ({"state": embedding_internal_pb2.MODEL_STATE_LOADING}, embedding_status.Model("", "It is being loaded.")),
        (
            {"state": embedding_internal_pb2.MODEL_STATE_FAILED, "failure_message": "No module named 'onnxruntime'"},
            embedding_status.Model("", "No module named 'onnxruntime'"),
        ),
    ],
)
async def test_which_model_embeds_is_told_or_why_none_does(told, expected) -> None:
    servicer = Embedding(embedding_internal_pb2.GetModelResponse(**told))
    registration = (embedding_internal_pb2_grpc.add_EmbeddingInternalServiceServicer_to_server, servicer)
    async with testing.serving(registration, time=clock.SystemClock()) as address:
        assert expected == await embedding_status.asked(address, testing.an_identity("operator", clock.SystemClock()))


async def test_a_process_that_does_not_answer_is_told_of() -> None:
    found = await embedding_status.asked(
        f"127.0.0.1:{testing.free_port()}", testing.an_identity("operator", clock.SystemClock())
    )

    assert ("", True) == (found.version, "does not answer" in found.failure)
