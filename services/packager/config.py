"""What packager needs from outside."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from services.kit import config


@dataclass(frozen=True)
class Config:
    """Packager's own values beside those of every service."""

    common: config.Common
    #: The media store: one directory for each asset.
    media: Path
    #: Where sources may lie.
    sources: Path
    #: How many assets are made at the same time.
    jobs_at_once: int

    @property
    def demo_allowed(self) -> bool:
        """Whether sources may be generated."""
        return not self.common.production


def read(environ: Mapping[str, str] = os.environ) -> Config:
    """Reads the environment. Raises ConfigError."""
    common = config.common(environ)
    return Config(
        common=common,
        media=Path(config.text(environ, "MARQUEE_MEDIA", str(common.home / "media"))).absolute(),
        sources=Path(config.text(environ, "MARQUEE_SOURCES", str(common.home / "sources"))).absolute(),
        jobs_at_once=config.integer(environ, "MARQUEE_PACKAGER_JOBS", 2),
    )
