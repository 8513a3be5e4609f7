"""The simple methods and single models that a served model has to beat; imported by training and evaluation only."""

from __future__ import annotations

from typing import Any

import numpy as np

from analytics.ml.btyd import History
from analytics.ml.features import Features
from analytics.ml.heads import RFM, Head, boosted_head, logistic_head, tree_head
from analytics.ml.inputs import sigmoid
from analytics.ml.purchases import Floats, Purchases
from analytics.ml.study import Study


def churn_baselines(study: Study, *, seed: int, booster: Any = None) -> dict[str, Floats]:
    """P(no purchase) [n] for `study.features` by each method; the learned ones need a closed window.

    `booster`: the trees that a model has learned from these windows already."""
    found = {"bg_nbd": study.serving.rhythm.buying.no_purchase(History.of(study.features), study.serving.horizon_days)}
    left = _joined([window.left for window in study.windows])
    if not 0 < left.sum() < len(left):
        return found | {"base_rate": np.full(len(study.features), _one(left, default=0.5))}
    inputs = np.vstack([window.inputs for window in study.windows])
    heads = {
        "recency": logistic_head(inputs, left, ("recency_days",), 1.0),
        "logistic_rfm": logistic_head(inputs, left, RFM, 1.0),
        "lightgbm": tree_head(booster, inputs.shape[1]) if booster else boosted_head(inputs, left, "binary", seed),
    }
    now = study.serving.inputs(study.features)
    found |= {name: sigmoid(head.margin(now)) for name, head in heads.items()}
    return found | {"base_rate": np.full(len(study.features), left.mean())}


def value_baselines(study: Study, *, seed: int) -> dict[str, Floats]:
    """Expected money [n] for `study.features` by each method; the learned ones need a closed window."""
    days, features = study.serving.horizon_days, study.features
    history, rhythm = History.of(features), study.serving.rhythm
    found = {
        "own_mean": features.column("spend") / features.column("tenure_days") * days,
        "last_window": spend_between(study.purchases, features, study.as_of - days, study.as_of),
        "bg_nbd_gamma_gamma": rhythm.buying.purchases(history, days) * rhythm.money.mean_spend(history),
    }
    spend = np.maximum(_joined([window.spend for window in study.windows]), 0.0)
    if not (spend > 0).any():
        return found
    stretch = days / study.serving.learnt_days
    found["mean"] = np.full(len(features), spend.mean() * stretch)
    return found | {"lightgbm_two_stage": _two_stage(study, spend, seed) * stretch}


def spend_between(purchases: Purchases, features: Features, first: int, end: int) -> Floats:
    """Net money [n] of the days first … end - 1."""
    rows = purchases.between(first, end)
    total = np.zeros(len(features))
    at = np.searchsorted(features.customer_ids, rows.customer_ids)
    known = np.isin(rows.customer_ids, features.customer_ids)
    total[at[known]] = np.add.reduceat(rows.amounts, rows.starts[:-1])[known] if len(rows) else 0.0
    return total


def _two_stage(study: Study, spend: Floats, seed: int) -> Floats:
    inputs, now = np.vstack([window.inputs for window in study.windows]), study.serving.inputs(study.features)
    buyers = spend > 0
    chance: Head = boosted_head(inputs, buyers.astype(np.float64), "binary", seed)
    money: Head = boosted_head(inputs[buyers], np.log(spend[buyers]), "regression", seed)
    smear = spend[buyers].sum() / np.exp(money.margin(inputs[buyers])).sum()
    return np.asarray(sigmoid(chance.margin(now)) * np.exp(money.margin(now)) * smear)


def _joined(parts: list[Floats]) -> Floats:
    return np.concatenate(parts) if parts else np.empty(0)


def _one(left: Floats, *, default: float) -> float:
    return float(left.mean()) if len(left) else default
