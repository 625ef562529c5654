"""The configuration of recommendation."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from services.kit import config


@dataclass(frozen=True)
class Config:
    """What recommendation reads from the environment."""

    common: config.Common
    #: How long decisions and their inputs are kept, so that they can be replayed.
    retention: timedelta


def read(environ: Mapping[str, str] = os.environ) -> Config:
    """Reads the environment. Raises ConfigError."""
    return Config(
        common=config.common(environ),
        retention=timedelta(days=config.integer(environ, "MARQUEE_RECOMMENDATION_RETENTION_DAYS", 30)),
    )
