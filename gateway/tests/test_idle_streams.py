"""Streams that anybody may hold open keep out neither health nor the limits of log-ins."""

import asyncio
import collections
import contextlib
import itertools

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from gateway import rate_limit_config
from gateway.tests import harness

_STREAMS = 1100
_CONNECTIONS = 11
#: The limit of the cluster of these streams in `envoy/edge.yaml`.
_MOST = 1024

_addresses = (f"198.51.{high}.{low}" for high, low in itertools.product(range(100, 200), range(1, 255)))


@pytest.fixture
def platform(tmp_path):
    """A platform of the test's own, with a replica for every part."""
    whole = harness.Platform(tmp_path, harness.SCARCE)
    first, second = whole.replicas
    whole.settings = {"MARQUEE_ENDPOINTS": f"static:shop=127.0.0.1:{first}|127.0.0.1:{second},depot=127.0.0.1:{second}"}
    try:
        whole.start()
        yield whole
    finally:
        whole.stop()


@contextlib.asynccontextmanager
async def _idle_streams(platform, addresses):
    """Opens a stream from each address; yields the outcome of each."""
    async with contextlib.AsyncExitStack() as stack:
        options = (("grpc.use_local_subchannel_pool", 1), ("grpc.enable_http_proxy", 0), ("grpc.enable_retries", 0))
        stubs = [
            health_pb2_grpc.HealthStub(
                await stack.enter_async_context(grpc.aio.insecure_channel(f"127.0.0.1:{platform.edge}", options))
            )
            for _ in range(_CONNECTIONS)
        ]
        streams = [
            stub.Watch(health_pb2.HealthCheckRequest(), metadata=(("x-forwarded-for", address),))
            for stub, address in zip(itertools.cycle(stubs), addresses)
        ]
        yield await asyncio.gather(*map(_outcome, streams))


async def _outcome(stream):
    try:
        await stream.read()
    except grpc.aio.AioRpcError as error:
        return harness.refusal(error)
    return grpc.StatusCode.OK, ""


async def _get(platform, path):
    return (await asyncio.to_thread(platform.http, "GET", path)).status


async def _log_in(platform, address):
    answer = await asyncio.to_thread(platform.http, "POST", "/api/v1/shop/login", b"{}", x_forwarded_for=address)
    return answer.status, "" if answer.status == 200 else answer.json["details"][0]["reason"]


async def test_idle_streams_of_many_addresses_keep_out_neither_health_nor_the_limit_of_log_ins(platform):
    guesser = next(_addresses)
    async with _idle_streams(platform, itertools.islice(_addresses, _STREAMS)) as outcomes:
        health = await _get(platform, "/healthz")
        log_ins = [await _log_in(platform, guesser) for _ in range(7)]
    counted = collections.Counter(outcomes)

    assert 200 == health
    assert [(200, "")] * 5 + [(429, "RATE_LIMITED")] * 2 == log_ins
    assert {(grpc.StatusCode.OK, ""): _MOST, (grpc.StatusCode.UNAVAILABLE, "OVERLOADED"): 76} == counted
    async with _idle_streams(platform, itertools.islice(_addresses, 1)) as later:
        assert [(grpc.StatusCode.OK, "")] == later


async def test_one_address_opens_a_limited_number_of_streams(platform):
    async with _idle_streams(platform, itertools.repeat(next(_addresses), _STREAMS)) as outcomes:
        counted = collections.Counter(outcomes)

    budget = rate_limit_config.PRODUCTION[rate_limit_config.INTROSPECTION].calls
    refused = (grpc.StatusCode.RESOURCE_EXHAUSTED, "RATE_LIMITED")
    assert {(grpc.StatusCode.OK, ""), refused} == counted.keys()
    assert budget <= counted[grpc.StatusCode.OK, ""] < 2 * budget


@pytest.mark.parametrize("part", ["redis", "gateway"])
async def test_a_flood_of_log_ins_is_limited_while_nobody_else_counts(platform, part):
    address = next(_addresses)
    platform.kill(part)

    log_ins = [await _log_in(platform, address) for _ in range(7)]

    assert [(503, "RATE_LIMIT_UNAVAILABLE")] * 5 + [(429, "RATE_LIMITED")] * 2 == log_ins
