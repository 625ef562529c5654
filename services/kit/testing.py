"""Support for tests of services: real tokens, and real servers on a free port."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import hashlib
import http.client
import itertools
import os
import random
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import jwt
import orjson
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from google.api import httpbody_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from marquee.identity.v1 import identity_service_pb2, identity_service_pb2_grpc

from services.kit import access_tokens, admission, client, clock, db, ids, redis, service_identity, signing, status
from services.kit.server import Server

#: The time in tests, unless a test sets another.
NOW = datetime(2026, 6, 28, 20, 15, tzinfo=UTC)
KEY_ID = "test-key"
KEY = Ed25519PrivateKey.from_private_bytes(b"tests sign with this, others no!")

#: The services that call each other, and the people who run the platform.
SERVICES = (
    *sorted(path.parent.name for path in Path(__file__).parents[1].glob("*/__main__.py")),
    service_identity.OPERATOR,
)

#: Where the open data sets are, beside the project unless MARQUEE_DATA names another folder.
DATA = Path(os.environ.get("MARQUEE_DATA") or Path(__file__).parents[3] / "shared" / "data")

#: The timeout of waits in tests, in seconds; only failures take so long.
PATIENCE = 300.0

# Below the ports that the kernel assigns, so that no other socket takes one between its choice and its
# use, and apart from those of whole platforms. Each test process uses its own part of them.
_WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_PORTS = range(5_500 + _WORKER, 10_900, _WORKERS)
_places = itertools.count(random.randrange(len(_PORTS)))  # noqa: S311 - concurrent runs start at different ports

#: A servicer with its generated `add_…Servicer_to_server`.
Registration = tuple[Callable[[Any, Any], None], object]


class FixedKeyring:
    """A keyring with the key that signs the tokens of tests."""

    async def key(self, key_id: str) -> Ed25519PublicKey | None:
        """Returns the key of tests."""
        return KEY.public_key() if key_id == KEY_ID else None


class FixedServiceKeys:
    """Holds the public keys of the services of tests."""

    def key(self, key_id: str) -> Ed25519PublicKey | None:
        """Returns the key of a service in tests."""
        return _service_jwks().get(key_id)


def service_key(service: str) -> Ed25519PrivateKey:
    """Returns the private key of a service in tests."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(service.encode()).digest())


@functools.cache
def _service_jwks() -> dict[str, Ed25519PublicKey]:
    public = {service: service_key(service).public_key() for service in SERVICES}
    return {service_identity.key_id(service, key): key for service, key in public.items()}


def an_identity(service: str, time: clock.Clock | None = None) -> service_identity.ServiceIdentity:
    """Returns the identity of a service in tests."""
    return service_identity.ServiceIdentity(service, service_key(service), FixedServiceKeys(), time or a_clock())


@functools.cache
def _key_folder() -> tempfile.TemporaryDirectory[str]:
    """Returns a folder with the key files of processes; it is removed when the tests end."""
    folder = tempfile.TemporaryDirectory(prefix="marquee-keys-")
    for service in SERVICES:
        pem = service_key(service).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (Path(folder.name) / f"{service}.pem").write_bytes(pem)
    keys = [signing.jwk(name, key) for name, key in _service_jwks().items()]
    (Path(folder.name) / "services.json").write_bytes(orjson.dumps({"keys": keys}))
    return folder


def process_variables(service: str) -> dict[str, str]:
    """Returns the variables that a process of `service` needs in tests: the environment and its keys."""
    folder = Path(_key_folder().name)
    return {
        "MARQUEE_ENV": "test",
        "MARQUEE_SERVICE_KEY": str(folder / f"{service}.pem"),
        "MARQUEE_SERVICE_JWKS": str(folder / "services.json"),
    }


class KeySet(identity_service_pb2_grpc.IdentityServiceServicer):
    """Stands for identity where a service only fetches the key that tests sign with."""

    async def GetJwks(  # noqa: N802 - named by the contract
        self,
        request: identity_service_pb2.GetJwksRequest,  # noqa: ARG002 - given by the contract
        rpc: Any,  # noqa: ARG002 - as above
    ) -> httpbody_pb2.HttpBody:
        """Returns the key."""
        key = jwt.algorithms.OKPAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
        document = {"keys": [{**key, "kid": KEY_ID, "use": "sig"}]}
        return httpbody_pb2.HttpBody(content_type="application/jwk-set+json", data=orjson.dumps(document))


def get_over_socket(path: Path, target: str) -> bytes:
    """Returns the body of an HTTP response from a Unix socket. Raises OSError and HTTPException."""
    connection = _SocketConnection(path)
    try:
        connection.request("GET", target)
        return connection.getresponse().read()
    finally:
        connection.close()


class _SocketConnection(http.client.HTTPConnection):
    """An HTTP connection to a Unix socket, whose path may be longer than an address of a socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=PATIENCE)
        self._path = path

    def connect(self) -> None:
        folder = os.open(self._path.parent, os.O_PATH)
        try:
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.settimeout(self.timeout)
            self.sock.connect(f"/proc/self/fd/{folder}/{self._path.name}")
        finally:
            os.close(folder)


def free_port() -> int:
    """Returns a free port of 127.0.0.1, a different one each time."""
    while True:
        port = _PORTS[next(_places) % len(_PORTS)]
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


def a_clock(at: datetime = NOW) -> clock.FixedClock:
    """Returns a clock that is fixed at `at`."""
    return clock.FixedClock(at)


class FixedSharedClock(db.SharedClock):
    """The shared clock of tests, which tells the time of their fixed clock."""

    def __init__(self, time: clock.Clock) -> None:
        self._time = time

    async def now(self, session: db.Session) -> datetime:  # noqa: ARG002 - given by the class
        """Returns the time of the fixed clock."""
        return self._time.now()


def a_token(
    *,
    account_id: str | None = None,
    profile_id: str | None = None,
    roles: tuple[str, ...] = ("viewer",),
    tier: str = "premium",
    maturity_ceiling: int = 18,
    country_code: str = "US",
    language_code: str = "en",
    at: datetime = NOW,
    lifetime: timedelta = timedelta(minutes=15),
    key: Ed25519PrivateKey = KEY,
    **claims: Any,
) -> str:
    """Returns an access token as identity issues it."""
    reported = {
        "iss": access_tokens.ISSUER,
        "aud": access_tokens.AUDIENCE,
        "sub": ids.new() if account_id is None else account_id,
        "pid": ids.new() if profile_id is None else profile_id,
        "roles": list(roles),
        "tier": tier,
        "mat": maturity_ceiling,
        "cty": country_code,
        "lang": language_code,
        "sid": ids.new(),
        "iat": int(at.timestamp()),
        "exp": int((at + lifetime).timestamp()),
        "jti": ids.new(),
        **claims,
    }
    return jwt.encode(reported, key, algorithm=access_tokens.ALGORITHM, headers={"kid": KEY_ID})


def bearing(token: str) -> tuple[tuple[str, str], ...]:
    """Returns the metadata of a call with `token`."""
    return (("authorization", f"Bearer {token}"),)


def as_service(service: str, at: clock.Clock | None = None) -> tuple[tuple[str, str], ...]:
    """Returns the metadata of a call from another service that asks for itself, whichever service it calls."""
    return (("x-marquee-service", an_identity(service, at).sign(list(SERVICES))),)


def an_authenticator(time: clock.Clock | None = None) -> access_tokens.Authenticator:
    """Returns an authenticator that knows the tests' keys."""
    return access_tokens.Authenticator(FixedKeyring(), an_identity(service_identity.OPERATOR, time), time or a_clock())


def a_mesh(service: str, peers: dict[str, str], time: clock.Clock | None = None) -> client.Mesh:
    """Returns a mesh with fixed peers, as `service`."""
    return client.Mesh(an_identity(service, time), peers)


@contextlib.asynccontextmanager
async def serving(
    *registrations: Registration, time: clock.Clock | None = None, capacity: int = admission.CAPACITY
) -> AsyncIterator[str]:
    """Serves servicers behind the real pipeline on a free port; yields host:port."""
    server = Server("127.0.0.1:0", an_authenticator(time), capacity=capacity)
    for register, servicer in registrations:
        server.add(register, servicer)
    await server.start()
    try:
        yield f"127.0.0.1:{server.port}"
    finally:
        await server._server.stop(None)


@contextlib.asynccontextmanager
async def channel_to(
    *registrations: Registration, time: clock.Clock | None = None, capacity: int = admission.CAPACITY
) -> AsyncIterator[grpc.aio.Channel]:
    """Serves servicers; yields a plain channel to them."""
    async with (
        serving(*registrations, time=time, capacity=capacity) as address,
        grpc.aio.insecure_channel(address) as channel,
    ):
        yield channel


@contextlib.asynccontextmanager
async def running(area: str, **variables: str) -> AsyncIterator[str]:
    """Runs `python -m services.<area>` as a process with these variables; yields host:port once it serves.

    Raises RuntimeError if the process did not end with exit code 0.
    """
    address = f"127.0.0.1:{free_port()}"
    reported = {**process_variables(area), "MARQUEE_LISTEN": address, **variables}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"services.{area}", env={**os.environ, **reported}, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        await _serves(address, process)
        yield address
    finally:
        if process.returncode is None:
            process.terminate()
        code = await process.wait()
    if code != 0:
        raise RuntimeError(f"services.{area} ended with {code}")


async def _serves(address: str, process: asyncio.subprocess.Process) -> None:
    """Waits until a process serves. Raises RuntimeError if it ends, or does not serve in time."""
    serving, ending = asyncio.create_task(_says_so(address)), asyncio.create_task(process.wait())
    done, late = await asyncio.wait({serving, ending}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    if serving not in done:
        raise RuntimeError(f"nothing serves at {address}; the process has ended with {process.returncode}")
    serving.result()


async def _says_so(address: str) -> None:
    async with grpc.aio.insecure_channel(address) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        while True:
            answer = await stub.Check(health_pb2.HealthCheckRequest(), wait_for_ready=True)
            if answer.status == health_pb2.HealthCheckResponse.SERVING:
                return
            await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def unable_to_save(client: redis.Client, folder: Path) -> AsyncIterator[None]:
    """Makes a Redis fail to write its dump during the block, so that it refuses writes with MISCONF."""
    before = {name: str((await client.config_get(name))[name]) for name in ("dir", "save")}
    await asyncio.to_thread(folder.mkdir)
    await client.config_set("dir", str(folder))
    await client.config_set("save", "3600 1")
    await asyncio.to_thread(folder.rmdir)
    await _await_save(client, "err")
    try:
        yield
    finally:
        await client.config_set("dir", before["dir"])
        await _await_save(client, "ok")
        await client.config_set("save", before["save"])


async def _await_save(client: redis.Client, expected: str) -> None:
    await client.bgsave()
    async with asyncio.timeout(PATIENCE):
        while True:
            info = await client.info("persistence")
            if info["rdb_last_bgsave_status"] == expected and not info["rdb_bgsave_in_progress"]:
                return
            await asyncio.sleep(0.02)


def reason_of(failed: grpc.aio.AioRpcError) -> str:
    """Returns the reason in the ErrorInfo of a failed call."""
    return status.raised_by(failed, "peer").reason
