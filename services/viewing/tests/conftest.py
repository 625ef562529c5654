"""Viewing on a real server with a real PostgreSQL, beside a catalog of the test's own."""

import contextlib

import grpc
import pytest
from marquee.catalog.v1 import catalog_pb2_grpc
from marquee.viewing.v1 import viewing_pb2_grpc

from services.kit import db, testing
from services.viewing import handlers
from services.viewing.tests import builders
from services.viewing.titles import Titles


@pytest.fixture
async def house(database_url):
    async with contextlib.AsyncExitStack() as stack:
        catalog, catalog_runs = builders.Catalog(), await stack.enter_async_context(contextlib.AsyncExitStack())
        registration = (catalog_pb2_grpc.add_CatalogServiceServicer_to_server, catalog)
        address = await catalog_runs.enter_async_context(testing.serving(registration))
        mesh = testing.a_mesh("viewing", {"catalog": address})
        stack.push_async_callback(mesh.close)
        database = db.Database(await database_url("viewing"), "viewing")
        stack.push_async_callback(database.close)
        time = testing.a_clock()
        viewing = handlers.Viewing(database, Titles(mesh, time), time)
        channel = await stack.enter_async_context(
            testing.channel_to((viewing_pb2_grpc.add_ViewingServiceServicer_to_server, viewing))
        )
        yield builders.House(viewing_pb2_grpc.ViewingServiceStub(channel), catalog, time, database, catalog_runs)


@contextlib.asynccontextmanager
async def _refused(reason):
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        yield caught
    assert reason == testing.reason_of(caught.value)


@pytest.fixture
def refused():
    """Expects a call to be refused for a reason."""
    return _refused
