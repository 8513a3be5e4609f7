"""Ridge and logistic regression by a few linear solves; coefficients come back on the scale of the inputs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analytics.ml.inputs import sigmoid
from analytics.ml.purchases import Floats

STEPS = 30
CLOSE = 1e-8


def fit_ridge(inputs: NDArray[np.floating], target: Floats, *, penalty: float) -> tuple[Floats, float]:
    """Coefficients [k] and intercept of least squares; `penalty` is in rows, on standardised inputs."""
    scaled, middle, spread = _standardised(inputs)
    left = scaled.T @ scaled + penalty * np.eye(scaled.shape[1])
    coef = np.linalg.solve(left, scaled.T @ (target - target.mean())) / spread
    return coef, float(target.mean() - coef @ middle)


def fit_logistic(
    inputs: NDArray[np.floating], target: Floats, *, penalty: float, weight: Floats | None = None
) -> tuple[Floats, float]:
    """Coefficients [k] and intercept for a 0/1 target by Newton steps; the intercept is not penalised.

    `weight` [n] says how much each row counts, 1 by default.
    """
    scaled, middle, spread = _standardised(inputs)
    design = np.column_stack((scaled, np.ones(len(scaled))))
    counts = np.ones(len(scaled)) if weight is None else weight
    ridge = np.diag([*[penalty] * scaled.shape[1], 1e-6])
    solution = np.zeros(design.shape[1])
    for _ in range(STEPS):
        chance = sigmoid(design @ solution)
        slope = design.T @ (counts * (target - chance)) - ridge @ solution
        step = np.linalg.solve((design.T * (counts * chance * (1 - chance))) @ design + ridge, slope)
        solution += np.clip(step, -4, 4)
        if np.abs(step).max() < CLOSE:
            break
    coef = solution[:-1] / spread
    return coef, float(solution[-1] - coef @ middle)


def _standardised(inputs: NDArray[np.floating]) -> tuple[Floats, Floats, Floats]:
    wide = inputs.astype(np.float64)
    middle, spread = wide.mean(axis=0), wide.std(axis=0)
    spread[spread < 1e-9] = 1.0
    return (wide - middle) / spread, middle, spread
