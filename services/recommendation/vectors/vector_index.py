"""Exact nearest-neighbor search over the vectors of titles, in memory."""

import itertools
import operator
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cachetools
import numpy as np
import numpy.typing as npt

from services.recommendation.domain.vectors import Vector

_MIN_CAPACITY = 1024
#: Unused rows are removed when there is one for so many used ones.
_ROWS_PER_UNUSED = 4
#: For how many titles the neighbors are cached, and how many of them: most callers ask about the same few titles.
_MAX_CACHED, _CACHED_NEIGHBORS = 2048, 128
_MIN_SORTED = 64


@dataclass(frozen=True, slots=True)
class Neighbor:
    """A title and its cosine similarity."""

    title_id: str
    similarity: float


class _ModelVectors:
    """The vectors of one model, in the order in which they were added.

    A row is written once, so that a thread may go on with a matrix that it has while titles change: a title that
    changes gets another row.
    """

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}
        self.title_ids: list[str] = []
        self._storage: Vector = np.zeros((_MIN_CAPACITY, 0), dtype=np.float32)

    def put(self, title_id: str, vector: Vector) -> None:
        self.remove(title_id)
        unused = len(self.title_ids) - len(self.rows)
        is_full = len(self.title_ids) == len(self._storage) or self._storage.shape[1] != len(vector)
        if is_full or unused > max(_MIN_CAPACITY, len(self.rows) // _ROWS_PER_UNUSED):
            self._compact(len(vector))
        row = self.rows[title_id] = len(self.title_ids)
        self.title_ids.append(title_id)
        self._storage[row] = vector

    def remove(self, title_id: str) -> None:
        row = self.rows.pop(title_id, None)
        if row is not None:
            self.title_ids[row] = ""

    @property
    def matrix(self) -> Vector:
        return self._storage[: len(self.title_ids)]

    def _compact(self, dimension: int) -> None:
        """Moves the used rows to a storage of twice their number."""
        used = [row for row, title_id in enumerate(self.title_ids) if title_id]
        moved = np.zeros((max(_MIN_CAPACITY, 2 * len(used)), dimension), dtype=np.float32)
        if used:
            moved[: len(used)] = self._storage[used]
        self.title_ids = [self.title_ids[row] for row in used]
        self.rows = {title_id: row for row, title_id in enumerate(self.title_ids)}
        self._storage = moved


class VectorIndex:
    """The vectors of all titles. Vectors of different models cannot be compared, so the most used model is searched.

    Every vector that is added or searched for has been rounded by `domain.vectors.exact`.
    A matrix that a caller has does not change; `rows` and `title_ids` belong to the matrix of the moment.
    A row whose title was removed, or has got another vector, has an empty title id.
    """

    def __init__(self) -> None:
        self._models: dict[str, _ModelVectors] = {}
        self._model_by_title: dict[str, str] = {}
        self._searched = _ModelVectors()
        self._cached: cachetools.LRUCache[str, tuple[int, list[Neighbor]]] = cachetools.LRUCache(_MAX_CACHED)
        #: Grows with each change.
        self.version = 0
        #: The model that is searched; empty without vectors.
        self.model_version = ""

    def __len__(self) -> int:
        return len(self._searched.rows)

    @property
    def matrix(self) -> Vector:
        """The vectors, a row each."""
        return self._searched.matrix

    @property
    def rows(self) -> dict[str, int]:
        """The rows of titles."""
        return self._searched.rows

    @property
    def title_ids(self) -> list[str]:
        """The titles of rows, empty for unused rows."""
        return self._searched.title_ids

    def put(self, version: int, title_id: str, model_version: str, vector: Vector | None) -> None:
        """Sets the vector that a title has from a version on; None removes it."""
        previous = self._model_by_title.pop(title_id, None)
        if previous is not None and (vector is None or previous != model_version):
            self._models[previous].remove(title_id)
        if vector is not None:
            self._model_by_title[title_id] = model_version
            self._models.setdefault(model_version, _ModelVectors()).put(title_id, vector)
        self.version = max(self.version, version)
        self._choose_model()

    def vector(self, title_id: str) -> Vector | None:
        """Returns the vector of a title; None if it has none."""
        row = self.rows.get(title_id)
        return None if row is None else self.matrix[row]

    def scores(self, vector: Vector) -> Vector:
        """Returns the cosine similarity of each row to an exact vector. Those of unused rows have no meaning."""
        return np.asarray(self.matrix @ vector, dtype=np.float32)

    def iterate_nearest(self, vector: Vector, expected: int) -> Iterator[Neighbor]:
        """Returns all titles, the nearest to an exact vector first; equally near ones in the order of their ids.

        Args:
            vector: the vector to compare with.
            expected: about how many titles the caller is going to read.
        """
        if not self.rows:
            return
        # Changes that happen while the caller iterates belong to other rows.
        scores, title_ids = self.scores(vector), self.title_ids
        start, size = 0, max(_MIN_SORTED, 2 * expected)
        while start < len(scores):
            size = min(size, len(scores))
            # To find the first few takes far less time than to sort all.
            nearest = np.argpartition(scores, -size)[-size:] if size < len(scores) else np.arange(len(scores))
            # All rows that are as near as the last one are included, so that their order is well defined.
            nearest = np.flatnonzero(scores >= scores[nearest].min())
            nearest = nearest[np.argsort(-scores[nearest], kind="stable")]
            yield from _neighbors(title_ids, scores, nearest[start:])
            start, size = len(nearest), size * 8

    def iterate_nearest_to_title(self, title_id: str) -> Iterator[Neighbor]:
        """Returns all titles, the nearest to a title first, itself included; nothing if it has no vector."""
        vector = self.vector(title_id)
        if vector is None:
            return
        version, first = self._cached.get(title_id, (0, []))
        if version != self.version:
            first = list(itertools.islice(self.iterate_nearest(vector, _CACHED_NEIGHBORS // 2), _CACHED_NEIGHBORS))
            self._cached[title_id] = (self.version, first)
        yield from first
        if len(first) == _CACHED_NEIGHBORS:
            yield from itertools.islice(self.iterate_nearest(vector, len(self)), _CACHED_NEIGHBORS, None)

    def _choose_model(self) -> None:
        """Searches the model that most titles have vectors of; if there are two, the current one stays."""
        most_used = max(
            self._models.items(),
            key=lambda model: (len(model[1].rows), model[0] == self.model_version),
            default=None,
        )
        if most_used is not None:
            self.model_version, self._searched = most_used
            for name in [name for name, each in self._models.items() if not each.rows and name != self.model_version]:
                del self._models[name]


def _neighbors(title_ids: Sequence[str], scores: Vector, rows: npt.NDArray[np.intp]) -> Iterator[Neighbor]:
    """Returns the titles of sorted rows; equally near ones in the order of their ids."""
    pairs = zip(scores[rows].tolist(), rows.tolist(), strict=True)
    for score, tied in itertools.groupby(pairs, key=operator.itemgetter(0)):
        for title_id in sorted(title_ids[row] for _, row in tied):
            if title_id:
                yield Neighbor(title_id, score)
