"""Alternating least squares for implicit feedback (Hu, Koren, Volinsky 2008), a baseline of the evaluation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.ml.purchases import Floats, Ints

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

FACTORS, ROUNDS, STEPS = 64, 10, 3
CONFIDENCE, PENALTY = 20.0, 0.05
BLOCK = 100_000


def factorise(bought: csr_matrix, *, seed: int = 0) -> tuple[Floats, Floats]:
    """Vectors of customers [n, 64] and products [m, 64] whose products say how much one wants the other.

    Each half round takes three conjugate gradient steps (Takács, Pilászy, Tikk 2011).
    """
    rng = np.random.default_rng(seed)
    customers, items = (rng.normal(0, 0.05, (size, FACTORS)) for size in bought.shape)
    turned = bought.T.tocsr()
    for _ in range(ROUNDS):
        customers = _improved(customers, items, bought)
        items = _improved(items, customers, turned)
    return customers, items


def _improved(ours: Floats, theirs: Floats, bought: csr_matrix) -> Floats:
    rows = np.repeat(np.arange(bought.shape[0]), np.diff(bought.indptr))
    shared = theirs.T @ theirs + PENALTY * np.eye(FACTORS)

    def applied(vectors: Floats) -> Floats:
        weighed = bought.copy()
        weighed.data = CONFIDENCE * _products(vectors, rows, theirs, bought.indices)
        return np.asarray(vectors @ shared + weighed @ theirs)

    residual = (1 + CONFIDENCE) * (bought @ theirs) - applied(ours)
    direction, size = residual, (residual**2).sum(axis=1)
    for _ in range(STEPS):
        moved = applied(direction)
        length = size / np.maximum((direction * moved).sum(axis=1), 1e-12)
        ours = ours + length[:, None] * direction
        residual = residual - length[:, None] * moved
        grown = (residual**2).sum(axis=1)
        direction = residual + (grown / np.maximum(size, 1e-12))[:, None] * direction
        size = grown
    return ours


def _products(ours: Floats, rows: Ints, theirs: Floats, columns: Ints) -> Floats:
    """The product of two vectors for each of many pairs [pairs], some at a time so that memory stays flat."""
    found = np.empty(len(rows))
    for start in range(0, len(rows), BLOCK):
        part = slice(start, start + BLOCK)
        found[part] = np.einsum("ij,ij->i", ours[rows[part]], theirs[columns[part]])
    return found
