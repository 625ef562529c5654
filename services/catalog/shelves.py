"""What a home is chosen from while nobody recommends, in memory: few words of every title, and which are popular."""

import asyncio
from collections.abc import Sequence

import numpy as np

from services.catalog import numbers, storage, tables
from services.catalog.domain import standing
from services.kit import db, errors, logs

_AT_ONCE = 1000
#: What is popular and new may be known some seconds late: nobody may know of a title sooner for it.
_LOOK_SECONDS = 5.0
_RETRY_SECONDS = 1.0
_FEWEST, _FEWEST_GENRES = 1024, 32

_log = logs.logger()


class Shelves:
    """Keeps a shelf in step with the database.

    Args:
        database: the catalogue's own.
        numbered: the numbers of titles.
        look: how often to look for changes, in seconds.
    """

    def __init__(self, database: db.Database, numbered: numbers.Numbers, *, look: float = _LOOK_SECONDS) -> None:
        self._database = database
        self._numbered = numbered
        self._look = look
        self._revision = 0
        self._count = 0
        self._released = np.zeros(_FEWEST, dtype=np.int64)
        self._featured = np.zeros(_FEWEST, dtype=np.bool_)
        self._genre_of = np.zeros((_FEWEST, _FEWEST_GENRES), dtype=np.bool_)
        self._genres: dict[str, int] = {}
        self._popular: tuple[str, ...] = ()
        #: As it was read last; None before that.
        self.shelf: standing.Shelf | None = None

    async def run(self) -> None:
        """Follows for as long as the process lives. The database may go and come back."""
        while True:
            try:
                await self.catch_up()
            except errors.Unavailable as away:
                _log.warning("shelf waits", cause=str(away))
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                await asyncio.sleep(self._look)

    async def catch_up(self) -> None:
        """Reads what has changed since it was read last. Raises DatabaseUnavailable."""
        changed = self.shelf is None
        while rows := await self._changed():
            for row in rows:
                self._put(row)
            self._revision = rows[-1].revision
            changed = True
        async with self._database.reading() as session:
            popular = await storage.shelves.popular(session)
        if changed or popular != self._popular:
            self._popular = popular
            self.shelf = self._laid_out()

    async def _changed(self) -> Sequence[tables.Row]:
        async with self._database.reading() as session:
            return await storage.shelves.shelved_after(session, self._revision, limit=_AT_ONCE)

    def _put(self, row: tables.Row) -> None:
        number = self._numbered.of(row.title_id)
        self._count = max(self._count, number + 1)
        columns = [self._genres.setdefault(genre, len(self._genres)) for genre in row.genres]
        self._make_room()
        self._released[number] = standing.day(row.released)
        self._featured[number] = row.featured
        self._genre_of[number] = False
        self._genre_of[number, columns] = True

    def _make_room(self) -> None:
        size, width = self._genre_of.shape
        if self._count > size or len(self._genres) > width:
            more = (0, self._count if self._count > size else 0)
            wider = (0, len(self._genres) if len(self._genres) > width else 0)
            self._released, self._featured = np.pad(self._released, more), np.pad(self._featured, more)
            self._genre_of = np.pad(self._genre_of, (more, wider))

    def _laid_out(self) -> standing.Shelf:
        """Copies, since whoever chooses from a shelf must not see it change."""
        known = (self._numbered.known(title_id) for title_id in self._popular)
        places = [number for number in known if number is not None and number < self._count]
        return standing.Shelf(
            title_id=self._numbered.title_id,
            released=self._released[: self._count].copy(),
            featured=self._featured[: self._count].copy(),
            popularity=standing.weights_of(places, self._count),
            genre_of=self._genre_of[: self._count, : len(self._genres)].copy(),
            genres=dict(self._genres),
        )
