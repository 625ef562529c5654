"""Runs the gateway: reads the contracts, watches the replicas, and serves Envoy, gRPC clients and integrators."""

import asyncio
import signal
import sys
from collections.abc import Coroutine
from typing import Any

import grpc
import redis.asyncio
from envoy.service.auth.v3 import external_auth_pb2_grpc
from envoy.service.discovery.v3 import ads_pb2_grpc
from envoy.service.ratelimit.v3 import rls_pb2_grpc
from grpc_health.v1 import health_pb2_grpc
from marquee.gateway.v1 import platform_service_pb2_grpc

from gateway import (
    ads,
    authorization_service,
    config,
    contract,
    descriptors,
    handlers,
    json_bodies,
    rate_limit_service,
    reconciler,
    reflection,
)
from services.kit import clock, metrics, process

_GRACE_SECONDS = 1.0


async def main() -> None:
    """Serves until the process receives a signal to stop."""
    settings = config.read()
    whole = contract.Contract.parse(settings.descriptors.read_bytes())
    publisher = ads.AdsServicer()
    control_loop = reconciler.Reconciler(whole, settings.source, settings.edge, publisher)
    counter = redis.asyncio.Redis.from_url(
        settings.common.redis_url,
        socket_timeout=rate_limit_service.TIMEOUT,
        socket_connect_timeout=rate_limit_service.TIMEOUT,
    )
    authorizer = authorization_service.AuthorizationServicer(
        counter, json_bodies.JsonBodies(whole), clock.SystemClock()
    )
    limiter = rate_limit_service.RateLimitServicer(settings.common.redis_url, settings.edge.budgets)
    reflected = reflection.Reflection(descriptors.visible(whole))

    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    ads_pb2_grpc.add_AggregatedDiscoveryServiceServicer_to_server(publisher, server)
    rls_pb2_grpc.add_RateLimitServiceServicer_to_server(limiter, server)
    external_auth_pb2_grpc.add_AuthorizationServicer_to_server(authorizer, server)
    health_pb2_grpc.add_HealthServicer_to_server(handlers.HealthServicer(control_loop), server)
    platform_service_pb2_grpc.add_PlatformServiceServicer_to_server(
        handlers.PlatformServicer(control_loop, clock.SystemClock()), server
    )
    server.add_generic_rpc_handlers(reflection.handlers(reflected))
    server.add_insecure_port(settings.common.listen)
    metrics.serve(settings.common.metrics_listen)

    await server.start()
    async with process.background(control_loop.run()) as died:
        await _until_stopped(died())
        await server.stop(_GRACE_SECONDS)
    await counter.aclose()
    await limiter.close()


async def _until_stopped(died: Coroutine[Any, Any, None]) -> None:
    """Returns on a signal to stop. Raises what ends the background work before."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    waits = {asyncio.create_task(died), asyncio.create_task(stopping.wait())}
    done, pending = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in pending:
        wait.cancel()
    for wait in done:
        wait.result()


if __name__ == "__main__":
    sys.exit(process.run("gateway", main))
