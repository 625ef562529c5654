"""Asks the embedding service of a running platform which language model it uses."""

from dataclasses import dataclass

from marquee.embedding.v1 import embedding_internal_pb2, embedding_internal_pb2_grpc

from services.kit import client, errors, service_identity

_TIMEOUT_SECONDS = 2.0


@dataclass(frozen=True)
class EmbeddingStatus:
    """The language model that embeds, or why there is none."""

    #: Empty while no model is loaded.
    version: str
    #: Why no model is loaded.
    failure: str = ""


async def fetch(address: str, operator: service_identity.ServiceIdentity) -> EmbeddingStatus:
    """Returns the status of the embedding service at `address`, called as the operator."""
    mesh = client.Mesh(operator, {"embedding": address})
    stub: embedding_internal_pb2_grpc.EmbeddingInternalServiceAsyncStub = (
        embedding_internal_pb2_grpc.EmbeddingInternalServiceStub(mesh.channel("embedding"))
    )
    try:
        response = await stub.GetModel(embedding_internal_pb2.GetModelRequest(), timeout=_TIMEOUT_SECONDS)
    except errors.Error as error:
        return EmbeddingStatus("", error.message)
    finally:
        await mesh.close()
    if response.state == embedding_internal_pb2.MODEL_STATE_LOADING:
        return EmbeddingStatus("", "The model is loading.")
    return EmbeddingStatus(response.model_version, response.failure_message)
