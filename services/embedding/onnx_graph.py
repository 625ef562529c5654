"""The network of a BERT that makes sentences into vectors, in ONNX's own operators.

It names the weights where they lie, in the model's `model.safetensors`, so that nothing is converted, copied or kept.
"""

import json
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

#: What goes in, a row of tokens for each text, all of one length; and what comes out.
TOKENS, VECTORS = "tokens", "vectors"
WEIGHTS = "model.safetensors"

_OPERATORS, _FORMAT = 23, 11
#: What is computed here; of anything else the vectors would be wrong.
_MADE_FOR = {"model_type": "bert", "hidden_act": "gelu", "position_embedding_type": "absolute"}


class UnsupportedModel(Exception):
    """The folder holds another kind of model than is computed here; the text says what is different."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How large a model is."""

    layers: int
    heads: int
    dimension: int
    positions: int
    epsilon: float


def shape(folder: Path) -> Shape:
    """Reads how large the model in a folder is. Raises UnsupportedModel, or what comes of a broken folder."""
    told = json.loads((folder / "config.json").read_text())
    for key, made_for in _MADE_FOR.items():
        if told.get(key, made_for) != made_for:
            raise UnsupportedModel(f"{key} is {told[key]}, not {made_for}")
    pooling = json.loads((folder / "1_Pooling" / "config.json").read_text())
    modes = sorted(key for key, chosen in pooling.items() if key.startswith("pooling_mode_") and chosen is True)
    if modes != ["pooling_mode_mean_tokens"]:
        raise UnsupportedModel(f"texts are pooled by {', '.join(modes) or 'nothing'}, not by their mean")
    return Shape(
        layers=told["num_hidden_layers"],
        heads=told["num_attention_heads"],
        dimension=told["hidden_size"],
        positions=told["max_position_embeddings"],
        epsilon=told["layer_norm_eps"],
    )


def network(folder: Path) -> onnx.ModelProto:
    """Answers the network of the model in a folder. Raises UnsupportedModel, or what comes of a broken folder."""
    size = shape(folder)
    made = _Making(_tensors(folder / WEIGHTS))
    rows, batch = made.known("rows", [-1, size.dimension]), made.batch(size.dimension)

    state = made.normed(made.embedded(), "embeddings.LayerNorm", size.epsilon)
    # A row for each token of all texts: a product of two matrices is faster than one of many small ones.
    state = made.node("Reshape", state, rows)
    for number in range(size.layers):
        layer = f"encoder.layer.{number}"
        heads = [
            made.node("Reshape", made.linear(state, f"{layer}.attention.self.{part}"), batch)
            for part in ("query", "key", "value")
        ]
        heard = made.node("Attention", *heads, q_num_heads=size.heads, kv_num_heads=size.heads)
        heard = made.linear(made.node("Reshape", heard, rows), f"{layer}.attention.output.dense")
        state = made.normed(made.node("Add", heard, state), f"{layer}.attention.output.LayerNorm", size.epsilon)
        thought = made.node("Gelu", made.linear(state, f"{layer}.intermediate.dense"))
        thought = made.linear(thought, f"{layer}.output.dense")
        state = made.normed(made.node("Add", thought, state), f"{layer}.output.LayerNorm", size.epsilon)
    mean = made.node("ReduceMean", made.node("Reshape", state, batch), made.known("of-tokens", [1]), keepdims=0)
    made.node("LpNormalization", mean, out=VECTORS, axis=1, p=2)
    return made.model(size.dimension)


@dataclass
class _Making:
    """A network that is being put together: each part is told what goes in, and answers the name of what comes out."""

    #: The weights: their shapes, and where they lie.
    tensors: dict[str, tuple[list[int], int, int]]
    nodes: list[Any] = field(default_factory=list)
    constants: dict[str, Any] = field(default_factory=dict)

    def node(self, kind: str, *given: str, out: str = "", **attributes: Any) -> str:
        out = out or f"{kind}-{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, given, [out], **attributes))
        return out

    def known(self, name: str, numbers: Iterable[int]) -> str:
        self.constants[name] = numpy_helper.from_array(np.array(numbers, dtype=np.int64), name)
        return name

    def weight(self, name: str) -> str:
        if name not in self.tensors:
            raise UnsupportedModel(f"there is no {name} of 32-bit floats")
        dimensions, offset, length = self.tensors[name]
        tensor = TensorProto(
            name=name, data_type=TensorProto.FLOAT, dims=dimensions, data_location=TensorProto.EXTERNAL
        )
        for key, value in (("location", WEIGHTS), ("offset", offset), ("length", length)):
            tensor.external_data.add(key=key, value=str(value))
        self.constants[name] = tensor
        return name

    def batch(self, dimension: int) -> str:
        """Answers the shape of what is told apart by texts."""
        return self.node("Concat", self.node("Shape", TOKENS), self.known("width", [dimension]), axis=0)

    def embedded(self) -> str:
        """Sums up what each token means, where it stands, and that there is one sentence only."""
        words = self.node("Gather", self.weight("embeddings.word_embeddings.weight"), TOKENS)
        length = self.node("Shape", TOKENS, start=1)
        start, one = self.known("start", [0]), self.known("one", [1])
        places = self.node("Slice", self.weight("embeddings.position_embeddings.weight"), start, length)
        kind = self.node("Slice", self.weight("embeddings.token_type_embeddings.weight"), start, one)
        return self.node("Add", words, self.node("Add", places, kind))

    def linear(self, given: str, name: str) -> str:
        return self.node("Gemm", given, self.weight(f"{name}.weight"), self.weight(f"{name}.bias"), transB=1)

    def normed(self, given: str, name: str, epsilon: float) -> str:
        weights = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        return self.node("LayerNormalization", given, *weights, axis=-1, epsilon=epsilon)

    def model(self, dimension: int) -> onnx.ModelProto:
        graph = helper.make_graph(
            self.nodes,
            "sentences",
            [helper.make_tensor_value_info(TOKENS, TensorProto.INT64, ["texts", "tokens"])],
            [helper.make_tensor_value_info(VECTORS, TensorProto.FLOAT, ["texts", dimension])],
            list(self.constants.values()),
        )
        return helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", _OPERATORS)], ir_version=_FORMAT, producer_name="marquee"
        )


def _tensors(file: Path) -> dict[str, tuple[list[int], int, int]]:
    """Reads what stands at the head of a file of weights: of each its shape, where it begins, and how long it is."""
    with file.open("rb") as read:
        (length,) = struct.unpack("<Q", read.read(8))
        told = json.loads(read.read(length))
    told.pop("__metadata__", None)
    tensors = {}
    for name, tensor in told.items():
        begin, end = tensor["data_offsets"]
        if tensor["dtype"] == "F32":
            tensors[name] = (tensor["shape"], 8 + length + begin, end - begin)
    return tensors
