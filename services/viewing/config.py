"""What viewing needs from outside."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from services.kit import config


@dataclass(frozen=True)
class Config:
    """Viewing's own values beside those of every service."""

    common: config.Common


def read(environ: Mapping[str, str] = os.environ) -> Config:
    """Reads the environment. Raises ConfigError."""
    return Config(common=config.common(environ))
