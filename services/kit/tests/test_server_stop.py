"""The server of a service stops gracefully."""

import asyncio

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from services.kit import testing
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
