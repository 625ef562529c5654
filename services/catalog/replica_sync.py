"""Keeps what this replica holds in memory in step with the database."""

import asyncio
from collections.abc import Hashable, Sequence

from marquee.event.v1 import event_internal_pb2

from services.catalog import convert, storage, tables
from services.catalog.search import autocomplete, fulltext_index
from services.catalog.titles import response_cache, term_names, visibility_index
from services.kit import db, periodic_task

#: Facts are small; documents are not, and decoding them delays calls.
_FACTS_AT_ONCE, _TITLES_AT_ONCE = 2000, 500
#: How often to look for changes that no event reported, because Redis was unavailable.
_LOOK_SECONDS = 10.0

#: The tag of responses that list titles.
LISTS: Hashable = "lists"
#: The tag of responses that hold collections.
COLLECTIONS: Hashable = "collections"


class ReplicaSync:
    """Updates the visibility index, the response cache, the search index and the autocomplete index.

    Events report changes at once; the database decides, also on changes that no event reported.

    Args:
        database: the catalog's database.
        visibility: the facts of all titles.
        cache: the encoded responses.
        index: the search index.
        suggester: the autocomplete index.
        names: the names of terms.
    """

    def __init__(
        self,
        database: db.Database,
        visibility: visibility_index.VisibilityIndex,
        cache: response_cache.ResponseCache,
        index: fulltext_index.FulltextIndex,
        suggester: autocomplete.Autocomplete,
        names: term_names.TermNames,
    ) -> None:
        self._database = database
        self._visibility = visibility
        self._cache = cache
        self._index = index
        self._suggester = suggester
        self._names = names
        self._facts_revision = 0
        self._index_revision = 0
        self._collections_revision = 0
        self._catching_up = asyncio.Lock()
        self._behind = asyncio.Event()
        #: Whether the search index has been built once.
        self.searchable = False

    async def listen(self, event: event_internal_pb2.Event) -> None:
        """Applies what an event reports about titles and collections."""
        titles = event.titles_changed.titles
        for message in titles:
            self._visibility.update(message.title_id, message.revision, convert.facts_from_message(message))
        if titles:
            self._cache.invalidate([LISTS, *(message.title_id for message in titles)])
            self._behind.set()
        if event.HasField("collections_changed"):
            self._cache.invalidate([COLLECTIONS])

    async def missed(self) -> None:
        """Has the database read soon, because events may have been missed."""
        self._behind.set()

    async def catch_up(self) -> None:
        """Applies the changes of facts and collections since the last call. Raises DatabaseUnavailable."""
        async with self._catching_up:
            async with self._database.reading() as session:
                collections_revision = await storage.collections.last_revision(session)
            if collections_revision != self._collections_revision:
                self._cache.invalidate([COLLECTIONS])
                self._collections_revision = collections_revision
            while changed := await self._changed_facts():
                for row in changed:
                    self._visibility.update(row.title_id, row.revision, convert.facts(row))
                self._cache.invalidate([LISTS, *(row.title_id for row in changed)])
                self._facts_revision = changed[-1].revision
                self._behind.set()

    async def run(self) -> None:
        """Keeps everything in step until it is cancelled, whatever fails."""
        await periodic_task.run("catalog replica sync", self._load, period=_LOOK_SECONDS, wake=self._behind)

    async def _load(self) -> None:
        await self.catch_up()
        await self._update_indexes()

    async def _changed_facts(self) -> Sequence[tables.Row]:
        async with self._database.reading() as session:
            return await storage.titles.facts_after(session, self._facts_revision, limit=_FACTS_AT_ONCE)

    async def _update_indexes(self) -> None:
        revision = self._index_revision
        while changed := await self._changed_titles(revision):
            await asyncio.to_thread(self._add, changed)
            revision = changed[-1].revision
        if revision > self._index_revision:
            await asyncio.to_thread(self._index.commit)
            await asyncio.to_thread(self._suggester.commit)
            self._index_revision = revision
        self.searchable = True

    async def _changed_titles(self, revision: int) -> Sequence[tables.Row]:
        async with self._database.reading() as session:
            rows = await storage.titles.changed_after(session, revision, limit=_TITLES_AT_ONCE)
            await self._names.load(session, rows)
            return rows

    def _add(self, rows: Sequence[tables.Row]) -> None:
        self._index.update(convert.entry(row, self._names) for row in rows)
        self._suggester.update(convert.named(row, self._names) for row in rows)
