"""What a platform is told from outside: where its state lives, its port, its mode, its engines."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local import topology

PROJECT = Path(__file__).resolve().parents[2]
MODES = ("demo", "test", "production")
HIGHEST_PORT = 65_535 - topology.INTERNAL_BASE - 300


class BadSetting(Exception):
    """A variable or flag has a value the platform cannot run with; the text names it."""


@dataclass(frozen=True)
class Settings:
    """One platform on this machine. URLs are `None` where the platform brings its own engine."""

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
        """The address viewers open."""
        scheme = "https" if self.tls else "http"
        return self.public_url or f"{scheme}://127.0.0.1:{self.port}"

    @property
    def media_directory(self) -> Path:
        """Where packaged media is kept."""
        return self.media or self.home / "media"

    @property
    def service_keys(self) -> Path:
        """The keys by which services know each other."""
        return self.home / "keys" / "services"

    @property
    def logs(self) -> Path:
        """One file per process."""
        return self.home / "logs"

    @property
    def run(self) -> Path:
        """Files that mean something only while the platform runs."""
        return self.home / "run"

    @property
    def seeded(self) -> Path:
        """Exists once the demo data is in, so that a later start does not seed again."""
        return self.home / "seeded"

    def processes(self) -> tuple[topology.Process, ...]:
        """The rows of the table this platform runs, each replica by itself."""
        external = {name for name, url in (("postgres", self.database_url), ("redis", self.redis_url)) if url}
        return tuple(
            replica
            for process in topology.PROCESSES
            if process.name not in external
            for replica in process.replicas(self.replicas.get(process.name, 1))
        )


def read(environ: Mapping[str, str], replicas: Mapping[str, int] | None = None) -> Settings:
    """Reads the settings from `environ`; fails with `BadSetting` on a value out of range."""
    mode = environ.get("MARQUEE_ENV") or "demo"
    if mode not in MODES:
        raise BadSetting(f"MARQUEE_ENV is {mode!r}; it may be {', '.join(MODES)}")
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
    """Parses `catalog=2` and its like; fails with `BadSetting` on any other shape."""
    names = {service.name for service in topology.SERVICES}
    counts = {}
    for value in values:
        name, _, count = value.partition("=")
        if name not in names:
            raise BadSetting(f"no service named {name!r}; replicas exist for {', '.join(names)}")
        if not count.isdigit() or not 1 <= int(count) <= topology.MAX_REPLICAS:
            raise BadSetting(f"{value!r}: a service runs 1 to {topology.MAX_REPLICAS} times")
        counts[name] = int(count)
    return counts


def _port(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= HIGHEST_PORT:
        raise BadSetting(
            f"MARQUEE_PORT is {text!r}; it may be 1 to {HIGHEST_PORT}, "
            f"because the internals listen {topology.INTERNAL_BASE} above it"
        )
    return int(text)
