"""Builds the ONNX graph of a BERT that computes vectors of sentences.

The graph refers to the weights in the model's own `model.safetensors`, so nothing is converted or copied.
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

#: The input, a row of tokens for each text, all of one length; and the output.
TOKENS, VECTORS = "tokens", "vectors"
WEIGHTS = "model.safetensors"

_OPSET_VERSION, _IR_VERSION = 23, 11
#: The architecture that is built here; the vectors of any other would be wrong.
_SUPPORTED = {"model_type": "bert", "hidden_act": "gelu", "position_embedding_type": "absolute"}


class UnsupportedModel(Exception):
    """The folder holds a model of another architecture; the text names the difference."""


@dataclass(frozen=True, slots=True)
class Architecture:
    """The sizes of a model."""

    layers: int
    heads: int
    dimension: int
    positions: int
    epsilon: float


def read_architecture(folder: Path) -> Architecture:
    """Reads the sizes of the model in a folder. Raises UnsupportedModel, or the error of a broken folder."""
    config = json.loads((folder / "config.json").read_text())
    for key, supported in _SUPPORTED.items():
        if config.get(key, supported) != supported:
            raise UnsupportedModel(f"{key} is {config[key]}, not {supported}")
    pooling = json.loads((folder / "1_Pooling" / "config.json").read_text())
    modes = sorted(key for key, value in pooling.items() if key.startswith("pooling_mode_") and value is True)
    if modes != ["pooling_mode_mean_tokens"]:
        raise UnsupportedModel(f"texts are pooled by {', '.join(modes) or 'nothing'}, not by their mean")
    return Architecture(
        layers=config["num_hidden_layers"],
        heads=config["num_attention_heads"],
        dimension=config["hidden_size"],
        positions=config["max_position_embeddings"],
        epsilon=config["layer_norm_eps"],
    )


def build(folder: Path) -> onnx.ModelProto:
    """Returns the graph of the model in a folder. Raises UnsupportedModel, or the error of a broken folder."""
    architecture = read_architecture(folder)
    graph = _GraphBuilder(_read_tensors(folder / WEIGHTS))
    # Operators on single tokens take one large matrix of all texts: one product of two matrices is faster than many.
    rows, batch = graph.constant("rows", [-1, architecture.dimension]), graph.batch_shape(architecture.dimension)

    state = graph.layer_norm(graph.embeddings(), "embeddings.LayerNorm", architecture.epsilon)
    state = graph.node("Reshape", state, rows)
    for number in range(architecture.layers):
        layer = f"encoder.layer.{number}"
        inputs = [
            graph.node("Reshape", graph.linear(state, f"{layer}.attention.self.{part}"), batch)
            for part in ("query", "key", "value")
        ]
        attention = graph.node("Attention", *inputs, q_num_heads=architecture.heads, kv_num_heads=architecture.heads)
        attention = graph.linear(graph.node("Reshape", attention, rows), f"{layer}.attention.output.dense")
        state = graph.node("Add", attention, state)
        state = graph.layer_norm(state, f"{layer}.attention.output.LayerNorm", architecture.epsilon)
        hidden = graph.node("Gelu", graph.linear(state, f"{layer}.intermediate.dense"))
        state = graph.node("Add", graph.linear(hidden, f"{layer}.output.dense"), state)
        state = graph.layer_norm(state, f"{layer}.output.LayerNorm", architecture.epsilon)
    mean = graph.node("ReduceMean", graph.node("Reshape", state, batch), graph.constant("token-axis", [1]), keepdims=0)
    graph.node("LpNormalization", mean, output=VECTORS, axis=1, p=2)
    return graph.model(architecture.dimension)


@dataclass
class _GraphBuilder:
    """A graph under construction: each method adds a part and returns the name of its output."""

    #: The shape, offset and length of each weight.
    tensors: dict[str, tuple[list[int], int, int]]
    nodes: list[Any] = field(default_factory=list)
    initializers: dict[str, Any] = field(default_factory=dict)

    def node(self, operator: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        output = output or f"{operator}-{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def constant(self, name: str, numbers: Iterable[int]) -> str:
        self.initializers[name] = numpy_helper.from_array(np.array(numbers, dtype=np.int64), name)
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
        self.initializers[name] = tensor
        return name

    def batch_shape(self, dimension: int) -> str:
        """Adds the shape of a batch: texts, tokens, dimension."""
        return self.node("Concat", self.node("Shape", TOKENS), self.constant("width", [dimension]), axis=0)

    def embeddings(self) -> str:
        """Adds the sum of the embeddings of each token, of its position, and of the first sentence."""
        words = self.node("Gather", self.weight("embeddings.word_embeddings.weight"), TOKENS)
        length = self.node("Shape", TOKENS, start=1)
        start, one = self.constant("start", [0]), self.constant("one", [1])
        positions = self.node("Slice", self.weight("embeddings.position_embeddings.weight"), start, length)
        sentence = self.node("Slice", self.weight("embeddings.token_type_embeddings.weight"), start, one)
        return self.node("Add", words, self.node("Add", positions, sentence))

    def linear(self, state: str, name: str) -> str:
        return self.node("Gemm", state, self.weight(f"{name}.weight"), self.weight(f"{name}.bias"), transB=1)

    def layer_norm(self, state: str, name: str, epsilon: float) -> str:
        weights = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        return self.node("LayerNormalization", state, *weights, axis=-1, epsilon=epsilon)

    def model(self, dimension: int) -> onnx.ModelProto:
        graph = helper.make_graph(
            self.nodes,
            "sentences",
            [helper.make_tensor_value_info(TOKENS, TensorProto.INT64, ["texts", "tokens"])],
            [helper.make_tensor_value_info(VECTORS, TensorProto.FLOAT, ["texts", dimension])],
            list(self.initializers.values()),
        )
        return helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", _OPSET_VERSION)],
            ir_version=_IR_VERSION,
            producer_name="marquee",
        )


def _read_tensors(file: Path) -> dict[str, tuple[list[int], int, int]]:
    """Reads the header of a file of weights; returns the shape, offset and length of each tensor of 32-bit floats."""
    with file.open("rb") as reader:
        (length,) = struct.unpack("<Q", reader.read(8))
        header = json.loads(reader.read(length))
    header.pop("__metadata__", None)
    tensors = {}
    for name, tensor in header.items():
        begin, end = tensor["data_offsets"]
        if tensor["dtype"] == "F32":
            tensors[name] = (tensor["shape"], 8 + length + begin, end - begin)
    return tensors
