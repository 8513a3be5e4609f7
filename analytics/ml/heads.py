"""A head is one learned number per customer: linear plus weighted trees, averaged over the ensemble's members."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.ml.inputs import NAMES, columns, sigmoid
from analytics.ml.linear import fit_logistic, fit_ridge
from analytics.ml.purchases import Floats

BG_NBD, LOGISTIC, TREES = "bg_nbd", "logistic", "trees"
MEMBERS = (BG_NBD, LOGISTIC, TREES)

RFM = ("recency_days", "purchases", "tenure_days", "spend")
RICH = (
    *("logit_no_purchase", "recency_days", "tenure_days", "purchases", "usual_gap_days", "gap_spread", "overdue"),
    *("last_gap_days", "average_spend", "last_against_average", "purchases_30", "purchases_90", "purchases_180"),
    *("spend_90", "returns", "returned_share", "orders_per_purchase"),
)
MONEY_INPUTS = (
    *RICH,
    *("log_expected_purchases", "log_purchase_money", "log_money_if_any", "usual_spend", "largest_spend"),
    *("spend_30", "spend_180", "spend"),
)

Inputs = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Head:
    """`inputs @ coef + intercept + tree_weight * trees`, with `coef` [k] on the scale of the inputs."""

    coef: Floats
    intercept: float
    booster: Any = None
    tree_weight: float = 0.0

    def margin(self, inputs: Inputs) -> Floats:
        """The head's number for each row [n]."""
        linear = inputs.astype(np.float64) @ self.coef + self.intercept
        if self.booster is None:
            return np.asarray(linear)
        from analytics.ml.trees import raw_scores

        return np.asarray(linear + self.tree_weight * raw_scores(self.booster, inputs))

    def stretched(self, slope: float, shift: float) -> Head:
        """slope * margin + shift, for calibration."""
        return Head(self.coef * slope, self.intercept * slope + shift, self.booster, self.tree_weight * slope)


def mean_head(heads: Sequence[Head]) -> Head:
    """The average of heads of which at most one has trees."""
    booster = next((head.booster for head in heads if head.booster is not None), None)
    coef = np.mean([head.coef for head in heads], axis=0)
    weight = float(np.mean([head.tree_weight for head in heads]))
    return Head(coef, float(np.mean([head.intercept for head in heads])), booster, weight)


def single_input(name: str) -> Head:
    """The head that repeats one input."""
    return _spread((name,), np.ones(1), 0.0)


def leaving_heads(inputs: Inputs, left: Floats, members: Sequence[str], *, grow: Callable[[], Any]) -> list[Head]:
    """One or more heads a member for the log odds of leaving; logistic regression comes small and rich.

    Each learns by itself: what is wrong in one is not carried into the others.
    """
    fits: dict[str, Callable[[], list[Head]]] = {
        BG_NBD: lambda: [single_input("logit_no_purchase")],
        LOGISTIC: lambda: [logistic_head(inputs, left, RFM, 1.0), logistic_head(inputs, left, RICH, 20.0)],
        TREES: lambda: [tree_head(grow(), inputs.shape[1])],
    }
    return [head for member in members for head in fits[member]()]


def money_heads(inputs: Inputs, log_money: Floats, members: Sequence[str], *, grow: Callable[[], Any]) -> list[Head]:
    """One head a member for the log money of those who buy; the BG/NBD member is shifted to the mean level."""

    def shifted() -> list[Head]:
        head = single_input("log_money_if_any")
        return [head.stretched(1.0, float((log_money - head.margin(inputs)).mean()))]

    fits: dict[str, Callable[[], list[Head]]] = {
        BG_NBD: shifted,
        LOGISTIC: lambda: [_ridge(inputs, log_money, MONEY_INPUTS, 20.0)],
        TREES: lambda: [tree_head(grow(), inputs.shape[1])],
    }
    return [head for member in members for head in fits[member]()]


def platt(margin: Floats, outcome: Floats, *, trust: float = 50.0) -> tuple[float, float]:
    """Slope and shift of log odds that fit the outcomes best; `trust` rows stand for slope 1 and shift 0."""
    solution, centre = np.array([1.0, 0.0]), np.array([1.0, 0.0])
    design = np.column_stack((margin, np.ones(len(margin))))
    ridge = trust * np.diag([float(margin.var()), 1.0]) / 4
    for _ in range(20):
        chance = sigmoid(design @ solution)
        slope = design.T @ (outcome - chance) - ridge @ (solution - centre)
        curve = (design.T * (chance * (1 - chance))) @ design + ridge
        solution = solution + np.linalg.solve(curve + 1e-9 * np.eye(2), slope)
    return float(max(solution[0], 0.05)), float(solution[1])


def logistic_head(inputs: Inputs, left: Floats, names: tuple[str, ...], penalty: float) -> Head:
    """Log odds of leaving from these inputs alone."""
    return _spread(names, *fit_logistic(inputs[:, columns(names)], left, penalty=penalty))


def _ridge(inputs: Inputs, target: Floats, names: tuple[str, ...], penalty: float) -> Head:
    return _spread(names, *fit_ridge(inputs[:, columns(names)], target, penalty=penalty))


def tree_head(booster: Any, width: int) -> Head:
    """What the trees say and nothing else."""
    return Head(np.zeros(width), 0.0, booster, 1.0)


def boosted_head(inputs: Inputs, target: Floats, objective: str, seed: int) -> Head:
    """Trees over all inputs; `objective` is `binary` (log odds) or `regression`."""
    from analytics.ml.trees import fit_trees

    booster = fit_trees(inputs, target, objective=objective, seed=seed)
    return tree_head(booster, inputs.shape[1])


def _spread(names: tuple[str, ...], coef: Floats, intercept: float) -> Head:
    wide = np.zeros(len(NAMES))
    wide[columns(names)] = coef
    return Head(wide, intercept)
