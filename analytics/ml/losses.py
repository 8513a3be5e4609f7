"""Who was lost between two days: silent for longer than 90 days and three times the own usual gap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.ml.features import Features, build_timing
from analytics.ml.purchases import Purchases

SILENT_DAYS = 90.0
GAPS = 3.0


def still_there(features: Features) -> NDArray[np.bool_]:
    """Whether each customer counts as one on that day [n]. Who bought once has 90 days."""
    repeat = features.column("purchases") > 1
    limit = np.where(repeat, np.maximum(GAPS * features.column("usual_gap_days"), SILENT_DAYS), SILENT_DAYS)
    return np.asarray(features.column("recency_days") <= limit)


def count_lost(purchases: Purchases, months: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Of each month (first, end) the customers when the day `first` began, and how many of them were lost before the
    day `end` began."""
    there = {day: _customers(purchases, day) for day in {day for month in months for day in month}}
    return [(len(there[first]), int((~np.isin(there[first], there[end])).sum())) for first, end in months]


def _customers(purchases: Purchases, day: int) -> NDArray[Any]:
    timing = build_timing(purchases, day)
    return timing.customer_ids[still_there(timing)]
