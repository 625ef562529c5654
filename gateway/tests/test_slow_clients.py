"""Clients that send slowly, or open many connections, hold the edge for a limited time."""

import asyncio
import contextlib
import socket
import threading
import time

import grpc
import pytest

from gateway import config, contract, xds
from gateway.edge import snapshot
from gateway.tests import contracts, harness
from services.kit import testing

_DAWDLE = "/api/v1/shop/dawdle"


def _response(connection):
    """Returns what the edge sends until it closes the connection."""
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(4096):
            received += part
    return received


@contextlib.contextmanager
def _dripping(connection):
    """Sends a byte now and then, until the edge closes the connection."""
    over = threading.Event()

    def drip():
        with contextlib.suppress(OSError):
            while not over.wait(0.05):
                connection.sendall(b" ")

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _connect(platform, source="127.0.0.1"):
    return socket.create_connection(("127.0.0.1", platform.edge), testing.PATIENCE, source_address=(source, 0))


def test_a_slow_body_of_json_ends_with_the_timeout_of_its_method(platform):
    with _connect(platform) as connection:
        connection.sendall(f"GET {_DAWDLE} HTTP/1.1\r\nhost: edge\r\ncontent-length: 100000\r\n\r\n".encode())
        with _dripping(connection):
            response = _response(connection)

    assert response.startswith(b"HTTP/1.1 504")
    assert b"DEADLINE_EXCEEDED" in response


def test_a_slow_message_of_a_grpc_call_ends_with_the_timeout_of_its_method(platform):
    over = threading.Event()

    def messages():
        over.wait(testing.PATIENCE)
        yield from ()

    with platform.channel() as channel:
        call = channel.stream_unary(
            f"{harness.SHOP}Dawdle", response_deserializer=contracts.message("DawdleResponse").FromString
        )
        with pytest.raises(grpc.RpcError) as caught:
            call(messages(), timeout=testing.PATIENCE)
        over.set()

    assert (grpc.StatusCode.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED") == harness.refusal(caught.value)


def test_a_slow_body_for_a_file_or_no_method_holds_nothing(platform):
    for path in ("/", "/assets/app.js", "/media/one/seg.m4s", "/marquee.shop.v1.ShopService/Unheard"):
        with _connect(platform) as connection:
            connection.sendall(f"POST {path} HTTP/1.1\r\nhost: edge\r\ncontent-length: 100000\r\n\r\n".encode())
            with _dripping(connection):
                assert _response(connection).startswith(b"HTTP/1.1 4")


async def test_bodies_that_do_not_end_keep_no_other_call_out_of_a_full_memory(tmp_path):
    platform = harness.Platform(tmp_path)
    platform.heap = 128 << 20
    over = asyncio.Event()

    async def body():
        for _ in range(3):
            yield bytes(1_000_000)
        await over.wait()

    try:
        await asyncio.to_thread(platform.start)
        async with grpc.aio.insecure_channel(f"127.0.0.1:{platform.edge}", (("grpc.enable_retries", 0),)) as channel:
            method = channel.stream_unary(f"{harness.SHOP}UpdateThing")
            calls = [asyncio.ensure_future(_code(method(body()))) for _ in range(80)]
            await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
            # Far sooner than the bodies reach the timeout of their method.
            await asyncio.to_thread(harness.until, lambda: _passing(platform), 15)
            over.set()
            await asyncio.gather(*calls)
    finally:
        platform.stop()

    assert grpc.StatusCode.INTERNAL in {call.result() for call in calls}


def _passing(platform):
    """Returns whether ten calls in a row pass."""
    return all(platform.http("GET", "/api/v1/shop/things/a").status == 200 for _ in range(10))


async def _code(call):
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return error.code()
    return grpc.StatusCode.OK


def test_slow_headers_end(platform):
    with _connect(platform) as connection:
        began = time.monotonic()
        connection.sendall(b"GET / HTTP/1.1\r\nhost: edge\r\nx-slow:")
        with _dripping(connection):
            _response(connection)

    assert time.monotonic() - began < 20


def _manager(**environment):
    whole = contract.Contract.parse(contracts.image())
    settings = config.read({"MARQUEE_ENV": "production", **environment}).edge
    listener = snapshot.Builder(whole, settings).view({}).resources(xds.LISTENER)["edge"].source
    *limits, manager = listener["filter_chains"][0]["filters"]
    return limits, manager["typed_config"]


def test_idle_connections_and_streams_end():
    _, manager = _manager()

    assert "60s" == manager["common_http_protocol_options"]["idle_timeout"]
    assert "300s" == manager["stream_idle_timeout"] == manager["request_timeout"]


def test_a_proxy_in_front_keeps_its_idle_connections_and_is_not_limited():
    limits, manager = _manager(MARQUEE_TRUSTED_HOPS="1")

    assert [] == limits
    assert "3600s" == manager["common_http_protocol_options"]["idle_timeout"]


@pytest.fixture
def direct(tmp_path):
    """A platform without a proxy in front, where an address may open 200 connections."""
    platform = harness.Platform(tmp_path, "connection=200/h")
    platform.settings = {"MARQUEE_TRUSTED_HOPS": "0"}
    try:
        platform.start()
        yield platform
    finally:
        platform.stop()


def test_one_address_opens_a_limited_number_of_connections(direct):
    def is_open(connection):
        connection.sendall(b"HEAD /.well-known/jwks.json HTTP/1.1\r\nhost: edge\r\n\r\n")
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            return bool(connection.recv(4096))
        return False

    with contextlib.ExitStack() as stack:

        def open_one(source):
            return is_open(stack.enter_context(_connect(direct, source)))

        opened = [open_one("127.0.0.2") for _ in range(210)]
        other = open_one("127.0.0.3")
        direct.kill("redis")
        uncounted = open_one("127.0.0.2")
        direct.kill("gateway")
        unasked = open_one("127.0.0.2")

    assert [True] * 200 + [False] * 10 == opened
    assert (True, True, True) == (other, uncounted, unasked)
