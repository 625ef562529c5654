"""Checks whether a process can serve, and whether it responds at all. Every probe returns within its timeout."""

import asyncio
import contextlib
import enum
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from urllib.parse import urlsplit

TIMEOUT = 5.0
_CLOSE_SECONDS = 1.0


class Result(enum.Enum):
    """What a probe found."""

    SERVING = "serving"
    NOT_SERVING = "not serving"
    """The process responds, but not that it serves. Closing the connection is a response."""
    NO_RESPONSE = "no response"
    """The process does not listen, or did not respond within the timeout."""


Probe = Callable[[], Coroutine[None, None, Result]]


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
                await connection.close(timeout=_CLOSE_SECONDS)
        except (asyncpg.PostgresError, asyncpg.InterfaceError):
            return False

    return _with_timeout(check, address=_address(dsn))


def redis(host: str, port: int, password: str) -> Probe:
    """Returns a probe that succeeds when Redis answers PING, which it does not while it loads its append-only file."""

    async def check() -> bool:
        async with _open_stream(host, port) as (reader, writer):
            writer.write(f"AUTH {password}\r\nPING\r\n".encode())
            return await reader.readline() == b"+OK\r\n" and await reader.readline() == b"+PONG\r\n"

    return _with_timeout(check)


def grpc(host: str, port: int, service: str = "", timeout: float = TIMEOUT) -> Probe:
    """Returns a probe that succeeds when `service`, or the whole server, is SERVING according to its health service."""

    async def check() -> bool:
        from grpc import aio
        from grpc_health.v1 import health_pb2, health_pb2_grpc

        # With a pool of its own, a refused connection does not delay the next attempt.
        options = (("grpc.use_local_subchannel_pool", 1), ("grpc.enable_http_proxy", 0))
        async with aio.insecure_channel(f"{host}:{port}", options=options) as channel:
            stub = health_pb2_grpc.HealthStub(channel)
            try:
                response = await stub.Check(health_pb2.HealthCheckRequest(service=service))
            except aio.AioRpcError:
                return False
            return bool(response.status == health_pb2.HealthCheckResponse.SERVING)

    return _with_timeout(check, address=(host, port), timeout=timeout)


def http(host: str, port: int, path: str, *, tls: bool = False) -> Probe:
    """Returns a probe that succeeds when the path returns status 200. The certificate is not verified."""
    context = ssl._create_unverified_context() if tls else None  # noqa: S323 - the server is on this machine

    async def check() -> bool:
        async with _open_stream(host, port, context) as (reader, writer):
            request = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n"
            writer.write(request.encode())
            return (await reader.readline()).split()[1:2] == [b"200"]

    return _with_timeout(check)


def _with_timeout(
    check: Callable[[], Coroutine[None, None, bool]],
    address: tuple[str, int] | None = None,
    timeout: float = TIMEOUT,
) -> Probe:
    async def probe() -> Result:
        try:
            async with asyncio.timeout(timeout):
                if address is not None:
                    # While nothing listens on the port, no client library is imported.
                    async with _open_stream(*address):
                        pass
                return Result.SERVING if await check() else Result.NOT_SERVING
        except (TimeoutError, ConnectionRefusedError):
            return Result.NO_RESPONSE
        except OSError:
            return Result.NOT_SERVING

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
