"""Viewing on a real server with a real PostgreSQL, beside a catalog of the test's own."""

import contextlib

import grpc
import pytest
from marquee.catalog.v1 import catalog_pb2_grpc
from marquee.viewing.v1 import viewing_pb2_grpc

from services.kit import db, events, testing
from services.kit import redis as kit_redis
from services.viewing import series_sync, handlers, event_consumer
from services.viewing.profile_writer import ProfileWriter
from services.viewing.tests import builders
from services.viewing.catalog_client import CatalogClient


@pytest.fixture
async def house(database_url, redis_url):
    async with contextlib.AsyncExitStack() as stack:
        catalog, catalog_runs = builders.Catalog(), await stack.enter_async_context(contextlib.AsyncExitStack())
        address = await catalog_runs.enter_async_context(
            testing.serving(
                (catalog_pb2_grpc.add_CatalogServiceServicer_to_server, catalog),
                (catalog_pb2_grpc.add_CatalogInternalServiceServicer_to_server, builders.CatalogInternal(catalog)),
            )
        )
        mesh = testing.a_mesh("viewing", {"catalog": address})
        stack.push_async_callback(mesh.close)
        database = db.Database(await database_url("viewing"), "viewing")
        stack.push_async_callback(database.close)
        redis = kit_redis.connect(redis_url)
        stack.push_async_callback(redis.aclose)
        time = testing.a_clock()
        writer = ProfileWriter(events.Outbox("viewing", database, redis, time))
        titles = CatalogClient(mesh, time)
        viewing = handlers.Viewing(database, writer, titles, time)
        internal = handlers.ViewingInternal(database, writer, titles, time, patience=testing.PATIENCE)
        admin = handlers.ViewingAdmin(database, writer, time)
        channel = await stack.enter_async_context(
            testing.channel_to(
                (viewing_pb2_grpc.add_ViewingServiceServicer_to_server, viewing),
                (viewing_pb2_grpc.add_ViewingInternalServiceServicer_to_server, internal),
                (viewing_pb2_grpc.add_ViewingAdminServiceServicer_to_server, admin),
            )
        )
        yield builders.House(
            viewing_pb2_grpc.ViewingServiceStub(channel),
            viewing_pb2_grpc.ViewingInternalServiceStub(channel),
            viewing_pb2_grpc.ViewingAdminServiceStub(channel),
            catalog,
            time,
            database,
            catalog_runs,
            event_consumer.Listener(writer, time),
            series_sync.SeriesSync(database, mesh),
        )


@contextlib.asynccontextmanager
async def _refused(reason):
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        yield caught
    assert reason == testing.reason_of(caught.value)


@pytest.fixture
def refused():
    """Expects a call to be refused for a reason."""
    return _refused
