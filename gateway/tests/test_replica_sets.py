"""The addresses of replicas and their health."""

import asyncio
import contextlib

import grpc
import pytest
from grpc_health.v1 import health as grpc_health
from grpc_health.v1 import health_pb2, health_pb2_grpc

from gateway import endpoints, health
from services.kit import testing

_SERVING = health_pb2.HealthCheckResponse.SERVING
_NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


async def test_a_static_list_names_every_replica():
    source = endpoints.parse("static:catalog=10.0.0.1:1|10.0.0.2:2,identity=[::1]:3")

    assert {
        "catalog": {endpoints.Endpoint("10.0.0.1", 1), endpoints.Endpoint("10.0.0.2", 2)},
        "identity": {endpoints.Endpoint("::1", 3)},
    } == await source.replicas()


async def test_a_host_name_resolves_to_all_its_addresses():
    source = endpoints.parse("dns:catalog=localhost:50051")

    found = (await source.replicas())["catalog"]

    assert endpoints.Endpoint("127.0.0.1", 50051) in found


async def test_a_name_that_does_not_resolve_has_no_replica():
    source = endpoints.parse("dns:catalog=no-such-host.invalid:50051")

    assert {"catalog": frozenset()} == await source.replicas()


@pytest.mark.parametrize(
    "text",
    [
        "catalog=10.0.0.1:1",
        "static:catalog",
        "static:catalog=10.0.0.1",
        "static:catalog=10.0.0.1:0",
        "static:catalog=10.0.0.1:99999",
        "static:catalog=a-name:1",
        "file:catalog=10.0.0.1:1",
    ],
)
def test_an_invalid_list_of_endpoints_is_refused(text):
    with pytest.raises(ValueError, match=r"endpoint|entry|address"):
        endpoints.parse(text)


class _Listed:
    """A source that can be changed."""

    def __init__(self, *ports):
        self.ports = ports

    async def replicas(self):
        return {"shop": frozenset(endpoints.Endpoint("127.0.0.1", port) for port in self.ports)}


@contextlib.asynccontextmanager
async def _replica(port=0):
    """A server of the health service alone, its port and a function that sets its status."""
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    state = grpc_health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(state, server)
    await state.set("", _SERVING)
    port = server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    try:
        yield port, lambda reported: state.set("", reported)
    finally:
        await server.stop(None)


@contextlib.asynccontextmanager
async def _watching(source, refresh=health.REFRESH):
    """A monitor, and a way to wait until it sees so many healthy replicas."""
    changed = asyncio.Event()
    monitor = health.Monitor(source, changed.set, refresh)

    async def sees(count):
        async with asyncio.timeout(testing.PATIENCE):
            while not monitor.settled or health.healthy(monitor.replica_sets, "shop") != count:
                changed.clear()
                await changed.wait()

    task = asyncio.create_task(monitor.run())
    try:
        yield sees, monitor
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_replica_is_healthy_while_it_reports_serving():
    async with _replica() as (port, tell), _watching(_Listed(port)) as (sees, _):
        await sees(1)
        await tell(_NOT_SERVING)
        await sees(0)
        await tell(_SERVING)
        await sees(1)


async def test_a_replica_is_unhealthy_when_its_stream_breaks_and_healthy_when_it_returns():
    async with contextlib.AsyncExitStack() as stack:
        port, _ = await stack.enter_async_context(_replica())
        async with _watching(_Listed(port)) as (sees, _):
            await sees(1)
            await stack.aclose()
            await sees(0)
            async with _replica(port):
                await sees(1)


async def test_an_unreachable_replica_is_reported_as_unhealthy():
    async with _replica() as (port, _):
        pass

    async with _watching(_Listed(port)) as (sees, _):
        await sees(0)


async def test_replicas_that_leave_the_list_are_forgotten():
    async with _replica() as (one, _), _replica() as (two, _):
        source = _Listed(one, two)
        async with _watching(source, refresh=0.05) as (sees, monitor):
            await sees(2)
            source.ports = (two,)
            await sees(1)

            assert [two] == [replica.endpoint.port for replica in monitor.replica_sets["shop"]]
