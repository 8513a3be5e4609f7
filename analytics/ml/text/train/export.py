"""Writes the network as an ONNX graph: 4-bit table, 8-bit layers, float attention.

The graph is written node by node with onnxruntime's own quantised operators. It is smaller and faster than what a
tracer and a quantiser make of the same network, and the table keeps the published 4-bit values to the last bit.
"""

from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from analytics.ml.text.train.source import BLOCK

_MICROSOFT: Final = "com.microsoft"
_OPSET: Final = 18


Tensors = dict[str, NDArray[np.float32]]


class _Graph:
    """Collects nodes and constants; every method returns the name of its result."""

    def __init__(self, state: Tensors, damping: Tensors, heads: int, epsilon: float) -> None:
        self.state, self.damping, self.heads, self.epsilon = state, damping, heads, epsilon
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, kind: str, inputs: list[str], output: str, *, domain: str = "", **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], domain=domain, **attributes))
        return output

    def embedded(self) -> str:
        """Word pieces from the 4-bit table, plus positions, normalised."""
        nibbles, scales = four_bits(self.state["word.weight"])
        inputs = [self.constant("word", nibbles), "ids", self.constant("word_scale", scales)]
        half = self.node(
            "GatherBlockQuantized", inputs, "word_half", domain=_MICROSOFT,
            bits=4, block_size=BLOCK, gather_axis=0, quantize_axis=1,
        )  # fmt: skip
        words = self.node("Cast", [half], "words", to=TensorProto.FLOAT)
        length = self.node("Shape", ["ids"], "length", start=1, end=2)
        start = self.constant("zero", np.zeros(1, np.int64))
        table = self.constant("position", self.state["position.weight"])
        positions = self.node("Slice", [table, start, length], "positions")
        return self.normalised(self.node("Add", [words, positions], "embedded"), "norm")

    def normalised(self, x: str, name: str) -> str:
        inputs = [x, *(self.constant(f"{name}.{part}", self.state[f"{name}.{part}"]) for part in ("weight", "bias"))]
        return self.node("LayerNormalization", inputs, f"{name}.out", axis=-1, epsilon=self.epsilon)

    def linear(self, x: str, name: str) -> str:
        """An 8-bit layer: weights by output column, inputs quantised as they come, loud channels damped before."""
        weight = self.state[f"{name}.weight"].T
        if name in self.damping:
            quieter = self.constant(f"{name}.damping", 1 / self.damping[name])
            x, weight = self.node("Mul", [x, quieter], f"{name}.damped"), weight * self.damping[name][:, None]
        scale = np.maximum(np.abs(weight).max(axis=0), 1e-12) / 127
        inputs = [
            x,
            self.constant(f"{name}.weight", np.round(weight / scale).astype(np.int8)),
            self.constant(f"{name}.scale", scale.astype(np.float32)),
            self.constant(f"{name}.zero", np.zeros(weight.shape[1], np.int8)),
            self.constant(f"{name}.bias", self.state[f"{name}.bias"]),
        ]
        return self.node("DynamicQuantizeMatMul", inputs, f"{name}.out", domain=_MICROSOFT)

    def layer(self, x: str, name: str) -> str:
        split = [f"{name}.{part}" for part in ("query", "key", "value")]
        joint = self.linear(x, f"{name}.qkv")
        self.nodes.append(helper.make_node("Split", [joint], split, axis=2, num_outputs=3))
        mixed = self.node("MultiHeadAttention", split, f"{name}.mixed", domain=_MICROSOFT, num_heads=self.heads)
        x = self.added(self.linear(mixed, f"{name}.attended"), x, f"{name}.attended_norm")
        inner = self.node("Gelu", [self.linear(x, f"{name}.inner")], f"{name}.gelu", domain=_MICROSOFT)
        return self.added(self.linear(inner, f"{name}.outer"), x, f"{name}.outer_norm")

    def added(self, x: str, skipped: str, name: str) -> str:
        return self.normalised(self.node("Add", [x, skipped], f"{name}.sum"), name)

    def pooled(self, x: str) -> str:
        axis = self.constant("tokens_axis", np.ones(1, np.int64))
        return self.node("ReduceMean", [x, axis], "pooled", keepdims=0)

    def head(self, x: str) -> str:
        inputs = [
            x,
            self.constant("head.weight", self.state["head.weight"].T),
            self.constant("head.bias", self.state["head.bias"]),
        ]
        return self.node("Gemm", inputs, "logits")


def build_graph(state: Tensors, damping: Tensors, *, layers: int, heads: int, epsilon: float) -> onnx.ModelProto:
    """A model `ids` [texts, tokens] → `logits` [texts, 3], `pooled` [texts, width]; texts of a call have one length."""
    graph = _Graph(state, damping, heads, epsilon)
    x = graph.embedded()
    for i in range(layers):
        x = graph.layer(x, f"layers.{i}")
    graph.head(graph.pooled(x))
    ids = helper.make_tensor_value_info("ids", TensorProto.INT64, ["texts", "tokens"])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["texts", 3])
    pooled = helper.make_tensor_value_info("pooled", TensorProto.FLOAT, ["texts", "width"])
    body = helper.make_graph(graph.nodes, "sentiment", [ids], [logits, pooled], graph.constants)
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_MICROSOFT, 1)]
    return helper.make_model(body, opset_imports=opsets, ir_version=10, producer_name="rapport")


def four_bits(table: NDArray[np.float32]) -> tuple[NDArray[np.uint8], NDArray[np.float16]]:
    """A table [rows, width] of 4-bit origin as nibbles [rows, width / 2], two a byte, and scales [rows, width / 32]."""
    blocks = table.reshape(len(table), -1, BLOCK)
    scales = _scales(blocks)
    nibbles = np.clip(np.round(blocks / np.where(scales == 0, 1, scales)[..., None]) + 8, 0, 15).astype(np.uint8)
    flat = nibbles.reshape(len(table), -1)
    return np.asarray(flat[:, ::2] | flat[:, 1::2] << 4, np.uint8), scales.astype(np.float16)


def _scales(blocks: NDArray[np.float32]) -> NDArray[np.float32]:
    """The value of each block farthest from zero is -8 times its scale (the Q4_0 rule)."""
    farthest = np.take_along_axis(blocks, np.abs(blocks).argmax(axis=-1, keepdims=True), axis=-1)[..., 0]
    return np.asarray(farthest / -8, np.float32)
