"""The configuration of packager."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from services.kit import config

#: The schemes that a feed may have.
FEED_SCHEMES = ("srt", "rtmp", "rtmps", "udp")


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
    #: The schemes of feeds that encoders may read.
    feed_schemes: tuple[str, ...]
    #: How many minutes a content key of an encoded channel is used.
    key_minutes: int

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
        feed_schemes=_feed_schemes(environ),
        key_minutes=config.integer(environ, "MARQUEE_CHANNEL_KEY_MINUTES", 60),
    )


def _feed_schemes(environ: Mapping[str, str]) -> tuple[str, ...]:
    schemes = config.text(environ, "MARQUEE_FEED_SCHEMES", ",".join(FEED_SCHEMES))
    named = tuple(filter(None, (scheme.strip() for scheme in schemes.split(","))))
    if unknown := set(named) - set(FEED_SCHEMES):
        raise config.ConfigError(f"MARQUEE_FEED_SCHEMES: {', '.join(sorted(unknown))} cannot be the scheme of a feed.")
    return named
