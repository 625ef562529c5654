"""The gRPC servicer of embedding."""

from typing import Any

from marquee.embedding.v1 import embedding_internal_pb2, embedding_internal_pb2_grpc

from services.embedding import convert
from services.embedding.model_loader import ModelLoader


class EmbeddingInternal(embedding_internal_pb2_grpc.EmbeddingInternalServiceServicer):
    """Embeds texts for other services.

    Args:
        loader: holds the model.
    """

    def __init__(self, loader: ModelLoader) -> None:
        self._loader = loader

    async def EmbedTexts(
        self, request: embedding_internal_pb2.EmbedTextsRequest, rpc: Any
    ) -> embedding_internal_pb2.EmbedTextsResponse:
        """Returns the vectors of texts."""
        batcher = self._loader.batcher()
        urgent = request.priority == embedding_internal_pb2.EMBEDDING_PRIORITY_QUERY
        vectors = await batcher.embed(request.texts, urgent=urgent)
        return embedding_internal_pb2.EmbedTextsResponse(vectors=vectors, model_version=batcher.model.version)

    async def GetModel(
        self, request: embedding_internal_pb2.GetModelRequest, rpc: Any
    ) -> embedding_internal_pb2.GetModelResponse:
        """Returns the version and the state of the model."""
        return convert.model_message(self._loader)
