"""Runs a model with onnxruntime. The only file of the platform that imports onnxruntime."""

import hashlib
import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from services.embedding import model

#: The window of the model as its makers set it; of 36,273 films two in a thousand have more tokens.
_MAX_TOKENS = 256
#: How many tokens of how many texts are computed together. Larger batches are not faster.
_BATCH_TOKENS = 512


class OnnxModel:
    """A BERT of sentence-transformers, run by onnxruntime.

    Texts with the same number of tokens are computed together, so batches contain no padding and nothing is masked.
    Each thread computes by itself. Threads that share one computation wait for each other many times a text, which
    costs little on idle cores and nearly everything on busy ones.

    Args:
        compute: returns a vector for each row of tokens; several threads may call it at the same time.
        tokenize: returns the tokens of texts; likewise.
        release_memory: releases the memory that `compute` holds for its next call; likewise.
        dimension: the number of dimensions of a vector.
        version: the name of the model.
    """

    def __init__(
        self,
        compute: Callable[[npt.NDArray[np.int64]], model.Vectors],
        tokenize: Callable[[Sequence[str]], list[list[int]]],
        release_memory: Callable[[], None],
        dimension: int,
        version: str,
    ) -> None:
        self._compute = compute
        self._tokenize = tokenize
        self.release_memory = release_memory
        self.dimension = dimension
        self.version = version

    def embed(self, texts: Sequence[str]) -> model.Vectors:
        """Returns a vector of unit length for each text."""
        tokens = self._tokenize(texts)
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for indexes in _batches_of_equal_length([len(row) for row in tokens]):
            vectors[indexes] = self._compute(np.array([tokens[index] for index in indexes], dtype=np.int64))
        return vectors


def load(name: str) -> OnnxModel:
    """Loads the model of a folder, or the installed one if `name` is empty. Takes about a second.

    Raises ImportError if the libraries or the model are not installed, UnsupportedModel for another architecture, and
    whatever the libraries raise for a broken folder.
    """
    # The tokenizer would start threads of its own for a hundredth of the work.
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    import onnxruntime
    import tokenizers

    from services.embedding import onnx_graph

    folder = Path(name or model.installed_folder())
    architecture = onnx_graph.read_architecture(folder)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    # The fused operators of higher levels are slower than these.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.add_session_config_entry("session.model_external_initializers_file_folder_path", str(folder))
    session = onnxruntime.InferenceSession(
        onnx_graph.build(folder).SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(min(_MAX_TOKENS, architecture.positions))

    def compute(tokens: npt.NDArray[np.int64]) -> model.Vectors:
        (vectors,) = session.run([onnx_graph.VECTORS], {onnx_graph.TOKENS: tokens})
        return np.asarray(vectors, dtype=np.float32)

    shrink_arena = onnxruntime.RunOptions()
    shrink_arena.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")

    def release_memory() -> None:
        # The arena shrinks at the end of a run, so this makes the shortest run there is.
        session.run([onnx_graph.VECTORS], {onnx_graph.TOKENS: np.zeros((1, 1), dtype=np.int64)}, shrink_arena)

    def tokenize(texts: Sequence[str]) -> list[list[int]]:
        return [encoding.ids for encoding in tokenizer.encode_batch_fast(list(texts))]

    version = _version(folder) if name else model.INSTALLED_VERSION
    loaded = OnnxModel(compute, tokenize, release_memory, architecture.dimension, version)
    loaded.embed(["The first text takes longer than all others, so no caller should wait for it."])
    return loaded


def _batches_of_equal_length(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Returns batches of the indexes of texts that have the same number of tokens."""
    by_length = sorted(range(len(lengths)), key=lengths.__getitem__)
    for length, group in itertools.groupby(by_length, key=lengths.__getitem__):
        indexes, size = list(group), max(1, _BATCH_TOKENS // length)
        for start in range(0, len(indexes), size):
            yield indexes[start : start + size]


def _version(folder: Path) -> str:
    """Returns the version of a folder: other weights are another model, whatever the name of the folder."""
    digest = hashlib.blake2b(digest_size=6)
    for weights in sorted(folder.rglob("*.safetensors")):
        with weights.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return f"{folder.name}/{digest.hexdigest()}"
