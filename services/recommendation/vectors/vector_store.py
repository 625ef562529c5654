"""Vectors of titles as the database has them: the index of now, and indexes of earlier versions."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from services.kit import clock, db
from services.recommendation import errors, storage
from services.recommendation.domain import vectors
from services.recommendation.vectors.vector_index import VectorIndex

_VECTORS_AT_ONCE = 2000


class VectorStore:
    """Loads vectors into the index of this replica.

    Args:
        database: the database of recommendation.
        index: the vectors in memory.
        time: tells how far back earlier versions are kept.
        retention: how long they are kept.
    """

    def __init__(self, database: db.Database, index: VectorIndex, time: clock.Clock, retention: timedelta) -> None:
        self._database = database
        self._index = index
        self._clock = time
        self._retention = retention

    async def load(self) -> None:
        """Loads the vectors that were written since the last call. Raises DatabaseUnavailable."""
        while rows := await self._list_new_rows():
            _add_rows(self._index, rows)

    async def load_version(self, version: int) -> VectorIndex:
        """Returns the index as it was at a version. Raises InputGone if it is not kept, or DatabaseUnavailable."""
        async with self._database.reading() as session:
            superseded = await storage.vectors.superseded_time(session, version)
            if superseded is not None and superseded <= self._clock.now() - self._retention:
                raise errors.InputGone("vectors")
            rows = await storage.vectors.versions_at(session, version)
        index = VectorIndex()
        await asyncio.to_thread(_add_rows, index, sorted(rows, key=lambda row: row.version))
        return index

    async def _list_new_rows(self) -> Sequence[storage.vectors.Written]:
        async with self._database.reading() as session:
            return await storage.vectors.after(session, self._index.version, limit=_VECTORS_AT_ONCE)


def _add_rows(index: VectorIndex, rows: Sequence[storage.vectors.Written]) -> None:
    for row in rows:
        vector = None if row.vector is None else vectors.exact(row.vector)
        index.put(row.version, row.title_id, row.model_version, vector)
