"""Which products go together: counted, as a shrunk cosine, and as a linear model of each product from all others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analytics.ml.purchases import Floats, Ints

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

MOST_ITEMS = 4000
SHRINKAGE = 10.0
RIDGE = 200.0

Matrix = NDArray[np.float32]


class Likeness:
    """Learns from who bought what, of at most `most_items` products with the most buyers.

    After `fit`: `kept_` are the positions of these products; `together_` [k, k] how many customers bought both (on the
    diagonal: bought it), `cosine_` [k, k] that over the geometric mean of both counts plus `shrinkage`, and `linear_`
    [k, k] the weights of the ridge regression of each product on all others (Steck 2019, "Embarrassingly shallow
    autoencoders"). Memory is four matrices of k² float32.
    """

    def __init__(self, *, most_items: int = MOST_ITEMS, shrinkage: float = SHRINKAGE, ridge: float = RIDGE) -> None:
        self.most_items, self.shrinkage, self.ridge = most_items, shrinkage, ridge

    def fit(self, customers: Ints, items: Ints, *, shape: tuple[int, int]) -> Likeness:
        """From distinct pairs of customer and product, of `shape` (customers, products)."""
        buyers = np.bincount(items, minlength=shape[1])
        self.kept_: Ints = np.sort(np.argsort(-buyers, kind="stable")[: self.most_items])
        self.kept_ = self.kept_[buyers[self.kept_] > 0]
        bought = spread(customers, items, None, rows=shape[0], kept=self.kept_, many=shape[1])
        self.together_: Matrix = np.asarray((bought.T @ bought).todense(), np.float32)
        self.cosine_ = self._cosine()
        self.linear_ = self._linear()
        return self

    def _cosine(self) -> Matrix:
        root = np.sqrt(self.together_.diagonal())
        found = self.together_ / (root[:, None] * root[None, :] + np.float32(self.shrinkage))
        np.fill_diagonal(found, 0)
        return np.asarray(found, np.float32)

    def _linear(self) -> Matrix:
        ridge = np.eye(len(self.kept_), dtype=np.float32) * np.float32(self.ridge)
        inverse = np.linalg.inv(self.together_ + ridge)
        weights = inverse / -inverse.diagonal()
        np.fill_diagonal(weights, 0)
        return np.asarray(weights, np.float32)


def spread(customers: Ints, items: Ints, weights: Floats | None, *, rows: int, kept: Ints, many: int) -> csr_matrix:
    """Pairs as a sparse matrix [rows, kept]; products that are not kept are left out."""
    from scipy.sparse import csr_matrix

    place = np.full(many, -1)
    place[kept] = np.arange(len(kept))
    at = place[items]
    known = at >= 0
    values = np.ones(len(items)) if weights is None else weights
    return csr_matrix((values[known].astype(np.float32), (customers[known], at[known])), (rows, len(kept)))
