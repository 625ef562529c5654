"""Recommendation's own parts as they run, beside fakes of the services that it asks."""

import asyncio
import contextlib
import dataclasses
from datetime import timedelta

import pytest
from marquee.catalog.v1 import catalog_internal_pb2_grpc
from marquee.embedding.v1 import embedding_internal_pb2_grpc
from marquee.event.v1 import event_internal_pb2
from sqlalchemy import text

from services.kit import clock, db, events, redis, testing
from services.recommendation import replica_sync
from services.recommendation.ranking.title_store import TitleStore
from services.recommendation.tests import builders, fakes
from services.recommendation.vectors import embedding_client, embedding_worker
from services.recommendation.vectors.vector_index import VectorIndex

RETENTION = timedelta(days=30)


@dataclasses.dataclass
class World:
    """The services around recommendation, its database, and what it keeps in memory."""

    catalog: fakes.Catalog
    embedding: fakes.Embedding
    peers: dict
    clock: clock.FixedClock
    database: db.Database
    database_url: str
    redis: redis.Client
    outbox: events.Outbox
    library: TitleStore
    space: VectorIndex
    embedder: embedding_client.MeshEmbedder
    embeddings: embedding_worker.Embeddings
    titles: replica_sync.TitleFollower
    vectors: replica_sync.VectorFollower

    async def tell(self, name, title_id=None, *, words=None, **facts):
        """Has catalog say that a title has changed, and takes it in; returns its id."""
        told = builders.facts(title_id, **facts)
        self.catalog.put(told, builders.document(told, name, **(words or {})))
        await self.titles.listen(builders.changed(told))
        await self.titles.catch_up()
        return told.title_id

    async def embed(self):
        """Embeds what is to be embedded, and takes the vectors in."""
        await self.embeddings.embed(b"")
        await self.vectors.catch_up()

    async def told(self):
        """The events that were written and not yet moved on."""
        async with self.database.reading() as session:
            rows = await session.scalars(text("SELECT event FROM outbox ORDER BY position"))
            return [event_internal_pb2.Event.FromString(row) for row in rows]


@pytest.fixture
def unhurried(monkeypatch):
    """Lets who waits for a query wait as long as a slow machine takes; undone by tests of what does not answer."""
    monkeypatch.setattr(embedding_client, "_QUERY_SECONDS", testing.PATIENCE)


@pytest.fixture
async def world(database_url, redis_url, unhurried):
    catalog, embedding, time = fakes.Catalog(), fakes.Embedding(), testing.a_clock()
    async with contextlib.AsyncExitStack() as stack:
        at = await stack.enter_async_context(
            testing.serving(
                (catalog_internal_pb2_grpc.add_CatalogInternalServiceServicer_to_server, catalog),
                (embedding_internal_pb2_grpc.add_EmbeddingInternalServiceServicer_to_server, embedding),
            )
        )
        url = await database_url("recommendation")
        database, client = db.Database(url, "recommendation"), redis.connect(redis_url)
        stack.push_async_callback(client.aclose)
        stack.push_async_callback(database.close)
        peers = {"catalog": at, "embedding": at}
        mesh = testing.a_mesh("recommendation", peers)
        stack.push_async_callback(mesh.close)
        library, space = TitleStore(database, time, RETENTION), VectorIndex()
        outbox, asked = events.Outbox("recommendation", database, client, time), embedding_client.MeshEmbedder(mesh)
        yield World(
            catalog=catalog,
            embedding=embedding,
            peers=peers,
            clock=time,
            database=database,
            database_url=url,
            redis=client,
            outbox=outbox,
            embedder=asked,
            embeddings=embedding_worker.Embeddings(database, outbox, asked, time, RETENTION),
            library=library,
            space=space,
            titles=replica_sync.TitleFollower(database, mesh, library, time),
            vectors=replica_sync.VectorFollower(database, space, time, RETENTION),
        )


async def until(holds):
    """Waits until a condition holds."""
    async with asyncio.timeout(testing.PATIENCE):
        while not await holds():
            await asyncio.sleep(0.01)
