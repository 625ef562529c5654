"""Keeps what this replica holds in memory in step: titles with catalog, vectors with what was embedded."""

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import timedelta

from marquee.catalog.v1 import catalog_internal_pb2, catalog_internal_pb2_grpc
from marquee.event.v1 import event_internal_pb2

from services.kit import client, clock, db, errors, jobs, logs
from services.recommendation import errors as recommendation_errors
from services.recommendation import storage
from services.recommendation.convert import title_documents
from services.recommendation.domain import vectors
from services.recommendation.ranking.title_store import TitleStore
from services.recommendation.vectors.vector_index import VectorIndex

#: The kind of the job that embeds what is to be embedded.
EMBED = "embed"

_TITLES_AT_ONCE = 500
_VECTORS_AT_ONCE = 2000
#: How often to look for changes that no event told of, because Redis was away.
_LOOK_SECONDS = 10.0
_RETRY_SECONDS = 1.0

_log = logs.logger()


class TitleFollower:
    """Writes down what catalog says of titles, and brings the library up to date.

    Every replica hears every change. The first one writes it down, the others find it written.

    Args:
        database: recommendation's own.
        mesh: dials catalog.
        library: the titles in memory.
        time: tells when a title was written down.
    """

    def __init__(self, database: db.Database, mesh: client.Mesh, library: TitleStore, time: clock.Clock) -> None:
        self._database = database
        self._catalog: catalog_internal_pb2_grpc.CatalogInternalServiceAsyncStub = (
            catalog_internal_pb2_grpc.CatalogInternalServiceStub(mesh.channel("catalog"))
        )
        self._library = library
        self._clock = time
        self._told: dict[str, catalog_internal_pb2.TitleFacts] = {}
        self._behind = asyncio.Event()
        #: Whether all titles are to be compared with catalog's, not only those that events told of.
        self._unsure = True
        #: Set once there are titles to choose from, or it is known that there are none.
        self.loaded = asyncio.Event()

    async def listen(self, event: event_internal_pb2.Event) -> None:
        """Takes note of what an event tells of titles."""
        for facts in event.titles_changed.titles:
            self._note(facts)

    async def missed(self) -> None:
        """Takes note that events may have been missed."""
        self._unsure = True
        self._behind.set()

    async def run(self) -> None:
        """Follows for as long as the process lives. Catalog or the database may go and come back."""
        while True:
            self._behind.clear()
            try:
                await self._library.load()
                if self._library.ready:  # They are from before the start; catalog may take its time.
                    self.loaded.set()
                await self.catch_up()
                self.loaded.set()
            except (errors.Unavailable, errors.DeadlineExceeded) as away:
                _log.warning("titles wait", cause=str(away))
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            with contextlib.suppress(TimeoutError):
                # Not `wait_for`: where the event and a cancellation come at once, Python 3.11's forgets the latter.
                async with asyncio.timeout(_LOOK_SECONDS):
                    await self._behind.wait()

    async def catch_up(self) -> None:
        """Writes down what has changed and takes it in. Raises Unavailable."""
        if self._unsure:
            self._unsure = False
            try:
                await self._ask_of_all()
            except Exception:
                self._unsure = True
                raise
        while self._told:
            some = list(self._told.values())[:_TITLES_AT_ONCE]
            await self._write_down(some)
            for facts in some:
                if self._told.get(facts.title_id) is facts:  # Nothing newer was told meanwhile.
                    del self._told[facts.title_id]
            await self._library.load()
        self._library.ready = True

    async def _ask_of_all(self) -> None:
        """Compares catalog's revision of every title with the one that is known."""
        known = self._library.titles
        async for answer in self._catalog.StreamTitleFacts(catalog_internal_pb2.StreamTitleFactsRequest()):
            for facts in answer.facts:
                title = known.get(facts.title_id)
                if title is None or title.revision < facts.revision:
                    self._note(facts)

    def _note(self, facts: catalog_internal_pb2.TitleFacts) -> None:
        told = self._told.get(facts.title_id)
        if told is None or told.revision < facts.revision:
            self._told[facts.title_id] = facts
            self._behind.set()

    async def _write_down(self, some: Sequence[catalog_internal_pb2.TitleFacts]) -> None:
        documents = await self._documents([facts.title_id for facts in some])
        told = [_told(facts, documents[facts.title_id]) for facts in some]
        async with self._database.transaction() as tx:
            await storage.titles.take_turn(tx)
            known = await storage.titles.revisions(tx, [each.title_id for each in told])
            new = [each for each in told if each.revision > known.get(each.title_id, 0)]
            if new:
                await storage.titles.write(tx, new, self._clock.now())
                await jobs.enqueue(tx, EMBED, b"")

    async def _documents(self, title_ids: Sequence[str]) -> dict[str, catalog_internal_pb2.TitleDocument]:
        """Returns what titles are about; of one that catalog tells nothing of any more, what it told last."""
        found: dict[str, catalog_internal_pb2.TitleDocument] = {}
        request = catalog_internal_pb2.StreamTitleDocumentsRequest(title_ids=title_ids)
        async for answer in self._catalog.StreamTitleDocuments(request):
            found |= {document.title_id: document for document in answer.documents}
        missing = [title_id for title_id in title_ids if title_id not in found]
        if missing:
            async with self._database.reading() as session:
                kept = await storage.titles.documents(session, missing)
            for title_id in missing:
                found[title_id] = catalog_internal_pb2.TitleDocument.FromString(kept.get(title_id, b""))
        return found


class VectorFollower:
    """Brings the space up to date with the vectors that were written.

    Args:
        database: recommendation's own.
        space: the vectors in memory.
        time: tells how far back the vectors of then are kept.
        retention: how long they are kept.
    """

    def __init__(self, database: db.Database, space: VectorIndex, time: clock.Clock, retention: timedelta) -> None:
        self._database = database
        self._space = space
        self._clock = time
        self._retention = retention
        self._behind = asyncio.Event()
        #: Set once all vectors that were written before are there.
        self.loaded = asyncio.Event()

    async def listen(self, event: event_internal_pb2.Event) -> None:
        """Takes note that titles were embedded."""
        if event.HasField("titles_embedded"):
            self._behind.set()

    async def missed(self) -> None:
        """Takes note that events may have been missed."""
        self._behind.set()

    async def run(self) -> None:
        """Follows for as long as the process lives. The database may go and come back."""
        while True:
            self._behind.clear()
            try:
                await self.catch_up()
                self.loaded.set()
            except errors.Unavailable as away:
                _log.warning("vectors wait", cause=str(away))
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            with contextlib.suppress(TimeoutError):
                # Not `wait_for`: where the event and a cancellation come at once, Python 3.11's forgets the latter.
                async with asyncio.timeout(_LOOK_SECONDS):
                    await self._behind.wait()

    async def catch_up(self) -> None:
        """Takes in the vectors that were written since it was called last. Raises DatabaseUnavailable."""
        while changed := await self._changed():
            for row in changed:
                put(self._space, row)

    async def as_of(self, version: int) -> VectorIndex:
        """Returns the space as it was. Raises InputGone when that is too long ago, or DatabaseUnavailable."""
        async with self._database.reading() as session:
            superseded = await storage.vectors.superseded_time(session, version)
            if superseded is not None and superseded <= self._clock.now() - self._retention:
                raise recommendation_errors.InputGone("vectors")
            rows = await storage.vectors.versions_at(session, version)
        return await asyncio.to_thread(_space_of, rows)

    async def _changed(self) -> Sequence[storage.vectors.Written]:
        async with self._database.reading() as session:
            return await storage.vectors.after(session, self._space.version, limit=_VECTORS_AT_ONCE)


def put(space: VectorIndex, row: storage.vectors.Written) -> None:
    """Takes a vector as it was written into a space."""
    vector = None if row.vector is None else vectors.exact(row.vector)
    space.put(row.version, row.title_id, row.model_version, vector)


def _space_of(rows: Sequence[storage.vectors.Written]) -> VectorIndex:
    made = VectorIndex()
    for row in sorted(rows, key=lambda row: row.version):
        put(made, row)
    return made


def _told(facts: catalog_internal_pb2.TitleFacts, document: catalog_internal_pb2.TitleDocument) -> storage.titles.Told:
    return storage.titles.Told(
        title_id=facts.title_id,
        revision=facts.revision,
        deleted=facts.deleted,
        facts=facts.SerializeToString(deterministic=True),
        document=document.SerializeToString(deterministic=True),
        text_hash=title_documents.text_digest(document),
    )
