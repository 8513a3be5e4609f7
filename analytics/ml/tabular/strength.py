"""How well a single column tells the outcome, by the outcome's rate in each of its levels or stretches."""

from __future__ import annotations

import numpy as np

from analytics.ml.inputs import logit
from analytics.ml.metrics import auc
from analytics.ml.purchases import Floats, Ints
from analytics.ml.tabular.columns import Column

BINS = 12
PRIOR_ROWS = 20.0


def cells_of(column: Column, edges: Floats | None = None) -> Ints:
    """Each row's level, or stretch between `edges` (by default the column's own quantiles); 0 is missing [n].

    What equals an edge is a cell of its own: half of the rows may share one value, as nothing paid yet.
    """
    if column.kind in ("number", "date", "flag"):
        known = column.values[np.isfinite(column.values)]
        edges = bin_edges(known) if edges is None else edges
        at = np.searchsorted(edges, column.values, side="left") + np.searchsorted(edges, column.values, side="right")
        return np.where(np.isfinite(column.values), 1 + at, 0)
    return column.codes + 1


def bin_edges(values: Floats, bins: int = BINS) -> Floats:
    """Up to bins - 1 inner quantiles without repeats."""
    if not len(values):
        return np.empty(0)
    return np.unique(np.quantile(values, np.arange(1, bins) / bins))


def rates(cells: Ints, outcome: Floats, cell_count: int, *, prior_rows: float = PRIOR_ROWS) -> Floats:
    """The outcome's rate in each cell, drawn towards the rate of all by `prior_rows` rows."""
    base = outcome.mean() if len(outcome) else 0.5
    hits = np.bincount(cells, outcome, cell_count)
    counts = np.bincount(cells, minlength=cell_count)
    return np.asarray((hits + prior_rows * base) / (counts + prior_rows))


def crossed_rates(cells: Ints, outcome: Floats, cell_count: int, *, folds: Ints) -> Floats:
    """Each row's rate as the other folds tell it, so that no row sees its own outcome [n]."""
    found = np.empty(len(cells))
    for fold in np.unique(folds):
        here = folds == fold
        found[here] = rates(cells[~here], outcome[~here], cell_count)[cells[here]]
    return found


def strength(column: Column, outcome: Floats, *, seed: int = 0) -> float:
    """AUC of the column alone, cross-fitted; .5 where it tells nothing."""
    cells = cells_of(column)
    folds = np.random.default_rng(seed).permutation(len(outcome)) % 5
    score = logit(crossed_rates(cells, outcome, int(cells.max(initial=0)) + 1, folds=folds))
    found = auc(outcome, score)
    return found if np.isfinite(found) else 0.5
