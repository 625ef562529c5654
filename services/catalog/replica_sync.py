"""Keeps what this replica holds in memory in step with the database."""

import asyncio
from collections.abc import Hashable, Sequence

from marquee.event.v1 import event_internal_pb2

from services.catalog import convert, storage, tables
from services.catalog.search import autocomplete, fulltext_index
from services.catalog.titles import term_names, visibility_index
from services.kit import broadcast_subscriber, cache, db, replica_sync, title_facts
from services.kit import redis as kit_redis

#: Facts are small; documents are not, and decoding them delays calls.
_FACTS_AT_ONCE, _TITLES_AT_ONCE = 2000, 500

#: The tag of responses that list titles.
LISTS: Hashable = "lists"
#: The tag of responses that hold collections.
COLLECTIONS: Hashable = "collections"


class CatalogSync:
    """Updates the visibility index, the cached responses, the search index and the autocomplete index.

    Events report changes at once; the database decides, also on changes that no event reported.

    Args:
        database: the catalog's database.
        redis_events: where the event streams are; a client without a timeout.
        visibility: the facts of all titles.
        responses: the encoded responses.
        index: the search index.
        suggester: the autocomplete index.
        names: the names of terms.
    """

    def __init__(
        self,
        database: db.Database,
        redis_events: kit_redis.Client,
        visibility: visibility_index.VisibilityIndex,
        responses: cache.Cache,
        index: fulltext_index.FulltextIndex,
        suggester: autocomplete.Autocomplete,
        names: term_names.TermNames,
    ) -> None:
        self._database = database
        self._visibility = visibility
        self._responses = responses
        self._index = index
        self._suggester = suggester
        self._names = names
        self._facts_revision = 0
        self._index_revision = 0
        self._collections_revision = 0
        self._catching_up = asyncio.Lock()
        self._subscriber = broadcast_subscriber.BroadcastSubscriber(
            ["catalog"], redis_events, self._handle, self._handle_missed
        )
        self.facts = replica_sync.ReplicaSync("catalog facts", self.catch_up)
        self.indexes = replica_sync.ReplicaSync("catalog search indexes", self._update_indexes)

    async def run(self) -> None:
        """Keeps everything in step for as long as the process lives."""
        await replica_sync.follow(self._subscriber, self.facts, self.indexes)

    async def catch_up(self) -> None:
        """Applies the changes of facts and collections since the last call. Raises DatabaseUnavailable."""
        async with self._catching_up:
            async with self._database.reading() as session:
                collections_revision = await storage.collections.last_revision(session)
            if collections_revision != self._collections_revision:
                self._responses.drop(COLLECTIONS)
                self._collections_revision = collections_revision
            while changed := await self._changed_facts():
                for row in changed:
                    self._visibility.update(row.title_id, row.revision, convert.visibility_facts.from_row(row))
                self._responses.drop(LISTS, *(row.title_id for row in changed))
                self._facts_revision = changed[-1].revision
                self.indexes.mark_behind()

    async def _handle(self, event: event_internal_pb2.Event) -> None:
        titles = event.titles_changed.titles
        for message in titles:
            self._visibility.update(message.title_id, message.revision, title_facts.read(message))
        if titles:
            self._responses.drop(LISTS, *(message.title_id for message in titles))
            self.facts.mark_behind()
            self.indexes.mark_behind()
        if event.HasField("collections_changed"):
            self._responses.drop(COLLECTIONS)

    async def _handle_missed(self) -> None:
        self.facts.mark_behind()
        self.indexes.mark_behind()

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

    async def _changed_titles(self, revision: int) -> Sequence[tables.Row]:
        async with self._database.reading() as session:
            rows = await storage.titles.changed_after(session, revision, limit=_TITLES_AT_ONCE)
            await self._names.load(session, rows)
            return rows

    def _add(self, rows: Sequence[tables.Row]) -> None:
        self._index.update(convert.search.entry(row, self._names) for row in rows)
        self._suggester.update(convert.search.named(row, self._names) for row in rows)
