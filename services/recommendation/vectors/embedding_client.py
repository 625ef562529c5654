"""The embedding service, as recommendation asks it."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from marquee.embedding.v1 import embedding_internal_pb2, embedding_internal_pb2_grpc

from services.kit import client, clock, errors
from services.recommendation.domain import vectors
from services.recommendation.domain.vectors import Vector

_QUERY_SECONDS, _MODEL_SECONDS = 0.4, 1.5
#: How long a model that did not answer is left alone by queries: who waits for one should not wait for nothing.
_AWAY = timedelta(seconds=1)
_MOST_QUERIES = 4096


@dataclass(frozen=True, slots=True)
class Embedded:
    """Vectors, and the model that made them; None for a text without anything in it."""

    vectors: Sequence[Vector | None]
    model_version: str


@dataclass(frozen=True, slots=True)
class Model:
    """Which model embeds."""

    #: Empty where there is none.
    version: str
    #: Why there is none.
    failure: str = ""


class Embedder(Protocol):
    """Turns texts into vectors. Whatever is asked of it raises kit's errors when it does not answer."""

    async def embed(self, texts: Sequence[str]) -> Embedded:
        """Embeds texts that nobody waits for."""
        ...

    async def embed_query(self, text: str) -> Embedded:
        """Embeds one text that somebody waits for."""
        ...

    async def model(self) -> Model:
        """Returns which model embeds."""
        ...


class MeshEmbedder:
    """Asks over the mesh.

    Args:
        mesh: dials embedding.
    """

    def __init__(self, mesh: client.Mesh) -> None:
        self._stub: embedding_internal_pb2_grpc.EmbeddingInternalServiceAsyncStub = (
            embedding_internal_pb2_grpc.EmbeddingInternalServiceStub(mesh.channel("embedding"))
        )

    async def embed(self, texts: Sequence[str]) -> Embedded:
        """Embeds texts that nobody waits for."""
        request = embedding_internal_pb2.EmbedTextsRequest(
            texts=texts, priority=embedding_internal_pb2.EMBEDDING_PRIORITY_BACKGROUND
        )
        return _embedded(await self._stub.EmbedTexts(request))

    async def embed_query(self, text: str) -> Embedded:
        """Embeds one text that somebody waits for."""
        request = embedding_internal_pb2.EmbedTextsRequest(
            texts=[text], priority=embedding_internal_pb2.EMBEDDING_PRIORITY_QUERY
        )
        return _embedded(await self._stub.EmbedTexts(request, timeout=_QUERY_SECONDS))

    async def model(self) -> Model:
        """Returns which model embeds."""
        try:
            told = await self._stub.GetModel(embedding_internal_pb2.GetModelRequest(), timeout=_MODEL_SECONDS)
        except (errors.Unavailable, errors.DeadlineExceeded):
            return Model("", "The embedding service does not answer.")
        if told.state == embedding_internal_pb2.MODEL_STATE_READY:
            return Model(told.model_version)
        return Model("", told.failure_message or "The model is being loaded.")


class Queries:
    """Vectors of queries: the same words are typed again and again; a model that is away is not asked at once again.

    Args:
        embedder: makes them.
        time: tells how long ago the model did not answer.
    """

    def __init__(self, embedder: Embedder, time: clock.Clock) -> None:
        self._embedder = embedder
        self._clock = time
        self._kept: OrderedDict[str, Embedded] = OrderedDict()
        self._away_until: datetime | None = None

    async def vector(self, query: str, model_version: str) -> Vector | None:
        """Returns the exact vector of words by a model; None where that model does not answer now."""
        words = " ".join(query.split())
        known = self._kept.get(words)
        if known is None or known.model_version != model_version:
            known = await self._made(words)
        else:
            self._kept.move_to_end(words)
        if known is None or known.model_version != model_version:
            return None
        return known.vectors[0]

    async def _made(self, words: str) -> Embedded | None:
        if self._away_until is not None and self._clock.now() < self._away_until:
            return None
        try:
            made = await self._embedder.embed_query(words)
        except (errors.Unavailable, errors.ResourceExhausted, errors.DeadlineExceeded):
            self._away_until = self._clock.now() + _AWAY
            return None
        made = Embedded([None if each is None else vectors.exact(each) for each in made.vectors], made.model_version)
        self._kept[words] = made
        while len(self._kept) > _MOST_QUERIES:
            self._kept.popitem(last=False)
        return made


def _embedded(answer: embedding_internal_pb2.EmbedTextsResponse) -> Embedded:
    return Embedded([vectors.from_bytes(each) if each else None for each in answer.vectors], answer.model_version)
