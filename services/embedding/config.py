"""The configuration of embedding."""

import importlib.util
import os
from collections.abc import Mapping
from dataclasses import dataclass

from services.kit import config

ONNXRUNTIME, SENTENCE_TRANSFORMERS = "onnxruntime", "sentence-transformers"


@dataclass(frozen=True)
class Config:
    """The values that only embedding reads, beside those of every service."""

    common: config.Common
    #: The library that runs the model.
    backend: str
    #: The folder of the model, or for sentence-transformers its name on the Hugging Face hub; empty for the installed.
    model: str
    #: How many cores background work may take.
    threads: int


def read(environ: Mapping[str, str] = os.environ) -> Config:
    """Reads the environment. Raises ConfigError."""
    threads = config.integer(environ, "MARQUEE_EMBEDDING_THREADS", 2)
    if threads < 1:
        raise config.ConfigError(f"MARQUEE_EMBEDDING_THREADS must be 1 or more, not {threads}")
    backend = config.choice(environ, "MARQUEE_EMBEDDING_BACKEND", (ONNXRUNTIME, SENTENCE_TRANSFORMERS), ONNXRUNTIME)
    if backend == SENTENCE_TRANSFORMERS and importlib.util.find_spec("sentence_transformers") is None:
        raise config.ConfigError(
            "MARQUEE_EMBEDDING_BACKEND is sentence-transformers, which is not installed; "
            "run `pip install -c constraints.txt -e '.[sentence-transformers]'`"
        )
    return Config(
        common=config.common(environ),
        backend=backend,
        model=config.text(environ, "MARQUEE_EMBEDDING_MODEL", ""),
        threads=threads,
    )
