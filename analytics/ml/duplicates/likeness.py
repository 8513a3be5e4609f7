"""How alike two records are in each field, as a level from different to equal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler
from rapidfuzz.fuzz import token_sort_ratio

from analytics.ml.duplicates.fields import CODE, EMAIL, FAMILY, FULL, GIVEN, NAMES, PHONE, PLACE, Field, Words
from analytics.ml.purchases import Ints

Levels = NDArray[np.int8]
Told = dict[str, None]  # words in their order
UNKNOWN = -1
STEPS = (0.7, 0.85, 0.93, 0.9999)  # four edges, five levels
LEVELS = len(STEPS) + 1
EQUAL, AT_ODDS, ABBREVIATED = LEVELS - 1, 1, 2
BLOCK = 500_000
SAME_WORD = 0.85
SAY_NOTHING = {
    *(
        "the",
        "a",
        "of",
        "and",
        "at",
        "de",
        "la",
        "le",
        "les",
        "el",
        "los",
        "der",
        "die",
        "das",
        "und",
        "von",
        "et",
        "y",
    ),
    *("gmbh", "ag", "kg", "ohg", "mbh", "co", "inc", "ltd", "llc", "llp", "corp", "company", "limited", "sa", "sas"),
    *("sarl", "srl", "spa", "bv", "nv", "plc", "mr", "mrs", "ms", "dr", "jr", "sr", "herr", "frau", "mme", "e", "ev"),
}


def levels_of(fields: Sequence[Field], pairs: Ints) -> Levels:
    """Levels [m, fields], 0 different … 4 equal, -1 where either record says nothing."""
    parts = [pairs[start : start + BLOCK] for start in range(0, len(pairs), BLOCK)] or [pairs]
    return np.concatenate([levels_between(fields, part[:, 0], fields, part[:, 1]) for part in parts])


def levels_between(fields: Sequence[Field], left: Ints, others: Sequence[Field], right: Ints) -> Levels:
    """The same of rows `left` of one list and `right` of another with the same fields."""
    found = np.full((len(left), len(fields)), UNKNOWN, dtype=np.int8)
    for at, (ours, theirs) in enumerate(zip(fields, others, strict=True)):
        found[:, at] = compared(ours, ours.codes[left], theirs, theirs.codes[right])
    roles = [field.role for field in fields]
    if GIVEN in roles and FAMILY in roles:
        names = (roles.index(GIVEN), roles.index(FAMILY))
        rows = np.flatnonzero(found[:, names].max(axis=1) < ABBREVIATED)
        crossed = [
            compared(fields[one], fields[one].codes[left[rows]], others[other], others[other].codes[right[rows]])
            for one, other in (names, names[::-1])
        ]
        _swapped(found, rows, np.minimum(*crossed), names)
    return found


def _swapped(found: Levels, rows: Ints, crossed: Levels, names: tuple[int, int]) -> None:
    """Given and family name in each other's place count as one level below equal."""
    better = crossed > found[rows][:, names].max(axis=1)
    for at in names:
        found[rows[better], at] = np.minimum(crossed[better], EQUAL - 1)


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
    told: dict[str, Told] = {}
    for row in rows if field.role in (GIVEN, FULL) else rows[levels[rows] > AT_ODDS]:
        levels[row] = _judged(field.role, left[row], right[row], levels[row], told)
    return levels


def _judged(role: str, left: str, right: str, level: int, told: dict[str, Told]) -> int:
    """Lower where two addresses have different numbers, or two names each a word of its own; an initial is no slip.

    `told` keeps the words of names that were seen.
    """
    if role == PLACE:
        here, there = ({word for word in text.split() if word.isdigit()} for text in (left, right))
        return min(level, AT_ODDS) if here and there and not here & there else level
    if role not in NAMES:
        return level
    if role == GIVEN and 1 in (len(left), len(right)):
        return ABBREVIATED if left[0] == right[0] else 0
    ours, theirs = (told.get(name) or told.setdefault(name, telling(name)) for name in (left, right))
    if ours.keys() <= theirs.keys() or theirs.keys() <= ours.keys():
        return max(level, EQUAL - 1 if ours.keys() == theirs.keys() else ABBREVIATED)
    return min(level, AT_ODDS) if level > AT_ODDS and at_odds([*ours], [*theirs]) else level


def telling(name: str) -> Told:
    """The words of a name without articles and legal forms, all of them where nothing else is left, in their order."""
    words = name.split()
    return dict.fromkeys([word for word in words if word not in SAY_NOTHING] or words)


def at_odds(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    """Each of two names of several words has a word that the other lacks, as two restaurants of one hotel."""
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
        return np.asarray(
            process.cpdist(left, right, scorer=DamerauLevenshtein.normalized_similarity, dtype=np.float32)
        )
    alike = np.asarray(process.cpdist(left, right, scorer=JaroWinkler.normalized_similarity, dtype=np.float32))
    if kind == EMAIL:
        return alike
    by_word = np.asarray(process.cpdist(left, right, scorer=token_sort_ratio, dtype=np.float32)) / 100
    return np.asarray(np.maximum(alike, by_word))
