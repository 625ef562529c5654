"""Fetches the files of sources over HTTP.

The addresses of a host are checked where the connection is opened, and the connection goes to the checked address: a
name that has a public address when it is checked and a private one later leads nowhere.
"""

import asyncio
import ipaddress
import socket
import urllib.parse
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import httpcore2

from services.epg import errors
from services.epg.domain import source_hosts

MAX_SECONDS = 120.0
_CONNECT_SECONDS, _READ_SECONDS = 10.0, 30.0
_MAX_REDIRECTS = 3
_OK, _NOT_MODIFIED = 200, 304
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_DEFAULT_PORTS = {b"http": 80, b"https": 443}

#: Returns the addresses of a host.
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server said of the version of a file; empty if nothing."""

    etag: str = ""
    last_modified: str = ""


async def resolve(host: str, port: int) -> Sequence[str]:
    """Returns the addresses of a host, as the system knows them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class SourceFetcher:
    """Fetches files from the hosts that the operator allows.

    Args:
        allowed: the hosts.
        max_bytes: the longest file.
        max_seconds: the longest time for a file.
        resolve: returns the addresses of a host.
    """

    def __init__(
        self,
        allowed: source_hosts.AllowedHosts,
        max_bytes: int,
        max_seconds: float = MAX_SECONDS,
        resolve: Resolve = resolve,
    ) -> None:
        self._allowed = allowed
        self._max_bytes = max_bytes
        self._max_seconds = max_seconds
        self._backend = _CheckedBackend(allowed, resolve)

    def require_allowed(self, uri: str) -> None:
        """Raises SourceHostForbidden if the host of an address is not allowed."""
        host = _parse(uri).host.decode()
        if not self._allowed.allows_host(host):
            raise errors.SourceHostForbidden(host, "it is not among the hosts of MARQUEE_GUIDE_HOSTS")

    async def fetch(self, uri: str, known: Validators, file: BinaryIO) -> Validators | None:
        """Writes a file; returns its validators, None if it is still the one with the known ones.

        Raises SourceHostForbidden or SourceUnreachable.
        """
        try:
            async with asyncio.timeout(self._max_seconds):
                return await self._follow(uri, known, file)
        except TimeoutError:
            raise errors.SourceUnreachable(f"it took longer than {self._max_seconds:g} seconds") from None
        except (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError) as failed:
            raise errors.SourceUnreachable(str(failed) or type(failed).__name__) from failed

    async def _follow(self, uri: str, known: Validators, file: BinaryIO) -> Validators | None:
        url = _parse(uri)
        async with httpcore2.AsyncConnectionPool(network_backend=self._backend, retries=0) as pool:
            for _ in range(_MAX_REDIRECTS + 1):
                self.require_allowed(uri)
                async with pool.stream("GET", url, headers=_headers(url, known), extensions=_TIMEOUTS) as response:
                    if response.status in _REDIRECTS:
                        uri = _redirect(url, uri, _header(response, b"location"))
                        url = _parse(uri)
                        continue
                    return await self._read(response, known, file)
        raise errors.SourceUnreachable(f"it redirects more than {_MAX_REDIRECTS} times")

    async def _read(self, response: httpcore2.Response, known: Validators, file: BinaryIO) -> Validators | None:
        if response.status == _NOT_MODIFIED and known != Validators():
            return None
        if response.status != _OK:
            raise errors.SourceUnreachable(f"it responds with status {response.status}")
        async for chunk in response.aiter_stream():
            if file.tell() + len(chunk) > self._max_bytes:
                raise errors.SourceUnreachable(f"it is longer than {self._max_bytes} bytes")
            file.write(chunk)
        return Validators(_header(response, b"etag"), _header(response, b"last-modified"))


_TIMEOUTS = {
    "timeout": {
        "connect": _CONNECT_SECONDS,
        "read": _READ_SECONDS,
        "write": _READ_SECONDS,
        "pool": _CONNECT_SECONDS,
    }
}


class _CheckedBackend(httpcore2.AsyncNetworkBackend):
    """Opens connections to the addresses that are allowed."""

    def __init__(self, allowed: source_hosts.AllowedHosts, resolve: Resolve) -> None:
        self._allowed = allowed
        self._resolve = resolve
        self._backend = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is the library's.
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout):
                addresses = await self._resolve(host, port)
        except OSError as failed:
            raise httpcore2.ConnectError(f"{host} has no address ({failed})") from failed
        for address in addresses:
            # An address with a zone, such as fe80::1%eth0, is one of the local network.
            if "%" in address or not self._allowed.allows_address(ipaddress.ip_address(address)):
                raise errors.SourceHostForbidden(host, f"its address {address} is in a private network")
        failure = httpcore2.ConnectError(f"{host} has no address")
        for address in addresses:
            try:
                return await self._backend.connect_tcp(
                    address, port, timeout=timeout, local_address=local_address, socket_options=socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as failed:
                failure = httpcore2.ConnectError(f"{host} refuses connections ({failed})")
        raise failure


def _parse(uri: str) -> httpcore2.URL:
    try:
        parts = urllib.parse.urlsplit(uri)
        host, port = (parts.hostname or "").encode("idna"), parts.port
        target = urllib.parse.quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
        query = "?" + urllib.parse.quote(parts.query, safe="/%:@!$&'()*+,;=~-._?[]{}|") if parts.query else ""
        if parts.scheme not in {"http", "https"} or not host or parts.username is not None:
            raise errors.SourceUnreachable("its address is not one of http or https")
    except ValueError as broken:
        raise errors.SourceUnreachable(f"its address is broken ({broken})") from None
    return httpcore2.URL(scheme=parts.scheme.encode(), host=host, port=port, target=(target + query).encode())


def _headers(url: httpcore2.URL, known: Validators) -> list[tuple[str, str]]:
    port = "" if url.port in {None, _DEFAULT_PORTS[url.scheme]} else f":{url.port}"
    host = url.host.decode()
    stated = {
        "host": f"[{host}]{port}" if ":" in host else f"{host}{port}",
        "user-agent": "Marquee",
        "accept": "*/*",
        "accept-encoding": "identity",
        "if-none-match": known.etag,
        "if-modified-since": "" if known.etag else known.last_modified,
    }
    return [(name, value) for name, value in stated.items() if value]


def _redirect(url: httpcore2.URL, uri: str, location: str) -> str:
    """Returns where a redirect leads. Raises SourceHostForbidden if it leaves the host or its encryption."""
    target = urllib.parse.urljoin(uri, location)
    redirected = _parse(target)
    if redirected.host != url.host:
        raise errors.SourceHostForbidden(redirected.host.decode(), "the source redirects to it")
    if url.scheme == b"https" and redirected.scheme != b"https":
        raise errors.SourceHostForbidden(redirected.host.decode(), "the source redirects to it without TLS")
    return target


def _header(response: httpcore2.Response, name: bytes) -> str:
    values = (value for key, value in response.headers if key.lower() == name)
    return next(values, b"").decode("latin-1")[:1000]
