"""Two records that are both the same as a third are the same as each other, unless they speak against it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from analytics.ml.purchases import Floats, Ints

STRENGTHS = (8.0, 5.0, 3.0, 1.5, 0.0)  # log odds, strongest first
MOST_LINKS = 200  # of one record: more are no record's doubles but a default value
ROUNDS = 2

Judge = Callable[[Ints, Floats], Floats]  # pairs [k, 2] and the weaker link of each → log odds [k]


def through_others(pairs: Ints, score: Floats, rows: int, judge: Judge) -> tuple[Ints, Floats]:
    """The pairs, sorted, and their log odds, with those that a third record links; `judge` says what speaks against."""
    for _ in range(ROUNDS):
        found, links = _two_steps(pairs, score, rows)
        joined = np.concatenate((pairs[:, 0] * rows + pairs[:, 1], found))
        told = judge(np.column_stack((found // rows, found % rows)), links)
        both = np.concatenate((score, told))
        order = np.lexsort((-both, joined))
        first = np.diff(joined[order], prepend=-1) != 0
        kept = order[first]
        pairs, score = np.column_stack((joined[kept] // rows, joined[kept] % rows)), both[kept]
    return pairs, score


def _two_steps(pairs: Ints, score: Floats, rows: int) -> tuple[Ints, Floats]:
    """Packed pairs that share a record linked to both, and the weaker of the best two links."""
    from scipy.sparse import csr_matrix, triu

    packed, links = np.empty(0, dtype=np.int64), np.empty(0)
    for strength in STRENGTHS:
        strong = pairs[score >= strength]
        degree = np.bincount(strong.ravel(), minlength=rows)
        strong = strong[(degree[strong] <= MOST_LINKS).all(axis=1)]
        ends = np.concatenate((strong, strong[:, ::-1])).T
        near = csr_matrix((np.ones(ends.shape[1], dtype=np.int32), (ends[0], ends[1])), (rows, rows))
        two = triu(near @ near, 1).tocoo()
        more = np.setdiff1d(two.row.astype(np.int64) * rows + two.col, packed)
        packed, links = np.concatenate((packed, more)), np.concatenate((links, np.full(len(more), strength)))
    return packed, links
