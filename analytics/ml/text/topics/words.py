"""Words and parts of words of a text as a sparse vector: what it says beside what it means."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from math import log
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
PLACES = 16384
_WORD = re.compile(r"[^\W_]+")
_PARTS = (3, 4, 5)


def word_list(text: str) -> list[str]:
    """The words in lower case."""
    return _WORD.findall(text.casefold())


def _features(text: str) -> Iterator[str]:
    """Words, pairs of words, and parts of three to five letters."""
    words = word_list(text)
    yield from words
    yield from (f"{first} {second}" for first, second in pairwise(words))
    for word in words:
        edged = f"<{word}>"
        yield from (edged[at : at + size] for size in _PARTS for at in range(len(edged) - size + 1))


def counts(text: str) -> dict[int, float]:
    """Damped counts by place; a hash puts each word and part at one of 16,384 places."""
    found = Counter(crc32(feature.encode()) % PLACES for feature in _features(text))
    return {place: 1 + log(count) for place, count in found.items()}


def rarity(texts: Iterable[str]) -> Floats:
    """How rare each place is in these texts [16384], smoothed."""
    every = [counts(text) for text in texts]
    seen = np.zeros(PLACES)
    for one in every:
        seen[list(one)] += 1
    return np.asarray(np.log((1 + len(every)) / (1 + seen)) + 1)


def word_vectors(texts: Sequence[str], weights: Floats) -> Floats:
    """Texts → vectors [n, 16384] of length 1 (0 for a text without a word)."""
    found = np.zeros((len(texts), PLACES))
    for row, text in enumerate(texts):
        _fill(found[row], counts(text))
    found *= weights
    return np.asarray(found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12))


def _fill(row: Floats, found: Mapping[int, float]) -> None:
    row[list(found)] = list(found.values())
