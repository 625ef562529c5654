"""Fakes of the services that recommendation calls, with the methods that it uses."""

import asyncio

import numpy as np
from marquee.catalog.v1 import catalog_internal_pb2, catalog_internal_pb2_grpc
from marquee.embedding.v1 import embedding_internal_pb2, embedding_internal_pb2_grpc

from services.kit import errors

MODEL = "fake/1"
DIMENSION = 384


class Catalog(catalog_internal_pb2_grpc.CatalogInternalServiceServicer):
    """Returns the titles that a test has added."""

    def __init__(self):
        self.facts = {}
        self.documents = {}
        self.unavailable = False

    def put(self, facts, document=None):
        """Adds or changes a title; returns its facts, for an event."""
        self.facts[facts.title_id] = facts
        if document is not None:
            self.documents[facts.title_id] = document
        return facts

    async def StreamTitleFacts(self, request, rpc):
        self._check_available()
        for facts in sorted(self.facts.values(), key=lambda facts: facts.revision):
            yield catalog_internal_pb2.StreamTitleFactsResponse(facts=[facts])

    async def StreamTitleDocuments(self, request, rpc):
        self._check_available()
        title_ids = request.title_ids or list(self.documents)
        documents = [self.documents[title_id] for title_id in title_ids if title_id in self.documents]
        yield catalog_internal_pb2.StreamTitleDocumentsResponse(documents=documents)

    def _check_available(self):
        if self.unavailable:
            raise errors.DatabaseUnavailable


class Embedding(embedding_internal_pb2_grpc.EmbeddingInternalServiceServicer):
    """Embeds texts by their words: texts that share words have similar vectors."""

    def __init__(self):
        self.state = embedding_internal_pb2.MODEL_STATE_READY
        self.model_version = MODEL
        self.calls = []
        #: While it is cleared, all calls wait.
        self.open = asyncio.Event()
        self.open.set()
        #: The index of the first call that never returns; None if all calls return.
        self.blocked_from = None

    async def EmbedTexts(self, request, rpc):
        number = len(self.calls)
        self.calls.append(list(request.texts))
        await self.open.wait()
        if self.blocked_from is not None and number >= self.blocked_from:
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
            failure_message="" if ready else "The fake model failed.",
        )


def vector(text):
    """Returns the normalized sum of one fixed direction for each word."""
    total = np.zeros(DIMENSION)
    for word in text.lower().replace(".", " ").replace(",", " ").split():
        total += np.random.default_rng(list(word.encode())).standard_normal(DIMENSION)
    return (total / (np.linalg.norm(total) or 1)).astype(np.float32)
