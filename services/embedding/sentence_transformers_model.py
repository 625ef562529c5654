"""Runs a model with sentence-transformers. The only file of the platform that imports that library or torch."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from services.embedding import model

#: How many texts are computed together.
_BATCH_TEXTS = 32


class SentenceTransformersModel:
    """A model of sentence-transformers, run by torch.

    Args:
        transformer: the SentenceTransformer.
        version: the name of the model.
    """

    def __init__(self, transformer: Any, version: str) -> None:
        self._transformer = transformer
        self.version = version
        # The first text also configures the tokenizer, which threads then share without changing it.
        self.dimension = self.embed(["The first text takes longer than all others."]).shape[1]

    def embed(self, texts: Sequence[str]) -> model.Vectors:
        """Returns a vector of unit length for each text."""
        return np.asarray(
            self._transformer.encode(
                list(texts), batch_size=_BATCH_TEXTS, normalize_embeddings=True, show_progress_bar=False
            ),
            dtype=np.float32,
        )

    def release_memory(self) -> None:
        """Does nothing: torch holds no memory between batches."""


def load(name: str) -> SentenceTransformersModel:
    """Loads the model of a folder or of the Hugging Face hub, or the installed one if `name` is empty.

    Raises ImportError if the libraries or the model are not installed, and whatever the library raises for a model that
    it cannot load.
    """
    # The tokenizer would start threads of its own for a hundredth of the work.
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    import sentence_transformers
    import torch
    import transformers

    # Each batch is computed by one thread, as in the default backend.
    torch.set_num_threads(1)
    transformers.utils.logging.disable_progress_bar()
    transformer = sentence_transformers.SentenceTransformer(name or model.installed_folder(), device="cpu")
    return SentenceTransformersModel(
        transformer, f"{Path(name).name}/{_weights_digest(transformer)}" if name else model.INSTALLED_VERSION
    )


def _weights_digest(transformer: Any) -> str:
    """Returns a digest of the weights: other weights are another model, whatever its name."""
    import torch

    digest = hashlib.blake2b(digest_size=6)
    for name, tensor in sorted(transformer.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.contiguous().flatten().view(torch.uint8).numpy())
    return digest.hexdigest()
