"""Looks through very many vectors at once by their signs: 48 bytes each, and the best are compared in full later."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

WIDTH: Final = 384
BYTES: Final = WIDTH // 8
_WORDS: Final = BYTES // 8

Vectors = NDArray[np.float32]
Halves = NDArray[np.float16]
Ids = NDArray[np.int64]


def halves(vectors: Vectors) -> list[bytes]:
    """Each vector as it is kept: 384 halves, 768 bytes."""
    return [row.tobytes() for row in vectors.astype("<f2")]


def read_halves(contents: list[bytes]) -> Vectors:
    """What `halves` wrote [n, 384]; a content that is damaged is a vector of zeros, which is like nothing."""
    found = np.zeros((len(contents), WIDTH), np.float32)
    for row, content in enumerate(contents):
        if len(content) == 2 * WIDTH:
            found[row] = np.frombuffer(content, "<f2")
    return np.where(np.isfinite(found).all(axis=1, keepdims=True), found, 0).astype(np.float32)


def sketches(vectors: Vectors, centre: Vectors) -> list[bytes]:
    """The signs of each vector around the centre: 48 bytes."""
    return [row.tobytes() for row in np.packbits(vectors > centre, axis=1)]


def likeness(vectors: Vectors, wanted: Vectors, centre: Vectors) -> NDArray[np.float64]:
    """The cosine of each vector and the wanted one, seen from the centre [n]."""
    rows, one = vectors - centre, wanted - centre
    size = np.linalg.norm(rows, axis=1) * np.linalg.norm(one)
    is_whole = vectors.any(axis=1)
    return np.where(is_whole, rows @ one / np.maximum(size, 1e-9), -1.0).astype(np.float64)


class SketchBook:
    """Sketches of messages with the ids of their rows and conversations, in the order in which they were made.

    56 bytes a message and 8 more for its conversation. Beyond `most` the oldest are let go.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.rows: Ids = np.zeros(0, np.int64)
        self.owners: Ids = np.zeros(0, np.int64)
        self._signs = np.zeros((0, _WORDS), np.uint64)

    @property
    def last(self) -> int:
        """The id of the newest row; 0 where there is none."""
        return int(self.rows[-1]) if len(self.rows) else 0

    def add(self, rows: list[int], owners: list[int], found: list[bytes]) -> None:
        """More rows, newer than all before; a sketch that is damaged is left out."""
        whole = [at for at, one in enumerate(found) if len(one) == BYTES]
        signs = np.frombuffer(b"".join(found[at] for at in whole), np.uint64).reshape(-1, _WORDS)
        self.rows = np.concatenate((self.rows, np.array([rows[at] for at in whole], np.int64)))[-self._most :]
        self.owners = np.concatenate((self.owners, np.array([owners[at] for at in whole], np.int64)))[-self._most :]
        self._signs = np.concatenate((self._signs, signs))[-self._most :]

    def nearest(self, sketch: bytes, many: int, *, owners: Ids | None = None) -> list[int]:
        """Ids of the rows with the fewest other signs; of these owners alone, where they are given."""
        rows, signs = self.rows, self._signs
        if owners is not None:
            chosen = np.isin(self.owners, owners)
            rows, signs = rows[chosen], signs[chosen]
        apart = np.bitwise_count(signs ^ np.frombuffer(sketch, np.uint64)).sum(axis=1, dtype=np.uint16)
        best = np.argpartition(apart, many)[:many] if len(apart) > many else np.arange(len(apart))
        return [int(one) for one in rows[best]]
