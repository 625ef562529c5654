"""Fixtures: the components of recommendation, connected as in production, with fakes of catalog and embedding."""

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
from services.recommendation.vectors.vector_store import VectorStore

RETENTION = timedelta(days=30)


@dataclasses.dataclass
class World:
    """The fakes of the services that recommendation calls, its database, and its components in memory."""

    catalog: fakes.Catalog
    embedding: fakes.Embedding
    peers: dict
    clock: clock.FixedClock
    database: db.Database
    database_url: str
    redis: redis.Client
    outbox: events.Outbox
    title_store: TitleStore
    title_sync: replica_sync.TitleSync
    vector_index: VectorIndex
    vector_store: VectorStore
    embedding_client: embedding_client.EmbeddingClient
    embedding_worker: embedding_worker.EmbeddingWorker

    async def put_title(self, name, title_id=None, *, words=None, **facts):
        """Has catalog report a new or changed title, and loads it; returns its id."""
        title_facts = builders.facts(title_id, **facts)
        self.catalog.put(title_facts, builders.document(title_facts, name, **(words or {})))
        await self.title_sync.listen(builders.changed(title_facts))
        await self.title_sync.load()
        return title_facts.title_id

    async def embed(self):
        """Embeds all titles that need it, and loads the vectors."""
        await self.embedding_worker.embed(b"")
        await self.vector_store.load()

    async def list_events(self):
        """Returns the events in the outbox."""
        async with self.database.reading() as session:
            rows = await session.scalars(text("SELECT event FROM outbox ORDER BY position"))
            return [event_internal_pb2.Event.FromString(row) for row in rows]


@pytest.fixture
async def world(database_url, redis_url):
    catalog, embedding, time = fakes.Catalog(), fakes.Embedding(), testing.a_clock()
    async with contextlib.AsyncExitStack() as stack:
        address = await stack.enter_async_context(
            testing.serving(
                (catalog_internal_pb2_grpc.add_CatalogInternalServiceServicer_to_server, catalog),
                (embedding_internal_pb2_grpc.add_EmbeddingInternalServiceServicer_to_server, embedding),
            )
        )
        url = await database_url("recommendation")
        database, redis_client = db.Database(url, "recommendation"), redis.connect(redis_url)
        stack.push_async_callback(redis_client.aclose)
        stack.push_async_callback(database.close)
        peers = {"catalog": address, "embedding": address}
        mesh = testing.a_mesh("recommendation", peers)
        stack.push_async_callback(mesh.close)
        title_store, vector_index = TitleStore(database, time, RETENTION), VectorIndex()
        outbox = events.Outbox("recommendation", database, redis_client, time)
        client = embedding_client.EmbeddingClient(mesh)
        yield World(
            catalog=catalog,
            embedding=embedding,
            peers=peers,
            clock=time,
            database=database,
            database_url=url,
            redis=redis_client,
            outbox=outbox,
            title_store=title_store,
            title_sync=replica_sync.TitleSync(database, mesh, title_store, time),
            vector_index=vector_index,
            vector_store=VectorStore(database, vector_index, time, RETENTION),
            embedding_client=client,
            embedding_worker=embedding_worker.EmbeddingWorker(database, outbox, client, time),
        )


def patient_query_vectors(client):
    """Returns query vectors with timeouts that are long enough for a slow machine."""
    return embedding_client.QueryVectors(client, patience=testing.PATIENCE, pause=testing.PATIENCE)


async def until(condition):
    """Waits until a condition is true."""
    async with asyncio.timeout(testing.PATIENCE):
        while not await condition():
            await asyncio.sleep(0.01)
