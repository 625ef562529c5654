"""What the catalogue needs from outside."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from services.kit import config

_MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Config:
    """What the catalogue needs."""

    common: config.Common
    #: How many bytes of encoded answers to keep.
    most_answer_bytes: int


def read(environ: Mapping[str, str] = os.environ) -> Config:
    """Reads the environment. Raises ConfigError."""
    return Config(
        common=config.common(environ),
        most_answer_bytes=config.integer(environ, "MARQUEE_CATALOG_ANSWERS_MIB", 32) * _MEBIBYTE,
    )
