"""The simple methods that a chance has to beat: base rate, best single column, few columns, naive Bayes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analytics.ml.inputs import logit, sigmoid
from analytics.ml.linear import fit_logistic
from analytics.ml.purchases import Floats, Ints
from analytics.ml.tabular.columns import Column
from analytics.ml.tabular.encoding import level_cells
from analytics.ml.tabular.strength import bin_edges, cells_of, rates, strength

FEW = 5
BAYES_PRIOR = 0.1


def simple_chances(
    columns: Sequence[Column], outcome: Floats, later: Sequence[Column], *, seed: int
) -> dict[str, Floats]:
    """P(yes) [m] of the rows of `later` by each method, learnt from `columns` and `outcome` [n].

    `naive_bayes` multiplies how often each level or stretch of every column was seen with yes and with no, as lead
    scoring in the Odoo CRM does.
    """
    rows = len(later[0]) if later else 0
    base = float((outcome.sum() + 1) / (len(outcome) + 2))
    found = {"base_rate": np.full(rows, base)}
    if not columns:
        return found
    order = sorted(range(len(columns)), key=lambda at: -abs(strength(columns[at], outcome, seed=seed) - 0.5))
    pairs = [_cells(columns[at], later[at]) for at in order]
    best_seen, best_later, count = pairs[0]
    found["best_column"] = rates(best_seen, outcome, count)[best_later]
    few = [_log_odds(pair, outcome) for pair in pairs[:FEW]]
    coef, shift = fit_logistic(np.column_stack([seen for seen, _ in few]), outcome, penalty=1.0)
    found["logistic_few"] = sigmoid(np.column_stack([after for _, after in few]) @ coef + shift)
    found["naive_bayes"] = _naive_bayes(pairs, outcome, base)
    return found


Pair = tuple[Ints, Ints, int]


def _cells(seen: Column, later: Column) -> Pair:
    """The cells of both, and how many cells there are."""
    if seen.kind in ("number", "date", "flag"):
        edges = bin_edges(seen.values[np.isfinite(seen.values)])
        return cells_of(seen, edges), cells_of(later, edges), 2 * len(edges) + 2
    return level_cells(seen, seen.levels), level_cells(later, seen.levels), len(seen.levels) + 2


def _log_odds(pair: Pair, outcome: Floats) -> tuple[Floats, Floats]:
    seen, later, count = pair
    found = logit(rates(seen, outcome, count))
    return found[seen], found[later]


def _naive_bayes(pairs: Sequence[Pair], outcome: Floats, base: float) -> Floats:
    total = np.full(len(pairs[0][1]), np.log(base / (1 - base)))
    for seen, later, count in pairs:
        yes = np.bincount(seen, outcome, count) + BAYES_PRIOR
        no = np.bincount(seen, 1 - outcome, count) + BAYES_PRIOR
        total += np.log(yes / yes.sum() / (no / no.sum()))[later]
    return sigmoid(total)
