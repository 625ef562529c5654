"""The services that recommendation asks, as far as it asks them."""

import asyncio

import numpy as np
from marquee.catalog.v1 import catalog_internal_pb2, catalog_internal_pb2_grpc
from marquee.embedding.v1 import embedding_internal_pb2, embedding_internal_pb2_grpc

from services.kit import errors

MODEL = "fake/1"
DIMENSION = 384


class Catalog(catalog_internal_pb2_grpc.CatalogInternalServiceServicer):
    """Tells of the titles that a test has put into it."""

    def __init__(self):
        self.facts = {}
        self.documents = {}
        self.away = False

    def put(self, facts, document=None):
        """Has a title, or a change of it; returns the facts for an event."""
        self.facts[facts.title_id] = facts
        if document is not None:
            self.documents[facts.title_id] = document
        return facts

    async def StreamTitleFacts(self, request, rpc):
        self._answer()
        for facts in sorted(self.facts.values(), key=lambda facts: facts.revision):
            yield catalog_internal_pb2.StreamTitleFactsResponse(facts=[facts])

    async def StreamTitleDocuments(self, request, rpc):
        self._answer()
        asked = request.title_ids or list(self.documents)
        found = [self.documents[title_id] for title_id in asked if title_id in self.documents]
        yield catalog_internal_pb2.StreamTitleDocumentsResponse(documents=found)

    def _answer(self):
        if self.away:
            raise errors.DatabaseUnavailable


class Embedding(embedding_internal_pb2_grpc.EmbeddingInternalServiceServicer):
    """Embeds texts by the words in them: texts that share words lie close."""

    def __init__(self):
        self.state = embedding_internal_pb2.MODEL_STATE_READY
        self.model_version = MODEL
        self.calls = []
        #: Cleared, it lets calls wait; all of them, or those from the one of that number on.
        self.open = asyncio.Event()
        self.open.set()
        self.held_from = None

    async def EmbedTexts(self, request, rpc):
        number = len(self.calls)
        self.calls.append(list(request.texts))
        await self.open.wait()
        if self.held_from is not None and number >= self.held_from:
            await asyncio.Event().wait()
        if self.state == embedding_internal_pb2.MODEL_STATE_LOADING:
            raise errors.Unavailable("loading", reason="MODEL_NOT_READY", domain="embedding.marquee")
        if self.state == embedding_internal_pb2.MODEL_STATE_FAILED:
            raise errors.Unavailable("failed", reason="MODEL_UNAVAILABLE", domain="embedding.marquee")
        vectors = [vector(text).astype("<f4").tobytes() if text.strip() else b"" for text in request.texts]
        return embedding_internal_pb2.EmbedTextsResponse(vectors=vectors, model_version=self.model_version)

    async def GetModel(self, request, rpc):
        ready = self.state == embedding_internal_pb2.MODEL_STATE_READY
        return embedding_internal_pb2.GetModelResponse(
            model_version=self.model_version if ready else "",
            dimension=DIMENSION,
            state=self.state,
            failure_message="" if ready else "It was told to fail.",
        )


def vector(text):
    """The sum of one fixed direction for each word, of length one."""
    total = np.zeros(DIMENSION)
    for word in text.lower().replace(".", " ").replace(",", " ").split():
        total += np.random.default_rng(list(word.encode())).standard_normal(DIMENSION)
    return (total / (np.linalg.norm(total) or 1)).astype(np.float32)
