"""Fakes of the services that the catalog calls."""

import asyncio

import numpy as np
from marquee.embedding.v1 import embedding_internal_pb2, embedding_internal_pb2_grpc
from marquee.entitlement.v1 import entitlement_pb2, entitlement_service_pb2, entitlement_service_pb2_grpc
from marquee.recommendation.v1 import recommendation_internal_pb2, recommendation_internal_pb2_grpc

from services.kit import context, errors

MODEL = "all-MiniLM-L6-v2/2"
DIMENSION = 384

#: Which number of a vector stands for which word.
_directions: dict[str, int] = {}


class FakeRecommendation(recommendation_internal_pb2_grpc.RecommendationInternalServiceServicer):
    """Finds by meaning what a test says is near."""

    def __init__(self):
        #: What is near to any query: ids of titles, each with its similarity.
        self.neighbors = {}
        self.queries = []
        self.is_down = False
        #: The words that titles are about; others have no vector.
        self.about = {}
        self.model_version = MODEL
        #: Cleared, it lets calls wait.
        self.open = asyncio.Event()
        self.open.set()

    async def FindByMeaning(self, request, rpc):
        self.queries.append(request.query)
        if self.is_down:
            raise errors.Unavailable("no model", reason="MEANING_UNAVAILABLE", domain="recommendation.marquee")
        await self.open.wait()
        near = sorted(self.neighbors.items(), key=lambda one: -one[1])[: request.page_size]
        return recommendation_internal_pb2.FindByMeaningResponse(
            neighbors=[
                recommendation_internal_pb2.Neighbor(title_id=title_id, similarity=similarity)
                for title_id, similarity in near
            ]
        )

    async def BatchGetTitleVectors(self, request, rpc):
        if self.is_down:
            raise errors.Unavailable("loading", reason="TITLES_NOT_READY", domain="recommendation.marquee")
        return recommendation_internal_pb2.BatchGetTitleVectorsResponse(
            vectors=[
                recommendation_internal_pb2.TitleVector(
                    title_id=title_id, vector=vector_of(*self.about[title_id]).tobytes()
                )
                for title_id in request.title_ids
                if title_id in self.about
            ],
            model_version=self.model_version,
        )


class FakeEmbedding(embedding_internal_pb2_grpc.EmbeddingInternalServiceServicer):
    """Embeds the words of a taxonomy: each has a direction of its own."""

    def __init__(self):
        self.model_version = MODEL
        self.calls = 0
        self.is_down = False

    async def EmbedTexts(self, request, rpc):
        if self.is_down:
            raise errors.Unavailable("loading", reason="MODEL_NOT_READY", domain="embedding.marquee")
        self.calls += 1
        return embedding_internal_pb2.EmbedTextsResponse(
            vectors=[vector_of(text.partition(":")[0]).tobytes() if text.strip() else b"" for text in request.texts],
            model_version=self.model_version,
        )


def vector_of(*words):
    """The vector of a text that is about these words alone."""
    total = np.zeros(DIMENSION)
    for word in words:
        total[_directions.setdefault(word, len(_directions))] = 1.0
    return (total / (np.linalg.norm(total) or 1.0)).astype("<f4")


class FakeEntitlement(entitlement_service_pb2_grpc.EntitlementServiceServicer):
    """Allows what a test has put on the caller's list."""

    def __init__(self):
        self.allowed = set()
        self.batches = []
        self.is_down = False

    async def BatchCheckAccess(self, request, rpc):
        if self.is_down:
            raise errors.DatabaseUnavailable
        self.batches.append((context.caller().profile_id, len(request.subjects)))
        return entitlement_service_pb2.BatchCheckAccessResponse(
            decisions=[
                entitlement_pb2.AccessDecision(subject=subject, allowed=subject.title_id in self.allowed)
                for subject in request.subjects
            ]
        )
