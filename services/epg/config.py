"""The configuration of epg."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from services.kit import config


@dataclass(frozen=True)
class Config:
    """The values of epg, which has none beside those of every service."""

    common: config.Common


def read(environ: Mapping[str, str] = os.environ) -> Config:
    """Returns the configuration in the environment. Raises ConfigError."""
    return Config(common=config.common(environ))
