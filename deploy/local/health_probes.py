"""Asks a process whether it can serve; every probe answers within `TIMEOUT` seconds."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from urllib.parse import urlsplit

Probe = Callable[[], Coroutine[None, None, bool]]

TIMEOUT = 5.0


def load() -> None:
    """Loads the client libraries of all probes at once.

    On a busy machine that takes longer than an answer may, and it says nothing of the process that is asked.
    """
    import asyncpg
    import grpc_health.v1.health_pb2_grpc
    from grpc import aio

    assert all((asyncpg, grpc_health, aio))  # noqa: S101 - loaded is all they shall be


def postgres(dsn: str) -> Probe:
    """Healthy when a statement is answered."""

    async def ask() -> bool:
        import asyncpg

        try:
            connection = await asyncpg.connect(dsn, timeout=TIMEOUT)
            try:
                return bool(await connection.fetchval("SELECT true"))
            finally:
                await connection.close()
        except asyncpg.PostgresError:
            return False

    return _bounded(ask, needs=_address(dsn))


def redis(host: str, port: int, password: str) -> Probe:
    """Healthy when PING is answered, which it is not while the append-only file is loaded."""

    async def ask() -> bool:
        async with _stream(host, port) as (reader, writer):
            writer.write(f"AUTH {password}\r\nPING\r\n".encode())
            return await reader.readline() == b"+OK\r\n" and await reader.readline() == b"+PONG\r\n"

    return _bounded(ask)


def grpc(host: str, port: int, service: str = "") -> Probe:
    """Healthy when the standard health service says SERVING for `service`, or for the whole server."""

    async def ask() -> bool:
        from grpc import aio
        from grpc_health.v1 import health_pb2, health_pb2_grpc

        # A pool of its own, so that one refused connection does not delay the next attempt.
        options = (("grpc.use_local_subchannel_pool", 1), ("grpc.enable_http_proxy", 0))
        async with aio.insecure_channel(f"{host}:{port}", options=options) as channel:
            check = health_pb2_grpc.HealthStub(channel).Check
            try:
                answer = await check(health_pb2.HealthCheckRequest(service=service), timeout=TIMEOUT)
            except aio.AioRpcError:
                return False
            return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)

    return _bounded(ask, needs=(host, port))


def http(host: str, port: int, path: str, *, tls: bool = False) -> Probe:
    """Healthy when the path is answered with 200; whose the certificate is does not matter here."""
    context = ssl._create_unverified_context() if tls else None  # noqa: S323 - it is on this machine

    async def ask() -> bool:
        async with _stream(host, port, context) as (reader, writer):
            request = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n"
            writer.write(request.encode())
            return (await reader.readline()).split()[1:2] == [b"200"]

    return _bounded(ask)


def tcp(host: str, port: int) -> Probe:
    """Healthy when a connection is taken."""

    async def ask() -> bool:
        async with _stream(host, port):
            return True

    return _bounded(ask)


def _bounded(ask: Probe, needs: tuple[str, int] | None = None) -> Probe:
    # The cheap connection goes first: while nothing listens, no client library is loaded.
    first = tcp(*needs) if needs else None

    async def probe() -> bool:
        if first is not None and not await first():
            return False
        try:
            async with asyncio.timeout(TIMEOUT):
                return await ask()
        except OSError:  # TimeoutError is one too.
            return False

    return probe


def _address(dsn: str) -> tuple[str, int]:
    parts = urlsplit(dsn)
    return parts.hostname or "127.0.0.1", parts.port or 5432


@contextlib.asynccontextmanager
async def _stream(
    host: str, port: int, context: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection(host, port, ssl=context)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
