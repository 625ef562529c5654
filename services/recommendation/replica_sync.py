"""Keeps what is in memory in step: titles with catalog, facts of channels with epg, vectors with the database."""

from __future__ import annotations

from collections.abc import Sequence

from marquee.catalog.v1 import catalog_internal_pb2, catalog_internal_pb2_grpc
from marquee.epg.v1 import epg_internal_pb2, epg_internal_pb2_grpc
from marquee.event.v1 import event_internal_pb2

from services.kit import client, clock, db, jobs, replica_sync, visibility
from services.recommendation import storage
from services.recommendation.convert import guide_messages, title_documents
from services.recommendation.guide import guide_store
from services.recommendation.ranking.title_store import TitleStore
from services.recommendation.vectors import embedding_worker
from services.recommendation.vectors.vector_store import VectorStore

_TITLES_AT_ONCE = 500


class TitleSync(replica_sync.ReplicaSync):
    """Stores what catalog reports about titles, and loads it into the title store.

    Every replica receives every change. The first one stores it, the others find it stored.

    Args:
        database: the database of recommendation.
        mesh: opens the channel to catalog.
        title_store: the titles in memory.
        time: gives the time at which a title was stored.
    """

    def __init__(self, database: db.Database, mesh: client.Mesh, title_store: TitleStore, time: clock.Clock) -> None:
        super().__init__("titles", self.load)
        self._database = database
        self._catalog: catalog_internal_pb2_grpc.CatalogInternalServiceAsyncStub = (
            catalog_internal_pb2_grpc.CatalogInternalServiceStub(mesh.channel("catalog"))
        )
        self._title_store = title_store
        self._clock = time
        #: The newest facts of the titles that are to be stored.
        self._pending: dict[str, catalog_internal_pb2.TitleFacts] = {}
        #: Whether changes may have been missed, so that the revisions of all titles have to be compared.
        self._is_incomplete = True

    async def listen(self, event: event_internal_pb2.Event) -> None:
        """Notes the titles that an event reports."""
        for facts in event.titles_changed.titles:
            self._note(facts)

    async def missed(self) -> None:
        """Has all titles compared with catalog's, because events may have been missed."""
        self._is_incomplete = True
        self.mark_behind()

    async def load(self) -> None:
        """Stores and loads what has changed. Raises Unavailable or DeadlineExceeded."""
        await self._title_store.load()
        if self._title_store.is_loaded:  # The titles were stored before the start; catalog may be unavailable.
            self.loaded.set()
        if self._is_incomplete:
            self._is_incomplete = False
            try:
                await self._compare_all()
            except BaseException:
                self._is_incomplete = True
                raise
        while self._pending:
            batch = list(self._pending.values())[:_TITLES_AT_ONCE]
            await self._store(batch)
            for facts in batch:
                if self._pending.get(facts.title_id) is facts:  # Otherwise a newer revision came meanwhile.
                    del self._pending[facts.title_id]
            await self._title_store.load()
        self._title_store.is_loaded = True

    async def _compare_all(self) -> None:
        """Notes the titles of which catalog has a newer revision."""
        titles = self._title_store.titles
        async for response in self._catalog.StreamTitleFacts(catalog_internal_pb2.StreamTitleFactsRequest()):
            for facts in response.facts:
                title = titles.get(facts.title_id)
                if title is None or title.revision < facts.revision:
                    self._note(facts)

    def _note(self, facts: catalog_internal_pb2.TitleFacts) -> None:
        pending = self._pending.get(facts.title_id)
        if pending is None or pending.revision < facts.revision:
            self._pending[facts.title_id] = facts
            self.mark_behind()

    async def _store(self, batch: Sequence[catalog_internal_pb2.TitleFacts]) -> None:
        documents = await self._load_documents([facts.title_id for facts in batch])
        reported = [_reported_title(facts, documents[facts.title_id]) for facts in batch]
        async with self._database.transaction() as tx:
            await storage.titles.take_turn(tx)
            stored = await storage.titles.revisions(tx, [title.title_id for title in reported])
            new = [title for title in reported if title.revision > stored.get(title.title_id, 0)]
            if new:
                await storage.titles.write(tx, new, self._clock.now())
                await jobs.enqueue(tx, embedding_worker.JOB, b"")

    async def _load_documents(self, title_ids: Sequence[str]) -> dict[str, catalog_internal_pb2.TitleDocument]:
        """Returns the documents of titles; for titles that catalog no longer has, the last stored ones."""
        documents: dict[str, catalog_internal_pb2.TitleDocument] = {}
        request = catalog_internal_pb2.StreamTitleDocumentsRequest(title_ids=title_ids)
        async for response in self._catalog.StreamTitleDocuments(request):
            documents |= {document.title_id: document for document in response.documents}
        missing = [title_id for title_id in title_ids if title_id not in documents]
        if missing:
            async with self._database.reading() as session:
                stored = await storage.titles.documents(session, missing)
            for title_id in missing:
                documents[title_id] = catalog_internal_pb2.TitleDocument.FromString(stored.get(title_id, b""))
        return documents


class VectorSync(replica_sync.ReplicaSync):
    """Loads vectors into the index when titles were embedded."""

    def __init__(self, vector_store: VectorStore) -> None:
        super().__init__("vectors", vector_store.load)

    async def listen(self, event: event_internal_pb2.Event) -> None:
        """Has vectors loaded when an event reports that titles were embedded."""
        if event.HasField("titles_embedded"):
            self.mark_behind()


class ChannelFactsSync(replica_sync.ReplicaSync):
    """Loads who may see which channel when epg reports a change: a hidden channel must not wait for its schedule.

    Args:
        epg: the internal service of epg.
        store: the guide in memory.
    """

    def __init__(self, epg: epg_internal_pb2_grpc.EpgInternalServiceAsyncStub, store: guide_store.GuideStore) -> None:
        super().__init__("channel facts", self.load, poll=None)
        self._epg = epg
        self._store = store

    async def listen(self, event: event_internal_pb2.Event) -> None:
        """Has the facts loaded when an event reports that channels changed."""
        if event.HasField("channels_changed"):
            self.mark_behind()

    async def load(self) -> None:
        """Loads the facts of all channels. Raises Unavailable or DeadlineExceeded."""
        facts: dict[str, visibility.Facts] = {}
        async for response in self._epg.StreamChannelFacts(epg_internal_pb2.StreamChannelFactsRequest()):
            facts.update((each.channel_id, guide_messages.channel_facts(each)) for each in response.facts)
        self._store.replace_facts(facts)


def _reported_title(
    facts: catalog_internal_pb2.TitleFacts, document: catalog_internal_pb2.TitleDocument
) -> storage.titles.ReportedTitle:
    return storage.titles.ReportedTitle(
        title_id=facts.title_id,
        revision=facts.revision,
        deleted=facts.deleted,
        facts=facts.SerializeToString(deterministic=True),
        document=document.SerializeToString(deterministic=True),
        text_hash=title_documents.text_digest(document),
    )
