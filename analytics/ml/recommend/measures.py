"""Measures of lists of ten: discounted gain, hits, what was found of the basket, and how much is ever shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.ml.purchases import Floats, Ints
from analytics.ml.recommend.baskets import Bools

TEN = 10
_DISCOUNTS = 1 / np.log2(np.arange(2, TEN + 2))


@dataclass(frozen=True, eq=False)
class Lists:
    """Products listed for customers [rows], at most ten each with places from 0: positions of both."""

    customers: Ints
    items: Ints
    places: Ints


@dataclass(frozen=True, eq=False)
class Found:
    """Of each asked customer [n]: normalised discounted gain, whether anything was hit, share of the basket found."""

    gain: Floats
    hit: Floats
    recall: Floats
    coverage: float

    def as_metrics(self) -> dict[str, float]:
        return {
            "ndcg10": float(self.gain.mean()),
            "hit10": float(self.hit.mean()),
            "recall10": float(self.recall.mean()),
            "coverage": self.coverage,
        }


def measure(lists: Lists, wanted: Ints, asked: Bools, *, catalogue: int, many: int) -> Found:
    """`wanted` are the cells customer * `many` + product of the next baskets, sorted; `asked` [customers] who counts.

    `coverage` is the share of `catalogue` products that stand in anybody's list.
    """
    size = np.bincount(wanted // many, minlength=len(asked))[asked]
    is_hit = np.isin(lists.customers * many + lists.items, wanted).astype(np.float64)
    gain = np.bincount(lists.customers, is_hit * _DISCOUNTS[lists.places], minlength=len(asked))[asked]
    hits = np.bincount(lists.customers, is_hit, minlength=len(asked))[asked]
    best = np.cumsum(_DISCOUNTS)[np.minimum(size, TEN) - 1]
    shown = len(np.unique(lists.items)) / max(catalogue, 1)
    return Found(gain / best, (hits > 0).astype(np.float64), hits / size, shown)
