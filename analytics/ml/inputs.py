"""The columns that the models see: features on a logarithmic scale beside what BG/NBD and Gamma-Gamma say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.ml.btyd import BgNbd, GammaGamma, History
from analytics.ml.features import Features
from analytics.ml.purchases import Floats

LOGS = (
    "recency_days",
    "tenure_days",
    "purchases",
    "usual_gap_days",
    "last_gap_days",
    "spend",
    "average_spend",
    "usual_spend",
    "largest_spend",
    "purchases_30",
    "purchases_90",
    "purchases_180",
    "purchases_365",
    "spend_30",
    "spend_90",
    "spend_180",
    "spend_365",
    "purchases_91_180",
    "spend_91_180",
    "purchases_year_ago",
    "spend_year_ago",
    "returns",
)
OWN = ("overdue", "gap_spread", "returned_share", "orders_per_purchase", "last_against_average")
BTYD = ("logit_no_purchase", "log_expected_purchases", "log_purchase_money", "log_money_if_any")
NAMES = LOGS + OWN + BTYD


@dataclass(frozen=True)
class Rhythm:
    """The fitted BG/NBD and Gamma-Gamma of one shop."""

    buying: BgNbd
    money: GammaGamma


def build_inputs(features: Features, rhythm: Rhythm, horizon_days: int) -> NDArray[np.float32]:
    """The model matrix [n, len(NAMES)]; float32 already, so that training and ONNX see the same numbers."""
    logs = np.log1p(np.column_stack([features.column(name) for name in LOGS]))
    own = np.column_stack(
        [
            np.log(np.clip(features.column("overdue"), 1e-3, 20.0)),
            features.column("gap_spread"),
            features.column("returned_share"),
            np.log(features.column("orders") / features.column("purchases")),
            np.log(
                np.maximum(features.column("last_spend"), 0.01) / np.maximum(features.column("average_spend"), 0.01)
            ),
        ]
    )
    return np.column_stack((logs, own, _rhythm_columns(features, rhythm, horizon_days))).astype(np.float32)


def columns(names: tuple[str, ...]) -> list[int]:
    """Positions of these inputs."""
    return [NAMES.index(name) for name in names]


def logit(probability: Floats) -> Floats:
    """Log odds, kept within ±13.8."""
    safe = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(safe / (1 - safe)))


def sigmoid(log_odds: Floats) -> Floats:
    """The probability of log odds."""
    return np.asarray(1 / (1 + np.exp(-np.clip(log_odds, -60, 60))))


def _rhythm_columns(features: Features, rhythm: Rhythm, horizon_days: int) -> Floats:
    history = History.of(features)
    quiet = rhythm.buying.no_purchase(history, horizon_days)
    expected = np.maximum(rhythm.buying.purchases(history, horizon_days), 1e-6)
    money = np.maximum(rhythm.money.mean_spend(history), 1e-6)
    any_purchase = np.maximum(1 - quiet, 1e-6)
    return np.column_stack((logit(quiet), np.log(expected), np.log(money), np.log(expected * money / any_purchase)))
