"""Who was lost between two days: silent for longer than 90 days and three times the own usual gap."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analytics.ml.features import Features, build_features
from analytics.ml.purchases import Purchases

SILENT_DAYS = 90.0
GAPS = 3.0


def still_there(features: Features) -> NDArray[np.bool_]:
    """Whether each customer counts as one on that day [n]. Who bought once has 90 days."""
    repeat = features.column("purchases") > 1
    limit = np.where(repeat, np.maximum(GAPS * features.column("usual_gap_days"), SILENT_DAYS), SILENT_DAYS)
    return np.asarray(features.column("recency_days") <= limit)


def count_lost(purchases: Purchases, first: int, end: int) -> tuple[int, int]:
    """Customers when the day `first` began, and how many of them were lost before the day `end` began."""
    then, now = build_features(purchases, first), build_features(purchases, end)
    customers = then.customer_ids[still_there(then)]
    stayed = now.customer_ids[still_there(now)]
    return len(customers), int((~np.isin(customers, stayed)).sum())
