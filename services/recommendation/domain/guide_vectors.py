"""The vectors of titles, programmes and channels in one space."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from services.recommendation.domain import score_parts, vectors
from services.recommendation.domain.feature_matrix import Rows
from services.recommendation.domain.guide import GuideMatrix
from services.recommendation.domain.vectors import Vector


@dataclass(frozen=True, slots=True, eq=False)
class KnownVectors:
    """The vectors that there are, as exact vectors."""

    version: int
    #: The model of the vectors of titles; empty if no title has one.
    model_version: str
    #: The vectors of titles, a row each, and the row of each title.
    titles: Vector
    rows: Mapping[str, int]
    #: The models and the vectors of texts by their digests.
    texts: Mapping[bytes, tuple[str, Vector]]


def align_vectors(guide: GuideMatrix, known: KnownVectors) -> score_parts.TitleVectors:
    """Returns the vectors of the rows of a guide.

    A programme of the catalog has the vector of its title, others that of their text. A channel has the mean vector of
    its airings, or that of its name and its genre if it shows nothing that has one.
    Vectors of other models than that of the titles are left out, because they cannot be compared.
    """
    matrix, count = guide.matrix, len(known.titles)
    models = Counter(model_version for model_version, _ in known.texts.values())
    model_version = known.model_version or max(models, key=lambda each: (models[each], each), default="")
    by_row = {
        row: vector
        for row, text_hash in guide.text_hashes.items()
        for text_model, vector in [known.texts.get(text_hash, ("", None))]
        if vector is not None and text_model == model_version
    }
    if not known.rows and not by_row:
        return score_parts.no_vectors(matrix)
    dimension = known.titles.shape[1] if known.rows else len(next(iter(by_row.values())))
    storage = np.zeros((count + len(guide.text_hashes), dimension), dtype=np.float32)
    if known.rows:
        storage[:count] = known.titles
    positions = np.fromiter((known.rows.get(title.title_id, -1) for title in matrix.titles), np.int64, len(matrix))
    slots = {row: count + number for number, row in enumerate(guide.text_hashes)}
    for row, vector in by_row.items():
        storage[slots[row]], positions[row] = vector, slots[row]
    for row, of_channel in zip(guide.channel_rows.tolist(), _airings_by_channel(guide), strict=True):
        shown = positions[of_channel]
        if (shown >= 0).any():
            mean = storage[shown[shown >= 0]].mean(axis=0, dtype=np.float64)
            storage[slots[row]], positions[row] = vectors.exact(mean), slots[row]
    return score_parts.TitleVectors(known.version, model_version, storage, positions)


def _airings_by_channel(guide: GuideMatrix) -> list[Rows]:
    """Returns the rows of the airings of each channel."""
    edges = np.searchsorted(guide.airings.channels, np.arange(1, len(guide.channels)))
    return np.split(guide.airings.rows, edges) if guide.channels else []
