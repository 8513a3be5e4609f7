"""How many days a shop has to wait until a silence says something: its own horizon of leaving."""

from __future__ import annotations

import numpy as np

from analytics.ml.purchases import Ints, Purchases

HORIZON_RANGE = (14, 365)
DEFAULT_HORIZON = 90


def usual_horizon(purchases: Purchases, as_of: int) -> int:
    """The 80th percentile of the days between two purchases of a customer, within 14 … 365; 90 without any gap."""
    return horizon_of(gaps_of(purchases.before(as_of)))


def gaps_of(purchases: Purchases) -> Ints:
    """Days between two purchases of a customer, of all customers."""
    buys = purchases.buys()
    return np.asarray(np.diff(buys.days)[np.diff(buys.codes) == 0])


def horizon_of(gaps: Ints) -> int:
    """The horizon of a shop with these gaps."""
    if not len(gaps):
        return DEFAULT_HORIZON
    return int(np.clip(round(float(np.quantile(gaps, 0.8))), *HORIZON_RANGE))
