"""Client of the embedding service, and the vectors of search queries."""

from collections.abc import Sequence
from dataclasses import dataclass

import cachetools
from marquee.embedding.v1 import embedding_internal_pb2, embedding_internal_pb2_grpc

from services.kit import circuit_breaker, client, errors
from services.recommendation.domain import vectors
from services.recommendation.domain.vectors import Vector

_QUERY_SECONDS, _MODEL_SECONDS = 0.4, 1.5
_QUERY_PAUSE_SECONDS = 1.0
_MAX_QUERIES = 4096


@dataclass(frozen=True, slots=True)
class Embedded:
    """Vectors, None for a text without content, and the model that made them."""

    vectors: Sequence[Vector | None]
    model_version: str


@dataclass(frozen=True, slots=True)
class Model:
    """The model that the embedding service runs."""

    #: Empty if no model is ready.
    version: str
    #: Why no model is ready.
    failure: str = ""


class EmbeddingClient:
    """Calls the embedding service over the mesh. Its methods raise the errors of the kit.

    Args:
        mesh: opens the channel to embedding.
    """

    def __init__(self, mesh: client.Mesh) -> None:
        self._stub: embedding_internal_pb2_grpc.EmbeddingInternalServiceAsyncStub = (
            embedding_internal_pb2_grpc.EmbeddingInternalServiceStub(mesh.channel("embedding"))
        )

    async def embed(self, texts: Sequence[str]) -> Embedded:
        """Returns the vectors of texts that no caller waits for."""
        return await self._embed(texts, embedding_internal_pb2.EMBEDDING_PRIORITY_BACKGROUND)

    async def embed_query(self, text: str) -> Embedded:
        """Returns the vector of a text that a caller waits for."""
        return await self._embed([text], embedding_internal_pb2.EMBEDDING_PRIORITY_QUERY)

    async def get_model(self) -> Model:
        """Returns the model that the embedding service runs."""
        try:
            response = await self._stub.GetModel(embedding_internal_pb2.GetModelRequest(), timeout=_MODEL_SECONDS)
        except (errors.Unavailable, errors.DeadlineExceeded):
            return Model("", "The embedding service does not respond.")
        if response.state == embedding_internal_pb2.MODEL_STATE_READY:
            return Model(response.model_version)
        return Model("", response.failure_message or "The model is being loaded.")

    async def _embed(
        self, texts: Sequence[str], priority: embedding_internal_pb2.EmbeddingPriority.ValueType
    ) -> Embedded:
        request = embedding_internal_pb2.EmbedTextsRequest(texts=texts, priority=priority)
        response = await self._stub.EmbedTexts(request)
        return Embedded(
            [vectors.from_bytes(each) if each else None for each in response.vectors], response.model_version
        )


class QueryVectors:
    """Vectors of search queries, cached because viewers repeat them.

    Args:
        embedding: makes the vectors.
        patience: how many seconds a caller waits for a vector.
        pause: for how many seconds no query is embedded after the service did not respond.
    """

    def __init__(
        self, embedding: EmbeddingClient, *, patience: float = _QUERY_SECONDS, pause: float = _QUERY_PAUSE_SECONDS
    ) -> None:
        self._embedding = embedding
        self._breaker = circuit_breaker.CircuitBreaker("embedding", patience=patience, failures=1, pause=pause)
        self._cached: cachetools.LRUCache[str, Embedded] = cachetools.LRUCache(_MAX_QUERIES)

    async def get_vector(self, query: str, model_version: str) -> Vector | None:
        """Returns the exact vector of a query by a model; None if that model does not respond now."""
        words = " ".join(query.split())
        embedded = self._cached.get(words)
        if embedded is None or embedded.model_version != model_version:
            try:
                response = await self._breaker.call(lambda: self._embedding.embed_query(words))
            except (errors.Unavailable, errors.ResourceExhausted, errors.DeadlineExceeded):
                return None
            exact = [None if vector is None else vectors.exact(vector) for vector in response.vectors]
            embedded = self._cached[words] = Embedded(exact, response.model_version)
        return embedded.vectors[0] if embedded.model_version == model_version else None
