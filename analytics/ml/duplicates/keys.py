"""Which pairs of records are worth comparing: those that share a few short codes, or one address or number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from analytics.ml.duplicates.fields import EMAIL, PHONE, Field, Words
from analytics.ml.purchases import Ints

MOST_IN_BLOCK = 120
SMALL_BLOCK = 4  # so small a block is never cut
PAIRS_OF_A_RECORD = 10  # that one key may bring, on average
MOST_PAIRS = 12_000_000  # that all keys together may bring
MOST_FIELDS = 7
FEW_FIELDS = 5  # so few share at most a code or two when one of them is wrong
ENOUGH = 2
SURE_KINDS = (EMAIL, PHONE)
MOST_LIKE = 200  # rows that a new record is compared with
BUFFER = 3_000_000


@dataclass(frozen=True, eq=False)
class CandidatePairs:
    """`pairs` [m, 2] of row numbers, first below second, sorted; `cut` tells how often a record stood in a block that
    was too large to compare, summed over all keys."""

    pairs: Ints
    cut: int


def candidate_pairs(fields: Sequence[Field]) -> CandidatePairs:
    """Pairs of records that share enough.

    A key brings its smallest blocks first, until it has brought its part of the pairs that are allowed in all: what
    many share says little, and memory grows with the records and not with their square.
    """
    rows = len(fields[0].values) if fields else 0
    many = len(fields) + 2 * min(len(fields), MOST_FIELDS) ** 2 // 2 + 1
    most = min(PAIRS_OF_A_RECORD * rows, MOST_PAIRS // many)
    votes, cut = _Votes(), 0
    for codes, weight in keys(fields):
        found, left_out = _pairs_within(codes, rows, most)
        votes.add(found, weight)
        cut += left_out
    found = votes.at_least(ENOUGH if len(fields) > FEW_FIELDS else 1)
    return CandidatePairs(np.column_stack((found // max(rows, 1), found % max(rows, 1))), cut)


class _Votes:
    """Packed pairs and the votes of each, added up whenever enough have come."""

    def __init__(self) -> None:
        self.pairs, self.votes = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int16)
        self.waiting: list[Ints] = []
        self.weights: list[int] = []

    def add(self, pairs: Ints, votes: int) -> None:
        self.waiting.append(pairs)
        self.weights.append(votes)
        if sum(map(len, self.waiting)) > BUFFER:
            self._add_up()

    def at_least(self, votes: int) -> Ints:
        """Sorted pairs that so many keys brought."""
        self._add_up()
        return self.pairs[self.votes >= votes]

    def _add_up(self) -> None:
        pairs = np.concatenate([self.pairs, *self.waiting])
        weights = [np.full(len(more), votes, np.int16) for more, votes in zip(self.waiting, self.weights, strict=True)]
        votes = np.concatenate([self.votes, *weights])
        self.waiting, self.weights = [], []
        order = np.argsort(pairs, kind="stable")
        pairs, votes = pairs[order], votes[order]
        first = np.flatnonzero(np.diff(pairs, prepend=-1) != 0)
        self.pairs = pairs[first]
        self.votes = np.add.reduceat(votes, first, dtype=np.int16) if len(first) else votes


def keys(fields: Sequence[Field]) -> Iterator[tuple[Ints, int]]:
    """Numbers [n] of each key, -1 where a record has none, with its votes."""
    for field in fields:
        yield field.codes, ENOUGH if field.kind in SURE_KINDS else 1
    chosen = sorted(fields, key=lambda field: -len(field.distinct))[:MOST_FIELDS]
    for cut in (head, tail):
        codes = [cut_codes(field, cut) for field in chosen]
        yield from ((_both(first, second), 1) for first, second in combinations(codes, 2))
    yield _numbers(_bag(fields)), ENOUGH


def head(value: str) -> str:
    return value.partition("@")[0].partition(" ")[0][:4]


def tail(value: str) -> str:
    return value.partition("@")[0][-3:]


def cut_codes(field: Field, cut: Callable[[str], str]) -> Ints:
    """The number of each record's head or tail [n]; the number of a value is cut once."""
    of_values = _numbers(np.array([*map(cut, field.distinct), ""], dtype=object))
    return np.asarray(of_values[field.codes])


class Index:
    """Finds the rows that a new record may be, by what they share with it."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self.fields = fields
        self.cuts = []
        for cut in (head, tail):
            for field in fields:
                numbers: dict[str, int] = {}
                known = [numbers.setdefault(cut(value), len(numbers)) for value in field.distinct]
                self.cuts.append((cut, numbers, np.array([*known, -1], np.int32)[field.codes]))

    def rows_like(self, values: Sequence[str]) -> Ints:
        """At most 200 rows, sorted, that share a whole value or two parts with the plain `values` of a record."""
        votes = np.zeros(len(self.fields[0].values), np.int16)
        for field, value in zip(self.fields, values, strict=True):
            if value in field.numbers and value:
                votes += (ENOUGH if field.kind not in SURE_KINDS else 2 * ENOUGH) * (
                    field.codes == field.numbers[value]
                )
        for at, (cut, numbers, codes) in enumerate(self.cuts):
            value = values[at % len(self.fields)]
            if value and (number := numbers.get(cut(value))) is not None:
                votes += codes == number
        enough = np.flatnonzero(votes >= ENOUGH)
        best = np.argsort(-votes[enough], kind="stable")[:MOST_LIKE]
        return np.sort(enough[best])


def _bag(fields: Sequence[Field]) -> Words:
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


def _pairs_within(codes: Ints, rows: int, most: int) -> tuple[Ints, int]:
    """Packed pairs (first * rows + second) of records with one code, and how many records stand in blocks left out."""
    known = np.flatnonzero(codes >= 0)
    order = known[np.argsort(codes[known], kind="stable")]
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1) != 0)
    sizes = np.diff(np.append(starts, len(order)))
    largest = _largest(sizes, most)
    parts = [_square(order, starts[sizes == size], size, rows) for size in np.unique(sizes) if 2 <= size <= largest]
    cut = int(sizes[sizes > largest].sum())
    return (np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)), cut


def _largest(sizes: Ints, most: int) -> int:
    """The size up to which all blocks together have no more pairs than `most`."""
    blocks = np.bincount(sizes[sizes <= MOST_IN_BLOCK], minlength=MOST_IN_BLOCK + 1)
    size = np.arange(len(blocks))
    return max(SMALL_BLOCK, int(np.searchsorted(np.cumsum(blocks * (size * (size - 1) // 2)), most, side="right")) - 1)


def _square(order: Ints, starts: Ints, size: int, rows: int) -> Ints:
    members = order[starts[:, None] + np.arange(size)]
    first, second = np.triu_indices(size, 1)
    low, high = np.minimum(members[:, first], members[:, second]), np.maximum(members[:, first], members[:, second])
    return np.asarray((low * rows + high).ravel())
