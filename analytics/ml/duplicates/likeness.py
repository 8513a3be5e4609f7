"""How alike two records are in each field, as a level from different to equal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler
from rapidfuzz.fuzz import token_sort_ratio

from analytics.ml.duplicates.fields import CODE, EMAIL, FAMILY, GIVEN, NAMES, PHONE, PLACE, Field, Words
from analytics.ml.purchases import Ints

Levels = NDArray[np.int8]
UNKNOWN = -1
STEPS = (0.7, 0.85, 0.93, 0.9999)  # four edges, five levels
LEVELS = len(STEPS) + 1
EQUAL, AT_ODDS, ABBREVIATED = LEVELS - 1, 1, 2
BLOCK = 500_000
SAME_WORD = 0.85
SAY_NOTHING = {
    *("the", "a", "of", "and", "at", "de", "la", "le", "les", "el", "los", "der", "die", "das", "und", "von", "et", "y"),
    *("gmbh", "ag", "kg", "ohg", "mbh", "co", "inc", "ltd", "llc", "llp", "corp", "company", "limited", "sa", "sas"),
    *("sarl", "srl", "spa", "bv", "nv", "plc", "mr", "mrs", "ms", "dr", "jr", "sr", "herr", "frau", "mme", "e", "ev"),
}


def levels_of(fields: Sequence[Field], pairs: Ints) -> Levels:
    """Levels [m, fields], 0 different … 4 equal, -1 where either record says nothing."""
    found = np.full((len(pairs), len(fields)), UNKNOWN, dtype=np.int8)
    for start in range(0, len(pairs), BLOCK):
        part = pairs[start : start + BLOCK]
        for at, field in enumerate(fields):
            left, right = field.codes[part[:, 0]], field.codes[part[:, 1]]
            found[start : start + BLOCK, at] = compared(field, left, field, right)
        _swapped(fields, part, found[start : start + BLOCK])
    return found


def _swapped(fields: Sequence[Field], part: Ints, found: Levels) -> None:
    """Given and family name in each other's place count as one level below equal."""
    given = next((at for at, field in enumerate(fields) if field.role == GIVEN), None)
    family = next((at for at, field in enumerate(fields) if field.role == FAMILY), None)
    if given is None or family is None:
        return
    rows = np.flatnonzero(np.maximum(found[:, given], found[:, family]) < ABBREVIATED)
    left, right = part[rows].T
    first, last = fields[given], fields[family]
    crossed = [
        compared(first, first.codes[left], last, last.codes[right]),
        compared(last, last.codes[left], first, first.codes[right]),
    ]
    both = np.minimum(*crossed)
    better = both > np.maximum(found[rows, given], found[rows, family])
    for at in (given, family):
        found[rows[better], at] = np.minimum(both[better], EQUAL - 1)


def compared(field: Field, left: Ints, other: Field, right: Ints) -> Levels:
    """Levels [m] of values given by their numbers; each two different values are compared once."""
    levels = np.full(len(left), UNKNOWN, dtype=np.int8)
    known = np.flatnonzero((left >= 0) & (right >= 0))
    if not len(known):
        return levels
    width = len(other.distinct)
    packed, back = np.unique(left[known] * width + right[known], return_inverse=True)
    ours, theirs = field.distinct[packed // width], other.distinct[packed % width]
    levels[known] = _levels(field, ours, theirs)[back]
    return levels


def _levels(field: Field, left: Words, right: Words) -> Levels:
    levels = np.full(len(left), EQUAL, dtype=np.int8)
    rows = np.flatnonzero(left != right)
    if not len(rows):
        return levels
    alike = _alike(field.kind, left[rows].tolist(), right[rows].tolist())
    levels[rows] = np.searchsorted(STEPS, alike, side="right")
    if field.kind == CODE or field.kind in (PHONE, EMAIL):
        return levels
    for row in rows[levels[rows] > AT_ODDS] if field.role != GIVEN else rows[levels[rows] >= 0]:
        levels[row] = _judged(field.role, left[row], right[row], levels[row])
    return levels


def _judged(role: str, left: str, right: str, level: int) -> int:
    """Lower where two addresses have different numbers, or two names each a word of its own; an initial is no slip."""
    if role == PLACE:
        ours, theirs = ({word for word in text.split() if word.isdigit()} for text in (left, right))
        return min(level, AT_ODDS) if ours and theirs and not ours & theirs else level
    if role not in NAMES:
        return level
    if role == GIVEN and 1 in (len(left), len(right)):
        return ABBREVIATED if left[0] == right[0] else 0
    return min(level, AT_ODDS) if at_odds(left, right) else level


def at_odds(left: str, right: str) -> bool:
    """Each of two names of several words has a word that the other lacks, as two restaurants of one hotel."""
    ours, theirs = ([word for word in text.split() if word not in SAY_NOTHING] for text in (left, right))
    if len(ours) + len(theirs) < 3 or "".join(sorted(ours)) == "".join(sorted(theirs)):
        return False
    return _has_own(ours, theirs) and _has_own(theirs, ours)


def _has_own(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    joined = "".join(theirs)
    return any(word not in joined and not any(_same_word(word, other) for other in theirs) for word in ours)


def _same_word(word: str, other: str) -> bool:
    if word.startswith(other) or other.startswith(word):
        return True
    return JaroWinkler.similarity(word, other) >= SAME_WORD


def _alike(kind: str, left: list[str], right: list[str]) -> NDArray[np.float32]:
    """0 … 1 [m]."""
    if kind in (CODE, PHONE):
        return np.asarray(process.cpdist(left, right, scorer=DamerauLevenshtein.normalized_similarity, dtype=np.float32))
    alike = np.asarray(process.cpdist(left, right, scorer=JaroWinkler.normalized_similarity, dtype=np.float32))
    if kind == EMAIL:
        return alike
    by_word = np.asarray(process.cpdist(left, right, scorer=token_sort_ratio, dtype=np.float32)) / 100
    return np.asarray(np.maximum(alike, by_word))
