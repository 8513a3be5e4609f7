"""How alike two records are in each field, as a level from different to equal."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler
from rapidfuzz.fuzz import token_sort_ratio

from analytics.ml.duplicates.fields import CODE, EMAIL, FAMILY, GIVEN, NAME, PHONE, Field, Words
from analytics.ml.purchases import Ints

Levels = NDArray[np.int8]
UNKNOWN = -1
STEPS = (0.7, 0.85, 0.93, 0.9999)  # four edges, five levels
LEVELS = len(STEPS) + 1
BLOCK = 500_000


def levels_of(fields: list[Field], pairs: Ints) -> Levels:
    """Levels [m, fields], 0 different … 4 equal, -1 where either record says nothing."""
    found = np.full((len(pairs), len(fields)), UNKNOWN, dtype=np.int8)
    for start in range(0, len(pairs), BLOCK):
        part = pairs[start : start + BLOCK]
        for at, field in enumerate(fields):
            found[start : start + BLOCK, at] = _levels(field.kind, field.values[part[:, 0]], field.values[part[:, 1]])
        _swapped(fields, part, found[start : start + BLOCK])
    return found


def _swapped(fields: list[Field], part: Ints, found: Levels) -> None:
    """Given and family name in each other's place count as one level below equal."""
    given = next((at for at, field in enumerate(fields) if field.name in GIVEN), None)
    family = next((at for at, field in enumerate(fields) if field.name in FAMILY), None)
    if given is None or family is None:
        return
    left, right = part.T
    crossed = [
        _levels(NAME, fields[given].values[left], fields[family].values[right]),
        _levels(NAME, fields[family].values[left], fields[given].values[right]),
    ]
    both = np.minimum(*crossed)
    better = both > np.maximum(found[:, given], found[:, family])
    for at in (given, family):
        found[better, at] = np.minimum(both[better], LEVELS - 2)


def _levels(kind: str, left: Words, right: Words) -> Levels:
    known = (left != "") & (right != "")
    levels = np.full(len(left), UNKNOWN, dtype=np.int8)
    if known.any():
        levels[known] = np.searchsorted(STEPS, _alike(kind, left[known], right[known]), side="right")
    return levels


def _alike(kind: str, left: Words, right: Words) -> NDArray[np.float32]:
    """0 … 1 [m]."""
    a, b = left.tolist(), right.tolist()
    if kind in (CODE, PHONE):
        return np.asarray(process.cpdist(a, b, scorer=DamerauLevenshtein.normalized_similarity, dtype=np.float32))
    alike = np.asarray(process.cpdist(a, b, scorer=JaroWinkler.normalized_similarity, dtype=np.float32))
    if kind == EMAIL:
        return alike
    by_word = np.asarray(process.cpdist(a, b, scorer=token_sort_ratio, dtype=np.float32)) / 100
    return np.asarray(np.maximum(alike, by_word))
