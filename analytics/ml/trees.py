"""Small boosted trees; imported by training only (LightGBM)."""

from __future__ import annotations

from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from analytics.ml.purchases import Floats

ROUNDS = 150
MANY_ROWS = 150_000
PATIENCE = 40
STEADY: dict[str, object] = {
    "objective": "binary",
    "num_threads": 1,
    "deterministic": True,
    "force_col_wise": True,
    "verbose": -1,
}


def fit_trees(inputs: NDArray[np.float32], target: Floats, *, objective: str, seed: int) -> lgb.Booster:
    """A booster for `binary` (raw scores are log odds) or `regression`; the leaves grow with the rows."""
    data = lgb.Dataset(inputs, target)
    return lgb.train(growth(len(target)) | {"objective": objective, "seed": seed}, data, ROUNDS)


def fit_rounds(
    inputs: NDArray[np.float32], target: Floats, settings: dict[str, object], *, rounds: int, weight: Floats | None
) -> lgb.Booster:
    """Exactly so many trees for a 0/1 target; raw scores are log odds."""
    data = lgb.Dataset(inputs, target, weight=weight)
    return lgb.train(STEADY | settings, data, max(rounds, 1))


def count_rounds(
    learn: tuple[NDArray[np.float32], Floats, Floats | None],
    judge: tuple[NDArray[np.float32], Floats, Floats | None],
    settings: dict[str, object],
    *,
    most: int,
) -> lgb.Booster:
    """Trees until the log loss of `judge` (inputs, target, weight) has not fallen for a while, cut at the best."""
    data, seen = (lgb.Dataset(inputs, target, weight=weight) for inputs, target, weight in (learn, judge))
    patience = lgb.early_stopping(PATIENCE, verbose=False)
    return lgb.train(STEADY | settings, data, most, valid_sets=[seen], callbacks=[patience])


def raw_scores(booster: lgb.Booster, inputs: NDArray[np.float32]) -> Floats:
    """Sums of leaves [n]."""
    return np.asarray(booster.predict(inputs, raw_score=True, num_threads=1), dtype=np.float64)


def growth(rows: int) -> dict[str, Any]:
    """LightGBM's settings for so many rows."""
    leaves = 8 if rows < 30_000 else 15 if rows < MANY_ROWS else 31
    return {
        "learning_rate": 0.03 if rows < MANY_ROWS else 0.06,
        "num_leaves": leaves,
        "min_data_in_leaf": 40,
        "feature_fraction": 0.5,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "lambda_l2": 10.0,
        "num_threads": 1,
        "deterministic": True,
        "force_col_wise": True,
        "verbose": -1,
    }
