"""Fixtures: viewing on a real server with a real PostgreSQL, and a fake catalog."""

import contextlib

import grpc
import pytest
from marquee.catalog.v1 import catalog_internal_pb2_grpc, catalog_service_pb2_grpc
from marquee.viewing.v1 import viewing_admin_service_pb2_grpc, viewing_internal_pb2_grpc, viewing_service_pb2_grpc

from services.kit import db, events, rate_budget, testing, title_facts
from services.kit import redis as kit_redis
from services.viewing import event_consumer, handlers, replica_sync, series_sync
from services.viewing.catalog_client import CatalogClient
from services.viewing.profile_writer import ProfileWriter
from services.viewing.tests import builders, fakes


@pytest.fixture
async def harness(database_url, redis_url):
    async with contextlib.AsyncExitStack() as stack:
        catalog, catalog_server = fakes.Catalog(), await stack.enter_async_context(contextlib.AsyncExitStack())
        internal_catalog = fakes.CatalogInternal(catalog)
        address = await catalog_server.enter_async_context(
            testing.serving(
                (catalog_service_pb2_grpc.add_CatalogServiceServicer_to_server, catalog),
                (catalog_internal_pb2_grpc.add_CatalogInternalServiceServicer_to_server, internal_catalog),
            )
        )
        mesh = testing.a_mesh("viewing", {"catalog": address})
        stack.push_async_callback(mesh.close)
        url = await database_url("viewing")
        database = db.Database(url, "viewing")
        stack.push_async_callback(database.close)
        redis = kit_redis.connect(redis_url)
        stack.push_async_callback(redis.aclose)
        time, titles = testing.a_clock(), title_facts.TitleIndex()
        writer = ProfileWriter(events.Outbox("viewing", database, redis, time))
        viewing = handlers.Viewing(
            database, writer, CatalogClient(mesh, titles, time), rate_budget.BudgetCounter(redis), time
        )
        internal = handlers.ViewingInternal(database, writer, time)
        admin = handlers.ViewingAdmin(database, writer, time)
        channel = await stack.enter_async_context(
            testing.channel_to(
                (viewing_service_pb2_grpc.add_ViewingServiceServicer_to_server, viewing),
                (viewing_internal_pb2_grpc.add_ViewingInternalServiceServicer_to_server, internal),
                (viewing_admin_service_pb2_grpc.add_ViewingAdminServiceServicer_to_server, admin),
            )
        )
        yield builders.Harness(
            viewing_service_pb2_grpc.ViewingServiceStub(channel),
            viewing_internal_pb2_grpc.ViewingInternalServiceStub(channel),
            viewing_admin_service_pb2_grpc.ViewingAdminServiceStub(channel),
            catalog,
            time,
            database,
            url,
            catalog_server,
            event_consumer.EventConsumer(writer, time),
            series_sync.SeriesSync(database, mesh),
            replica_sync.TitleSync(mesh, redis, titles),
            channel,
        )


@contextlib.asynccontextmanager
async def _refused(reason):
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        yield raised
    assert reason == testing.reason_of(raised.value)


@pytest.fixture
def refused():
    """Returns a context manager that expects an error with the given reason."""
    return _refused
