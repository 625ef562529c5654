"""Vectors of titles in memory: what is close in meaning, without a question to the database."""

import itertools
import operator
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.recommendation.domain.vectors import Vector

_FEWEST_ROWS = 1024
#: Rows that no title has any more are cleared away when there is one for so many that a title has.
_MOST_LEFT = 4
#: Of how many titles the nearest are kept, and how many of them: the same few titles are asked about by everybody.
_MOST_KEPT, _KEPT_NEAR = 2048, 128


@dataclass(frozen=True, slots=True)
class Near:
    """A title and how close it is: the cosine."""

    title_id: str
    similarity: float


class _Rows:
    """The vectors of one model, in the order in which they came.

    What was written into a row stays there, so that whoever has taken the matrix may go on with it in a thread while
    titles change: one that changes gets another row.
    """

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}
        self.title_ids: list[str] = []
        self._held: Vector = np.zeros((_FEWEST_ROWS, 0), dtype=np.float32)

    def put(self, title_id: str, vector: Vector) -> None:
        self.drop(title_id)
        left = len(self.title_ids) - len(self.rows)
        full = len(self.title_ids) == len(self._held) or self._held.shape[1] != len(vector)
        if full or left > max(_FEWEST_ROWS, len(self.rows) // _MOST_LEFT):
            self._move(len(vector))
        row = self.rows[title_id] = len(self.title_ids)
        self.title_ids.append(title_id)
        self._held[row] = vector

    def drop(self, title_id: str) -> None:
        row = self.rows.pop(title_id, None)
        if row is not None:
            self.title_ids[row] = ""

    @property
    def matrix(self) -> Vector:
        return self._held[: len(self.title_ids)]

    def _move(self, width: int) -> None:
        """Moves to where there is room for as many again, leaving behind what no title has any more."""
        living = [row for row, title_id in enumerate(self.title_ids) if title_id]
        moved = np.zeros((max(_FEWEST_ROWS, 2 * len(living)), width), dtype=np.float32)
        if living:
            moved[: len(living)] = self._held[living]
        self.title_ids = [self.title_ids[row] for row in living]
        self.rows = {title_id: row for row, title_id in enumerate(self.title_ids)}
        self._held = moved


class VectorIndex:
    """All titles that have a vector. Vectors of different models cannot be compared: those of the most used one count.

    Every vector that goes in or is compared has been through `domain.vectors.exact`.
    A matrix that was taken stays as it is, whatever changes later; rows and titles belong to the matrix of the moment.
    A row whose title lost its vector, or has another one, has no title.
    """

    def __init__(self) -> None:
        self._models: dict[str, _Rows] = {}
        self._of_titles: dict[str, str] = {}
        self._leading = _Rows()
        self._kept: OrderedDict[str, tuple[int, list[Near]]] = OrderedDict()
        #: Grows with each change.
        self.version = 0
        #: The model whose vectors count; empty before there is any.
        self.model_version = ""

    def __len__(self) -> int:
        return len(self._leading.rows)

    @property
    def matrix(self) -> Vector:
        """The vectors, a row each."""
        return self._leading.matrix

    @property
    def rows(self) -> dict[str, int]:
        """The rows of titles."""
        return self._leading.rows

    @property
    def title_ids(self) -> list[str]:
        """The titles of rows; empty where there is none any more."""
        return self._leading.title_ids

    def put(self, version: int, title_id: str, model_version: str, vector: Vector | None) -> None:
        """Takes in the vector that a title has from this version on; None where it has none any more."""
        before = self._of_titles.pop(title_id, None)
        if before is not None and (vector is None or before != model_version):
            self._models[before].drop(title_id)
        if vector is not None:
            self._of_titles[title_id] = model_version
            self._models.setdefault(model_version, _Rows()).put(title_id, vector)
        self.version = max(self.version, version)
        self._lead()

    def vector(self, title_id: str) -> Vector | None:
        """Returns the vector of a title; None if it has none."""
        row = self.rows.get(title_id)
        return None if row is None else self.matrix[row]

    def scores(self, vector: Vector) -> Vector:
        """Returns how close each row is to an exact vector: the cosine; those without a title tell nothing."""
        return np.asarray(self.matrix @ vector, dtype=np.float32)

    def nearest(self, vector: Vector, limit: int, allowed: Callable[[str], bool] | None = None) -> list[Near]:
        """Returns the titles that are closest to an exact vector, the closest first.

        Args:
            vector: what to be close to.
            limit: how many titles to answer at most.
            allowed: whether a title may be answered; any may if None.
        """
        found: list[Near] = []
        for near in self.ranked(vector, limit):
            if allowed is None or allowed(near.title_id):
                found.append(near)
                if len(found) == limit:
                    break
        return found

    def ranked(self, vector: Vector, about: int) -> Iterator[Near]:
        """Returns all titles, the closest first, of which the caller will want `about` as many or some more.

        Titles that are as close are in the order of their ids.
        """
        if not self.rows:
            return
        # What changes while somebody reads on belongs to other rows.
        scores, title_ids = self.scores(vector), self.title_ids
        start, size = 0, max(64, 2 * about)
        while start < len(scores):
            size = min(size, len(scores))
            # The whole lies in memory: finding the best few costs far less than putting all in order.
            best = np.argpartition(scores, -size)[-size:] if size < len(scores) else np.arange(len(scores))
            # All that are as close as the last one are in, so that which of them come first does not hang on chance.
            best = np.flatnonzero(scores >= scores[best].min())
            best = best[np.argsort(-scores[best], kind="stable")]
            yield from _in_order(title_ids, scores, best[start:])
            start, size = len(best), size * 8

    def alike(self, title_id: str) -> Iterator[Near]:
        """Returns all titles, the closest to a title first, itself among them; nothing if it has no vector."""
        vector = self.vector(title_id)
        if vector is None:
            return
        version, first = self._kept.get(title_id, (0, []))
        if version != self.version:
            first = list(itertools.islice(self.ranked(vector, _KEPT_NEAR // 2), _KEPT_NEAR))
            self._kept[title_id] = (self.version, first)
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(title_id)
        yield from first
        if len(first) == _KEPT_NEAR:
            yield from itertools.islice(self.ranked(vector, len(self)), _KEPT_NEAR, None)

    def _lead(self) -> None:
        """Lets the model lead that most titles have vectors of; of two the one that leads."""
        leading = max(
            self._models.items(),
            key=lambda model: (len(model[1].rows), model[0] == self.model_version),
            default=None,
        )
        if leading is not None:
            self.model_version, self._leading = leading
            for name in [name for name, rows in self._models.items() if not rows.rows and name != self.model_version]:
                del self._models[name]


def _in_order(title_ids: Sequence[str], scores: Vector, rows: npt.NDArray[np.intp]) -> Iterator[Near]:
    """Returns the titles of rows that come the closest first, those that are as close by their ids."""
    found = zip(scores[rows].tolist(), rows.tolist(), strict=True)
    for score, tied in itertools.groupby(found, key=operator.itemgetter(0)):
        for title_id in sorted(title_ids[row] for _, row in tied):
            if title_id:
                yield Near(title_id, score)
