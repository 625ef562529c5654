"""The settings of a platform, read from the environment: its home directory, port, mode and engines."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local import topology

PROJECT = Path(__file__).resolve().parents[2]
MODES = ("demo", "test", "production")
HIGHEST_PORT = 65_535 - topology.INTERNAL_BASE - 300


class BadSetting(Exception):
    """A variable or flag has an invalid value; the text names it."""


@dataclass(frozen=True)
class Settings:
    """The settings of one platform. The URL of an engine is `None` where the platform runs its own."""

    home: Path
    port: int = 8080
    mode: str = "demo"
    edge_address: str = "127.0.0.1"
    tls: bool = False
    public_url: str = ""
    media: Path | None = None
    database_url: str | None = None
    redis_url: str | None = None
    replicas: Mapping[str, int] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The URL that viewers open."""
        scheme = "https" if self.tls else "http"
        return self.public_url or f"{scheme}://127.0.0.1:{self.port}"

    @property
    def media_directory(self) -> Path:
        """The directory of packaged media."""
        return self.media or self.home / "media"

    @property
    def service_keys(self) -> Path:
        """The directory of the keys with which services authenticate."""
        return self.home / "keys" / "services"

    @property
    def logs(self) -> Path:
        """The directory of the log files."""
        return self.home / "logs"

    @property
    def run(self) -> Path:
        """The directory of files that are valid only while the platform runs."""
        return self.home / "run"

    @property
    def seeded(self) -> Path:
        """The file that exists after the demo data was written, so that a later start does not seed again."""
        return self.home / "seeded"

    def processes(self) -> tuple[topology.Process, ...]:
        """Returns the rows of the topology that this platform runs, one for each replica."""
        external = {name for name, url in (("postgres", self.database_url), ("redis", self.redis_url)) if url}
        return tuple(
            replica
            for process in topology.PROCESSES
            if process.name not in external
            for replica in process.replicas(self.replicas.get(process.name, 1))
        )


def read(environ: Mapping[str, str], replicas: Mapping[str, int] | None = None) -> Settings:
    """Reads the settings from `environ`; raises `BadSetting` for an invalid value."""
    mode = environ.get("MARQUEE_ENV") or "demo"
    if mode not in MODES:
        raise BadSetting(f"MARQUEE_ENV is {mode!r}; it must be one of {', '.join(MODES)}")
    media = environ.get("MARQUEE_MEDIA")
    return Settings(
        home=Path(environ.get("MARQUEE_HOME") or PROJECT / ".marquee").expanduser().absolute(),
        port=_port(environ.get("MARQUEE_PORT") or "8080"),
        mode=mode,
        edge_address=environ.get("MARQUEE_EDGE_ADDRESS") or "127.0.0.1",
        tls=bool(environ.get("MARQUEE_TLS_CERT")),
        public_url=environ.get("MARQUEE_PUBLIC_URL") or "",
        media=Path(media).expanduser().absolute() if media else None,
        database_url=environ.get("MARQUEE_DATABASE_URL_ADMIN") or None,
        redis_url=environ.get("MARQUEE_REDIS_URL") or None,
        replicas=dict(replicas or {}),
    )


def replicas(values: tuple[str, ...]) -> dict[str, int]:
    """Parses values such as `catalog=2`. Raises `BadSetting` for any other form."""
    names = {service.name for service in topology.SERVICES}
    counts = {}
    for value in values:
        name, _, count = value.partition("=")
        if name not in names:
            raise BadSetting(f"no service named {name!r}; these can have replicas: {', '.join(names)}")
        if not count.isdigit() or not 1 <= int(count) <= topology.MAX_REPLICAS:
            raise BadSetting(f"{value!r}: a service can have 1 to {topology.MAX_REPLICAS} replicas")
        counts[name] = int(count)
    return counts


def _port(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= HIGHEST_PORT:
        raise BadSetting(
            f"MARQUEE_PORT is {text!r}; it must be between 1 and {HIGHEST_PORT}, "
            f"because internal ports are {topology.INTERNAL_BASE} above it"
        )
    return int(text)
