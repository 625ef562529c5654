"""The hosts and the addresses from which guides may be fetched.

Who may save a source must not be able to make the platform call its own services, or others in its network.
"""

import ipaddress
import re
from dataclasses import dataclass
from typing import TypeAlias

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")
#: Addresses that carry an address of IPv4: a gateway may translate them to one of a private network.
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """What an operator allows."""

    names: frozenset[str] = frozenset()
    networks: tuple[_Network, ...] = ()

    def allows_host(self, host: str) -> bool:
        """Returns whether guides may be fetched from a host, by its name or its address."""
        address = _parse_address(host)
        return _fold(host) in self.names if address is None else self._lists(address)

    def allows_address(self, address: Address) -> bool:
        """Returns whether an allowed host may have an address: one of the public internet, or one that is listed."""
        return self._lists(address) or _is_public(address)

    def _lists(self, address: Address) -> bool:
        address = _unwrap(address)
        return any(address.version == network.version and address in network for network in self.networks)


def parse(text: str) -> AllowedHosts:
    """Returns the hosts of a list such as `guides.example, 10.1.2.0/24`. Raises ValueError."""
    names, networks = set[str](), []
    for stated in filter(None, map(str.strip, text.split(","))):
        try:
            networks.append(ipaddress.ip_network(stated.strip("[]")))
        except ValueError:
            if not _NAME.fullmatch(_fold(stated)) or _fold(stated).rpartition(".")[2].isdecimal():
                raise ValueError(
                    f"{stated!r} is neither the name of a host nor a network such as 10.1.2.0/24"
                ) from None
            names.add(_fold(stated))
    return AllowedHosts(frozenset(names), tuple(networks))


def _is_public(address: Address) -> bool:
    address = _unwrap(address)
    if isinstance(address, ipaddress.IPv6Address) and (address in _TRANSLATED or address.sixtofour or address.teredo):
        return False
    return address.is_global and not address.is_multicast


def _unwrap(address: Address) -> Address:
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _parse_address(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


def _fold(host: str) -> str:
    return host.lower().rstrip(".")
