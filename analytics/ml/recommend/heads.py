"""The model of one kind of suggestion: how likely is a product in the customer's next basket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from analytics.ml.linear import fit_logistic
from analytics.ml.purchases import Floats
from analytics.ml.recommend.candidates import Inputs

PENALTY = 10.0
FEWEST_HITS = 30  # below: the given order
FEWEST_FOR_TREES = 400
ROUNDS = 200
SETTINGS: dict[str, object] = {
    "objective": "binary", "learning_rate": 0.05, "num_leaves": 15, "min_data_in_leaf": 100, "feature_fraction": 0.7,
    "bagging_fraction": 0.7, "bagging_freq": 1, "lambda_l2": 5.0,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Head:
    """Logistic regression, and its mean with boosted trees where enough was learnt from."""

    coef: Floats
    intercept: float
    booster: Any = None

    def log_odds(self, inputs: Inputs) -> Floats:
        """Of each row of `inputs` [n, k] to be in the next basket [n]."""
        return self.finished(self.linear(inputs), inputs)

    def linear(self, inputs: Inputs) -> Floats:
        """What the regression alone says [n]: a hundredth of the work."""
        return np.asarray(inputs.astype(np.float64) @ self.coef + self.intercept)

    def finished(self, linear: Floats, inputs: Inputs) -> Floats:
        """The log odds [n] of rows of which the regression has said its part."""
        if self.booster is None or not len(inputs):
            return linear
        from analytics.ml.trees import raw_scores

        return np.asarray((linear + raw_scores(self.booster, inputs)) / 2)


def fit_head(inputs: Inputs, bought: Floats, *, seed: int) -> Head | None:
    """`bought` [n] is 1 for what was in the next basket; None where too little was bought to learn from."""
    hits = int(bought.sum())
    if hits < FEWEST_HITS or hits == len(bought):
        return None
    coef, intercept = fit_logistic(inputs, bought, penalty=PENALTY)
    if hits < FEWEST_FOR_TREES:
        return Head(coef, intercept)
    from analytics.ml.trees import fit_rounds

    return Head(coef, intercept, fit_rounds(inputs, bought, SETTINGS | {"seed": seed}, rounds=ROUNDS, weight=None))
