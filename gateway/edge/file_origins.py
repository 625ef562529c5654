"""The origins of media and web files: Envoy's own file server, or HTTP servers of the operator behind the edge."""

import dataclasses
from collections.abc import Iterator
from typing import Self
from urllib.parse import urlsplit

from gateway import xds
from gateway.edge import bootstrap_clusters

_HTTP_PORT = 80


@dataclasses.dataclass(frozen=True, slots=True)
class Origin:
    """The address of an HTTP server."""

    host: str
    port: int

    @classmethod
    def parse(cls, url: str) -> Self:
        """Reads a URL of the form `http://HOST:PORT`. Raises ValueError."""
        parts = urlsplit(url)
        if parts.scheme != "http" or not parts.hostname or parts.path.strip("/") or parts.query or "@" in parts.netloc:
            raise ValueError(f"not an origin of the form http://HOST:PORT: {url!r}")
        return cls(parts.hostname, parts.port or _HTTP_PORT)


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """The origins of the operator; None is the file server in Envoy's bootstrap file."""

    media: Origin | None = None
    web: Origin | None = None


def media_cluster(settings: Settings) -> str:
    """Returns the cluster that serves media files."""
    return "external_media" if settings.media else bootstrap_clusters.MEDIA


def web_cluster(settings: Settings) -> str:
    """Returns the cluster that serves the files of the web apps."""
    return "external_web" if settings.web else bootstrap_clusters.WEB


def clusters(settings: Settings) -> Iterator[xds.Json]:
    """Returns the clusters of the operator's origins."""
    if settings.media:
        yield _cluster(media_cluster(settings), settings.media)
    if settings.web:
        yield _cluster(web_cluster(settings), settings.web)


def _cluster(name: str, origin: Origin) -> xds.Json:
    address = {"socket_address": {"address": origin.host, "port_value": origin.port}}
    # Viewers read segments slowly, so many requests are open at a time.
    limits = {"max_connections": 4096, "max_requests": 4096, "max_pending_requests": 4096}
    return {
        "name": name,
        "type": "STRICT_DNS",
        "connect_timeout": "1s",
        "circuit_breakers": {"thresholds": [limits]},
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address}}]}],
        },
    }
