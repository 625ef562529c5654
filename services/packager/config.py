"""The configuration of packager."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from services.kit import config


@dataclass(frozen=True)
class Config:
    """The values of packager, and those that every service has."""

    common: config.Common
    #: The media store, with one directory for each asset.
    media: Path
    #: The directory below which sources are read.
    sources: Path
    #: How many jobs run at the same time.
    jobs_at_once: int

    @property
    def demo_allowed(self) -> bool:
        """Whether demo sources are allowed."""
        return not self.common.production


def read(environ: Mapping[str, str] = os.environ) -> Config:
    """Returns the configuration that the environment holds. Raises ConfigError."""
    common = config.common(environ)
    return Config(
        common=common,
        media=Path(config.text(environ, "MARQUEE_MEDIA", str(common.home / "media"))).absolute(),
        sources=Path(config.text(environ, "MARQUEE_SOURCES", str(common.home / "sources"))).absolute(),
        jobs_at_once=config.integer(environ, "MARQUEE_PACKAGER_JOBS", 2),
    )
