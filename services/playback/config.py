"""The configuration of playback."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from services.kit import config


@dataclass(frozen=True)
class Config:
    """The values of playback beside those of every service."""

    common: config.Common
    #: The media store, with a directory for each asset.
    media: Path
    #: The keys that sign playback tokens.
    keys: Path


def read(environ: Mapping[str, str] = os.environ) -> Config:
    """Returns the configuration in the environment. Raises ConfigError."""
    common = config.common(environ)
    return Config(
        common=common,
        media=Path(config.text(environ, "MARQUEE_MEDIA", str(common.home / "media"))),
        keys=Path(config.text(environ, "MARQUEE_PLAYBACK_KEYS", str(common.home / "keys" / "playback"))),
    )
