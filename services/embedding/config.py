"""What embedding needs from outside."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from services.kit import config


@dataclass(frozen=True)
class Config:
    """Embedding's own values beside those of every service."""

    common: config.Common
    #: The model's folder; the one that is installed if empty.
    model: str
    #: How many cores the model takes.
    threads: int


def read(environ: Mapping[str, str] = os.environ) -> Config:
    """Reads the environment. Raises ConfigError."""
    threads = config.integer(environ, "MARQUEE_EMBEDDING_THREADS", 2)
    if threads < 1:
        raise config.ConfigError(f"MARQUEE_EMBEDDING_THREADS must be 1 or more, not {threads}")
    return Config(
        common=config.common(environ), model=config.text(environ, "MARQUEE_EMBEDDING_MODEL", ""), threads=threads
    )
