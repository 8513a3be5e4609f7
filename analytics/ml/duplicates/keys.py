"""Which pairs of records are worth comparing: those that share a few short codes, or one address or number."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from analytics.ml.duplicates.fields import EMAIL, PHONE, Field, Words
from analytics.ml.purchases import Ints

MOST_IN_BLOCK = 40
LEAST_IN_BLOCK = 8
MANY_ROWS = 10_000
MOST_FIELDS = 7
FEW_FIELDS = 5  # so few share at most a code or two when one of them is wrong
ENOUGH = 2
SURE_KINDS = (EMAIL, PHONE)


def candidate_pairs(fields: list[Field]) -> Ints:
    """Pairs [m, 2] of row numbers, first below second, sorted.

    Larger blocks than 40 records (fewer in a long list) say little and are skipped, so that memory grows with the
    records and not with their square.
    """
    rows = len(fields[0].values) if fields else 0
    largest = int(np.clip(MOST_IN_BLOCK * MANY_ROWS / max(rows, 1), LEAST_IN_BLOCK, MOST_IN_BLOCK))
    found, seen = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    for codes, votes in _keys(fields):
        found, seen = _counted(found, seen, _pairs_within(codes, rows, largest), votes)
    found = found[seen >= (ENOUGH if len(fields) > FEW_FIELDS else 1)]
    return np.column_stack((found // max(rows, 1), found % max(rows, 1)))


def _counted(found: Ints, seen: Ints, more: Ints, votes: int) -> tuple[Ints, Ints]:
    """Sorted packed pairs and the votes of each, with those of one key more."""
    joined, inverse = np.unique(np.concatenate((found, more)), return_inverse=True)
    total = np.zeros(len(joined), dtype=np.int64)
    total[inverse[: len(found)]] = seen
    total[inverse[len(found) :]] += votes
    return joined, total


def _keys(fields: list[Field]) -> Iterator[tuple[Ints, int]]:
    """Numbers [n] of each key, -1 where a record has none, with its votes."""
    for field in fields:
        yield _numbers(field.values), ENOUGH if field.kind in SURE_KINDS else 1
    chosen = sorted(fields, key=lambda field: -len(set(field.values)))[:MOST_FIELDS]
    for cut in (_head, _tail):
        codes = [_numbers(np.array([cut(value) for value in field.values], dtype=object)) for field in chosen]
        yield from ((_both(first, second), 1) for first, second in combinations(codes, 2))
    yield _numbers(_bag(fields)), ENOUGH


def _head(value: str) -> str:
    return value.partition("@")[0].partition(" ")[0][:4]


def _tail(value: str) -> str:
    return value.partition("@")[0][-3:]


def _bag(fields: list[Field]) -> Words:
    """The first letters of all words of a record, so that swapped fields meet."""
    joined = zip(*(field.values for field in fields), strict=True)
    return np.array(
        [" ".join(sorted(word[:2] for value in values for word in value.split())) for values in joined], dtype=object
    )


def _numbers(values: Words) -> Ints:
    distinct = {"": -1}
    return np.fromiter((distinct.setdefault(value, len(distinct)) for value in values), np.int64, len(values))


def _both(first: Ints, second: Ints) -> Ints:
    return np.asarray(np.where((first < 0) | (second < 0), -1, first * (second.max(initial=0) + 1) + second))


def _pairs_within(codes: Ints, rows: int, largest: int) -> Ints:
    """Packed pairs (first * rows + second) of records with one code."""
    known = np.flatnonzero(codes >= 0)
    order = known[np.argsort(codes[known], kind="stable")]
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1) != 0)
    sizes = np.diff(np.append(starts, len(order)))
    parts = [_square(order, starts[sizes == size], size, rows) for size in np.unique(sizes) if 2 <= size <= largest]
    return np.unique(np.concatenate(parts)) if parts else np.empty(0, dtype=np.int64)


def _square(order: Ints, starts: Ints, size: int, rows: int) -> Ints:
    members = order[starts[:, None] + np.arange(size)]
    first, second = np.triu_indices(size, 1)
    low, high = np.minimum(members[:, first], members[:, second]), np.maximum(members[:, first], members[:, second])
    return np.asarray((low * rows + high).ravel())
