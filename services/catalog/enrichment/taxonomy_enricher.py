"""Generates moods, themes and a line from the similarity of a title to the terms of a taxonomy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
from marquee.embedding.v1 import embedding_internal_pb2, embedding_internal_pb2_grpc
from marquee.recommendation.v1 import recommendation_internal_pb2, recommendation_internal_pb2_grpc

from services.catalog.domain import enrichment
from services.kit import errors

#: How many texts are embedded in one call.
_TEXTS = 128
#: With fewer titles the mean closeness of a term says little.
_FEWEST_TO_MEASURE = 30

_Vectors: TypeAlias = npt.NDArray[np.float32]


class Enricher(Protocol):
    """Generates missing values of titles."""

    #: The name that operators see.
    name: str

    async def enrich(self, subjects: Sequence[enrichment.Subject]) -> list[enrichment.Generated]:
        """Returns values for titles; titles with too little text are left out. Raises Unavailable."""


class TaxonomyEnricher:
    """Chooses the terms that a title is closest to, relative to the usual closeness of each term.

    Args:
        taxonomy: the terms.
        recommendation: holds the vectors of titles.
        embedding: computes the vectors of terms, with the same model.
    """

    name = "taxonomy"

    def __init__(
        self,
        taxonomy: enrichment.Taxonomy,
        recommendation: recommendation_internal_pb2_grpc.RecommendationInternalServiceAsyncStub,
        embedding: embedding_internal_pb2_grpc.EmbeddingInternalServiceAsyncStub,
    ) -> None:
        self._taxonomy = taxonomy
        self._recommendation = recommendation
        self._embedding = embedding
        self._vectors: dict[int, _Vectors] = {}
        #: The model of the vectors.
        self._model_version = ""

    async def enrich(self, subjects: Sequence[enrichment.Subject]) -> list[enrichment.Generated]:
        """Returns values for the titles that have a vector. Raises Unavailable."""
        request = recommendation_internal_pb2.BatchGetTitleVectorsRequest(
            title_ids=[subject.title_id for subject in subjects]
        )
        answer = await self._recommendation.BatchGetTitleVectors(request)
        vectors = {one.title_id: np.frombuffer(one.vector, dtype="<f4") for one in answer.vectors}
        known = [subject for subject in subjects if subject.title_id in vectors]
        if not known:
            return []
        await self._load_terms(answer.model_version)
        matrix = np.stack([vectors[subject.title_id] for subject in known]).astype(np.float32)
        chosen = {field: self._chosen(field, matrix) for field in (enrichment.MOODS, enrichment.THEMES)}
        return [
            self._filled(subject, {field: chosen[field][place] for field in chosen})
            for place, subject in enumerate(known)
        ]

    async def _load_terms(self, model_version: str) -> None:
        if self._model_version == model_version:
            return
        vectors = {}
        for field, labels in self._taxonomy.labels.items():
            texts = [f"{label.word}: {label.phrase}" for label in labels]
            vectors[field] = np.concatenate(
                [
                    await self._embedded(texts[start : start + _TEXTS], model_version)
                    for start in range(0, len(texts), _TEXTS)
                ]
            )
        self._vectors, self._model_version = vectors, model_version

    async def _embedded(self, texts: Sequence[str], model_version: str) -> _Vectors:
        answer = await self._embedding.EmbedTexts(
            embedding_internal_pb2.EmbedTextsRequest(
                texts=texts, priority=embedding_internal_pb2.EMBEDDING_PRIORITY_BACKGROUND
            )
        )
        if answer.model_version != model_version:
            raise errors.Unavailable("The titles have vectors of another model still; try again later.")
        return np.stack([np.frombuffer(vector, dtype="<f4") for vector in answer.vectors]).astype(np.float32)

    def _chosen(self, field: int, matrix: _Vectors) -> list[list[enrichment.Value]]:
        closeness = matrix @ self._vectors[field].T
        labels = self._labels(field, closeness)
        return [enrichment.choose(labels, row) for row in closeness.tolist()]

    def _labels(self, field: int, closeness: _Vectors) -> Sequence[enrichment.Label]:
        """Returns the terms with the usual closeness of each: as calibrated for the model, or over these titles."""
        labels = self._taxonomy.labels[field]
        if self._model_version == self._taxonomy.model_version or len(closeness) < _FEWEST_TO_MEASURE:
            return labels
        means, deviations = closeness.mean(axis=0).tolist(), closeness.std(axis=0).tolist()
        return [
            enrichment.Label(label.word, label.phrase, label.house, mean, deviation or 1.0)
            for label, mean, deviation in zip(labels, means, deviations, strict=True)
        ]

    def _filled(
        self, subject: enrichment.Subject, chosen: Mapping[int, Sequence[enrichment.Value]]
    ) -> enrichment.Generated:
        values = {field: words for field, words in chosen.items() if field in subject.missing}
        if enrichment.LINE in subject.missing:
            moods = values.get(enrichment.MOODS) or [enrichment.Value(mood, 1.0) for mood in subject.moods]
            themes = values.get(enrichment.THEMES) or [enrichment.Value(theme, 1.0) for theme in subject.themes]
            made = enrichment.line(subject, moods, themes)
            values[enrichment.LINE] = [made] if made else []
        return enrichment.Generated(subject.title_id, values, enrichment.TAXONOMY, self._model_version)
