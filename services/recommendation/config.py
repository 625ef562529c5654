"""What recommendation needs from outside."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from services.kit import config


@dataclass(frozen=True)
class Config:
    """Recommendation's own values beside those of every service."""

    common: config.Common
    #: How long what a decision was made from is kept, so that it can be replayed.
    retention: timedelta


def read(environ: Mapping[str, str] = os.environ) -> Config:
    """Reads the environment. Raises ConfigError."""
    return Config(
        common=config.common(environ),
        retention=timedelta(days=config.integer(environ, "MARQUEE_RECOMMENDATION_RETENTION_DAYS", 30)),
    )
