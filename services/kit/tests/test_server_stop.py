"""The server of a service stops gracefully."""

import asyncio

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from marquee.packager.v1 import packager_admin_service_pb2, packager_admin_service_pb2_grpc

from services.kit import ids, testing
from services.kit.server import Server


async def test_a_stop_does_not_wait_for_health_streams():
    server = Server("127.0.0.1:0", testing.an_authenticator())
    await server.start()
    await server.ready()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest())
        states = [(await watch.read()).status]

        async with asyncio.timeout(testing.PATIENCE):
            await server.stop(grace=2 * testing.PATIENCE)
        states.append((await watch.read()).status)
        with pytest.raises(grpc.aio.AioRpcError):
            await watch.read()

    assert [health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING] == states


class _Watched(packager_admin_service_pb2_grpc.PackagerAdminServiceServicer):
    """Streams one response and stays open."""

    async def WatchAsset(self, request, rpc):
        yield packager_admin_service_pb2.WatchAssetResponse()
        await asyncio.Event().wait()


async def test_a_stop_does_not_wait_for_streams_that_stay_open_and_says_why_they_end():
    server = Server("127.0.0.1:0", testing.an_authenticator())
    server.add(packager_admin_service_pb2_grpc.add_PackagerAdminServiceServicer_to_server, _Watched())
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        stub = packager_admin_service_pb2_grpc.PackagerAdminServiceStub(channel)
        request = packager_admin_service_pb2.WatchAssetRequest(asset_id=ids.new())
        stream = stub.WatchAsset(request, metadata=testing.as_service("operator"))
        await stream.read()

        async with asyncio.timeout(testing.PATIENCE):
            await server.stop(grace=2 * testing.PATIENCE)
        with pytest.raises(grpc.aio.AioRpcError) as ended:
            await stream.read()

    assert (grpc.StatusCode.UNAVAILABLE, "SERVICE_UNAVAILABLE") == (
        ended.value.code(),
        testing.reason_of(ended.value),
    )
