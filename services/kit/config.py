"""The configuration that every service shares, read from the environment once."""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


class ConfigError(Exception):
    """A variable is missing or wrong; the message names it."""


@dataclass(frozen=True)
class Common:
    """The values that every service reads."""

    environment: str
    home: Path
    listen: str
    metrics_listen: str
    database_url: str
    redis_url: str
    #: The files of this service's private key and of the public keys of all services; None where it calls nobody.
    service_key: Path | None = None
    service_jwks: Path | None = None
    #: The address of the edge, as viewers type it.
    public_url: str = ""
    #: Fixed addresses of other services, by area; empty where the mesh finds them.
    peers: Mapping[str, str] = field(default_factory=dict)

    @property
    def production(self) -> bool:
        """Whether this is a production platform, which refuses demo accounts."""
        return self.environment == "production"


def common(environ: Mapping[str, str] = os.environ) -> Common:
    """Reads the common part. Raises ConfigError."""
    environment = choice(environ, "MARQUEE_ENV", ("demo", "test", "production"), "demo")
    port = text(environ, "MARQUEE_PORT", "8080")
    listen = text(environ, "MARQUEE_LISTEN", "127.0.0.1:0")
    if not environ.get("MARQUEE_ENV") and not _is_loopback(listen):
        raise ConfigError(f"MARQUEE_ENV must say demo or production, since {listen} can be reached from other machines")
    return Common(
        environment=environment,
        home=Path(text(environ, "MARQUEE_HOME", str(Path.cwd() / ".marquee"))),
        listen=listen,
        metrics_listen=text(environ, "MARQUEE_METRICS_LISTEN", ""),
        database_url=text(environ, "MARQUEE_DATABASE_URL", ""),
        redis_url=text(environ, "MARQUEE_REDIS_URL", "redis://127.0.0.1:6379/0"),
        service_key=_path(environ, "MARQUEE_SERVICE_KEY"),
        service_jwks=_path(environ, "MARQUEE_SERVICE_JWKS"),
        public_url=text(environ, "MARQUEE_PUBLIC_URL", f"http://127.0.0.1:{port}"),
        peers=pairs(environ, "MARQUEE_PEERS"),
    )


def _path(environ: Mapping[str, str], name: str) -> Path | None:
    return Path(environ[name]) if environ.get(name) else None


def _is_loopback(address: str) -> bool:
    """Returns whether `host:port` or `unix:path` can be reached from this machine alone."""
    host = address.rpartition(":")[0].strip("[]")
    if address.startswith("unix:") or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def text(environ: Mapping[str, str], name: str, default: str) -> str:
    """Reads a text; an empty variable counts as unset."""
    return environ.get(name) or default


def integer(environ: Mapping[str, str], name: str, default: int) -> int:
    """Reads a whole number. Raises ConfigError."""
    value = text(environ, name, str(default))
    try:
        return int(value)
    except ValueError:
        raise ConfigError(f"{name} must be a whole number, not {value!r}") from None


def choice(environ: Mapping[str, str], name: str, allowed: tuple[str, ...], default: str) -> str:
    """Reads one of `allowed`. Raises ConfigError."""
    value = text(environ, name, default)
    if value not in allowed:
        raise ConfigError(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
    return value


def pairs(environ: Mapping[str, str], name: str) -> dict[str, str]:
    """Reads `key=value,key=value`. Raises ConfigError."""
    found = {}
    for part in filter(None, text(environ, name, "").split(",")):
        key, equals, value = part.partition("=")
        if not equals:
            raise ConfigError(f"{name} must read key=value,key=value; {part!r} does not")
        found[key.strip()] = value.strip()
    return found
