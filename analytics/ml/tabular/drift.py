"""Whether the rate of an outcome moves along the order of its rows by more than chance."""

from __future__ import annotations

import numpy as np

from analytics.ml.purchases import Floats

BLOCKS = 20
MOVES, SURELY_MOVES = 30.0, 45.0  # chance reaches these once in twenty and once in a thousand tables


def movement(outcome: Floats) -> float:
    """Chi square of the rate in 20 stretches of the order [n] against one rate throughout; 19 degrees of freedom."""
    base = outcome.mean() if len(outcome) else 0.0
    if not 0 < base < 1:
        return 0.0
    parts = [part for part in np.array_split(outcome, BLOCKS) if len(part)]
    return float(sum((part.sum() - base * len(part)) ** 2 / (len(part) * base * (1 - base)) for part in parts))
