"""Idle streams of anonymous callers exhaust neither health nor the limit of log-ins."""

import asyncio
import collections
import http.client
import json

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

#: One connection carries 100 calls at once.
_CONNECTIONS, _STREAMS = 11, 1100
#: Another address of this machine, so that the budget of log-ins of other tests is not spent.
_GUESSER = "127.0.0.2"
#: The log-ins that one address may make at once on a platform that is not in production.
_LOG_INS = 300


async def _first_code(stream):
    try:
        await stream.read()
    except grpc.aio.AioRpcError as error:
        return error.code()
    return grpc.StatusCode.OK


def _guess(connection):
    """Sends a log-in that is counted but costs no password check; returns its status and the reason of a refusal."""
    connection.request("POST", "/api/v1/auth/login", b"{}", {"content-type": "application/json"})
    response = connection.getresponse()
    refusal = json.loads(response.read())
    return response.status, refusal["details"][0].get("reason")


@pytest.fixture
def guesser(platform):
    connection = http.client.HTTPConnection("127.0.0.1", platform.port, timeout=60, source_address=(_GUESSER, 0))
    yield connection
    connection.close()


async def test_1100_idle_streams_leave_health_and_the_limit_of_log_ins_as_they_are(platform, edge, guesser):
    options = (("grpc.use_local_subchannel_pool", 1), ("grpc.enable_http_proxy", 0), ("grpc.enable_retries", 0))
    channels = [grpc.aio.insecure_channel(platform.address, options) for _ in range(_CONNECTIONS)]
    stubs = [health_pb2_grpc.HealthStub(channel) for channel in channels]
    streams = [stubs[n % _CONNECTIONS].Watch(health_pb2.HealthCheckRequest(), timeout=120) for n in range(_STREAMS)]
    try:
        codes = collections.Counter(await asyncio.gather(*map(_first_code, streams)))
        health = (await asyncio.to_thread(edge.get, "/healthz")).status
        guesses = [await asyncio.to_thread(_guess, guesser) for _ in range(2 * _LOG_INS)]
    finally:
        for channel in channels:
            await channel.close()

    assert 0 < codes[grpc.StatusCode.OK] < _STREAMS / 2
    assert {grpc.StatusCode.OK, grpc.StatusCode.RESOURCE_EXHAUSTED} == codes.keys()
    assert 200 == health
    counted = collections.Counter(guesses)
    assert {(400, "REQUEST_INVALID"), (429, "RATE_LIMITED")} == counted.keys()
    assert _LOG_INS <= counted[400, "REQUEST_INVALID"] < 1.5 * _LOG_INS
    assert 200 == edge.get("/healthz").status
