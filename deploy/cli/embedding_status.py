"""The language model of a running platform, asked now."""

from dataclasses import dataclass

from marquee.embedding.v1 import embedding_internal_pb2, embedding_internal_pb2_grpc

from services.kit import client, clock, errors, tokens

_SECONDS = 2.0


@dataclass(frozen=True)
class Model:
    """Which model embeds."""

    #: Empty while there is none.
    version: str
    #: Why there is none.
    failure: str = ""


async def asked(address: str, secret: str) -> Model:
    """Answers which model embeds, as the process at `address` says with a token made with the services' secret."""
    mesh = client.Mesh(tokens.ServiceTokens("marquee", secret, clock.SystemClock()), {"embedding": address})
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
