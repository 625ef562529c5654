"""Checks whether a process can serve. Every probe returns within `TIMEOUT` seconds."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from urllib.parse import urlsplit

Probe = Callable[[], Coroutine[None, None, bool]]

TIMEOUT = 5.0


def import_client_libraries() -> None:
    """Imports the client libraries of all probes.

    On a busy machine the import takes longer than the timeout of a probe, whatever the state of the probed process.
    """
    import asyncpg
    import grpc_health.v1.health_pb2_grpc
    from grpc import aio

    assert all((asyncpg, grpc_health, aio))  # noqa: S101 - they are only to be imported


def postgres(dsn: str) -> Probe:
    """Returns a probe that succeeds when PostgreSQL executes a statement."""

    async def check() -> bool:
        import asyncpg

        try:
            connection = await asyncpg.connect(dsn, timeout=TIMEOUT)
            try:
                return bool(await connection.fetchval("SELECT true"))
            finally:
                await connection.close()
        except asyncpg.PostgresError:
            return False

    return _with_timeout(check, address=_address(dsn))


def redis(host: str, port: int, password: str) -> Probe:
    """Returns a probe that succeeds when Redis answers PING, which it does not while it loads its append-only file."""

    async def check() -> bool:
        async with _open_stream(host, port) as (reader, writer):
            writer.write(f"AUTH {password}\r\nPING\r\n".encode())
            return await reader.readline() == b"+OK\r\n" and await reader.readline() == b"+PONG\r\n"

    return _with_timeout(check)


def grpc(host: str, port: int, service: str = "") -> Probe:
    """Returns a probe that succeeds when `service`, or the whole server, is SERVING according to its health service."""

    async def check() -> bool:
        from grpc import aio
        from grpc_health.v1 import health_pb2, health_pb2_grpc

        # With a pool of its own, a refused connection does not delay the next attempt.
        options = (("grpc.use_local_subchannel_pool", 1), ("grpc.enable_http_proxy", 0))
        async with aio.insecure_channel(f"{host}:{port}", options=options) as channel:
            stub = health_pb2_grpc.HealthStub(channel)
            try:
                response = await stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=TIMEOUT)
            except aio.AioRpcError:
                return False
            return bool(response.status == health_pb2.HealthCheckResponse.SERVING)

    return _with_timeout(check, address=(host, port))


def http(host: str, port: int, path: str, *, tls: bool = False) -> Probe:
    """Returns a probe that succeeds when the path returns status 200. The certificate is not verified."""
    context = ssl._create_unverified_context() if tls else None  # noqa: S323 - the server is on this machine

    async def check() -> bool:
        async with _open_stream(host, port, context) as (reader, writer):
            request = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n"
            writer.write(request.encode())
            return (await reader.readline()).split()[1:2] == [b"200"]

    return _with_timeout(check)


def tcp(host: str, port: int) -> Probe:
    """Returns a probe that succeeds when a connection is accepted."""

    async def check() -> bool:
        async with _open_stream(host, port):
            return True

    return _with_timeout(check)


def _with_timeout(check: Probe, address: tuple[str, int] | None = None) -> Probe:
    # While nothing listens on the port, no client library is imported.
    is_listening = tcp(*address) if address else None

    async def probe() -> bool:
        if is_listening is not None and not await is_listening():
            return False
        try:
            async with asyncio.timeout(TIMEOUT):
                return await check()
        except OSError:  # TimeoutError is a subclass.
            return False

    return probe


def _address(dsn: str) -> tuple[str, int]:
    parts = urlsplit(dsn)
    return parts.hostname or "127.0.0.1", parts.port or 5432


@contextlib.asynccontextmanager
async def _open_stream(
    host: str, port: int, context: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection(host, port, ssl=context)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
