"""The language model of a running platform, asked now."""

from dataclasses import dataclass

from marquee.embedding.v1 import embedding_internal_pb2, embedding_internal_pb2_grpc

from services.kit import client, errors, service_identity

_SECONDS = 2.0


@dataclass(frozen=True)
class Model:
    """Which model embeds."""

    #: Empty while there is none.
    version: str
    #: Why there is none.
    failure: str = ""


async def asked(address: str, operator: service_identity.ServiceIdentity) -> Model:
    """Returns which model embeds, as the process at `address` tells the operator."""
    mesh = client.Mesh(operator, {"embedding": address})
    stub: embedding_internal_pb2_grpc.EmbeddingInternalServiceAsyncStub = (
        embedding_internal_pb2_grpc.EmbeddingInternalServiceStub(mesh.channel("embedding"))
    )
    try:
        told = await stub.GetModel(embedding_internal_pb2.GetModelRequest(), timeout=_SECONDS)
    except errors.Error as failed:
        return Model("", failed.message)
    finally:
        await mesh.close()
    if told.state == embedding_internal_pb2.MODEL_STATE_LOADING:
        return Model("", "It is being loaded.")
    return Model(told.model_version, told.failure_message)
