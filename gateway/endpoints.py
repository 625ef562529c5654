"""The addresses of replicas: a fixed list, or DNS names that are resolved periodically."""

import asyncio
import dataclasses
import ipaddress
import socket
from collections.abc import Mapping
from typing import Protocol, Self

_LAST_PORT = 65535


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Endpoint:
    """The address of one replica."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Returns the endpoint of `host:port`. Raises ValueError."""
        host, colon, port = text.strip().rpartition(":")
        if not (colon and host and port.isdecimal() and 0 < int(port) <= _LAST_PORT):
            raise ValueError(f"not an endpoint of the form host:port: {text!r}")
        return cls(host.strip("[]"), int(port))

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


#: The replicas of every area.
Replicas = Mapping[str, frozenset[Endpoint]]


class Source(Protocol):
    """A source of the addresses of replicas."""

    async def replicas(self) -> Replicas:
        """Returns all current replicas, by area."""
        ...


class StaticSource:
    """A fixed list of replicas."""

    def __init__(self, listed: Replicas) -> None:
        self._listed = {area: frozenset(endpoints) for area, endpoints in listed.items()}
        for endpoint in frozenset().union(*self._listed.values()):
            # Envoy accepts no names as addresses, so they are refused here with a clear message.
            ipaddress.ip_address(endpoint.host)

    async def replicas(self) -> Replicas:
        """Returns the list."""
        return self._listed


class DnsSource:
    """Replicas behind DNS names: every address of a name is one replica."""

    def __init__(self, names: Mapping[str, Endpoint]) -> None:
        self._names = dict(names)
        self._known: dict[str, frozenset[Endpoint]] = {area: frozenset() for area in names}

    async def replicas(self) -> Replicas:
        """Returns the current addresses of the names."""
        await asyncio.gather(*(self._resolve(area, name) for area, name in self._names.items()))
        return dict(self._known)

    async def _resolve(self, area: str, name: Endpoint) -> None:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(name.host, name.port, type=socket.SOCK_STREAM)
        except OSError:
            # The last addresses are kept while the name server is unavailable.
            return
        self._known[area] = frozenset(Endpoint(str(address[0]), name.port) for *_, address in found)


def parse(text: str) -> Source:
    """Returns the source of `static:catalog=10.0.0.1:50051|10.0.0.2:50051,…` or `dns:catalog=catalog:50051,…`."""
    scheme, colon, listing = text.partition(":")
    if not colon or scheme not in {"static", "dns"}:
        raise ValueError(f"endpoints begin with 'static:' or 'dns:', not {text!r}")
    pairs: dict[str, str] = {}
    for entry in filter(None, map(str.strip, listing.split(","))):
        area, equals, addresses = entry.partition("=")
        if not (equals and area and addresses):
            raise ValueError(f"not an entry of the form area=host:port: {entry!r}")
        pairs[area.strip()] = addresses
    if scheme == "dns":
        return DnsSource({area: Endpoint.parse(name) for area, name in pairs.items()})
    return StaticSource({area: frozenset(map(Endpoint.parse, several.split("|"))) for area, several in pairs.items()})
