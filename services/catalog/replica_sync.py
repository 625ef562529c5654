"""Keeps what this replica holds in memory in step with the database."""

import asyncio
import contextlib
from collections.abc import Hashable, Sequence

from marquee.event.v1 import event_internal_pb2

from services.catalog import (
    autocomplete,
    convert,
    fulltext_index,
    response_cache,
    storage,
    tables,
    term_names,
    visibility_index,
)
from services.kit import db, errors, logs

#: Facts are small; documents are not, and decoding them holds up calls.
_FACTS_AT_ONCE, _TITLES_AT_ONCE = 2000, 500
#: How often to look for changes that no event told of, because Redis was away.
_LOOK_SECONDS = 10.0
_RETRY_SECONDS = 1.0

#: What answers depend on that tell of any number of titles.
LISTS: Hashable = "lists"
#: What answers depend on that tell of collections.
COLLECTIONS: Hashable = "collections"

_log = logs.logger()


class ReplicaSync:
    """Brings facts, kept answers and the search index up to date.

    Events tell of changes at once; the database has the last word, also on what no event told of.

    Args:
        database: the catalogue's own.
        known: the facts of all titles.
        kept: the answers that are kept.
        index: the search index.
        suggester: suggests while a viewer types.
        names: the names of terms.
    """

    def __init__(
        self,
        database: db.Database,
        known: visibility_index.VisibilityIndex,
        kept: response_cache.ResponseCache,
        index: fulltext_index.FulltextIndex,
        suggester: autocomplete.Autocomplete,
        names: term_names.TermNames,
    ) -> None:
        self._database = database
        self._known = known
        self._answers = kept
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
        """Takes note of what an event tells of titles."""
        told = event.titles_changed.titles
        for message in told:
            self._known.learn(message.title_id, message.revision, convert.facts_from_message(message))
        if told:
            self._answers.forget([LISTS, *(message.title_id for message in told)])
            self._behind.set()
        if event.HasField("collections_changed"):
            self._answers.forget([COLLECTIONS])

    async def missed(self) -> None:
        """Takes note that events may have been missed."""
        self._behind.set()

    async def catch_up(self) -> None:
        """Reads what has changed since it was read last. Raises DatabaseUnavailable."""
        async with self._catching_up:
            async with self._database.reading() as session:
                collections_revision = await storage.collections.last_revision(session)
            if collections_revision != self._collections_revision:
                self._answers.forget([COLLECTIONS])
                self._collections_revision = collections_revision
            while changed := await self._changed_facts():
                for row in changed:
                    self._known.learn(row.title_id, row.revision, convert.facts(row))
                self._answers.forget([LISTS, *(row.title_id for row in changed)])
                self._facts_revision = changed[-1].revision
                self._behind.set()

    async def run(self) -> None:
        """Follows for as long as the process lives. The database may go and come back."""
        while True:
            self._behind.clear()
            try:
                await self.catch_up()
                await self._update_index()
            except errors.Unavailable as away:
                _log.warning("catalogue waits", cause=str(away))
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            with contextlib.suppress(TimeoutError):
                # Not `wait_for`: where the event and a cancellation come at once, Python 3.11's forgets the latter.
                async with asyncio.timeout(_LOOK_SECONDS):
                    await self._behind.wait()

    async def _changed_facts(self) -> Sequence[tables.Row]:
        async with self._database.reading() as session:
            return await storage.titles.facts_after(session, self._facts_revision, limit=_FACTS_AT_ONCE)

    async def _update_index(self) -> None:
        revision = self._index_revision
        while changed := await self._changed_titles(revision):
            await asyncio.to_thread(self._take_in, changed)
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

    def _take_in(self, rows: Sequence[tables.Row]) -> None:
        self._index.update(convert.entry(row, self._names) for row in rows)
        self._suggester.update(convert.named(row, self._names) for row in rows)
