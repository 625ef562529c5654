"""The configuration of the catalog service."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from services.kit import config

_MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Config:
    """The configuration."""

    common: config.Common
    #: How many bytes of encoded responses to keep.
    most_cache_bytes: int
    #: The key of Anthropic, and which of its models generates values; without a key the taxonomy does.
    anthropic_key: str = field(repr=False, default="")
    anthropic_model: str = ""


def read(environ: Mapping[str, str] = os.environ) -> Config:
    """Reads the environment. Raises ConfigError."""
    return Config(
        common=config.common(environ),
        most_cache_bytes=config.integer(environ, "MARQUEE_CATALOG_CACHE_MIB", 32) * _MEBIBYTE,
        anthropic_key=config.text(environ, "ANTHROPIC_API_KEY", ""),
        anthropic_model=config.text(environ, "MARQUEE_CATALOG_MODEL", "claude-haiku-4-5"),
    )
