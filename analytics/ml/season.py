"""How much of a year's buying falls into a stretch of days: a cautious prior, bent by what the shop itself saw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.ml.btyd import BgNbd, History
from analytics.ml.purchases import Floats, Purchases, day_date

# A small shop before it has seen a whole year: quiet after New Year, busy from October to Christmas. The shape is
# the usual one of retail statistics between online and speciality shops; its strength is an unknown of each shop.
PRIOR = (0.85, 0.87, 0.95, 0.94, 0.97, 0.95, 0.94, 0.96, 0.99, 1.05, 1.20, 1.33)
STRENGTH, STRENGTH_SPREAD = 0.75, 0.5  # not every shop has a Christmas
MONTH_SPREAD = 0.15
NOISE = 0.08
WINDOW = 30
WARM_UP = 90


@dataclass(frozen=True)
class Season:
    """Buying in each month of the year relative to the mean month."""

    months: tuple[float, ...] = (1.0,) * 12

    def factor(self, first_day: int, days: int) -> float:
        """Mean over `days` days from the day number `first_day`; 1 is an average stretch."""
        return float(np.asarray(self.months) @ _shares(first_day, days))

    def swing(self, as_of: int, horizon_days: int, past_days: int) -> float:
        """The horizon beside the days that the features come from.

        Only half (a square root) of that past counts: rates over the whole history hardly feel it, those over the
        last half year do. So a good autumn is not taken for a good customer.
        """
        past = self.factor(as_of - past_days, past_days) if past_days else 1.0
        return float(self.factor(as_of, horizon_days) / np.sqrt(past))


def fit_season(purchases: Purchases, as_of: int, rhythm: BgNbd) -> Season:
    """The posterior mean of the months, from how far purchases in past windows of 30 days exceeded what the BG/NBD
    expected of the customers known then.

    log(actual / expected) = level + strength * log(prior) + the month's own; all normal, so one linear solve.
    """
    starts = range(purchases.first_day + WARM_UP, as_of - WINDOW + 1, WINDOW)
    seen = [_window(purchases, start, rhythm) for start in starts]
    prior = np.log(PRIOR)
    columns = np.array([[1.0, share @ prior, *share] for share, _, _ in seen]).reshape(-1, 14)
    surprise = np.array([ratio for _, ratio, _ in seen])
    weight = np.array([1 / noise for _, _, noise in seen])
    centre = np.array([0.0, STRENGTH, *[0.0] * 12])
    precision = 1 / np.array([1.0, STRENGTH_SPREAD, *[MONTH_SPREAD] * 12]) ** 2
    left = (columns.T * weight) @ columns + np.diag(precision)
    _, strength, *own = np.linalg.solve(left, (columns.T * weight) @ surprise + precision * centre)
    months = np.exp(strength * prior + np.asarray(own))
    return Season(tuple(float(month) for month in months / months.mean()))


def _window(purchases: Purchases, start: int, rhythm: BgNbd) -> tuple[Floats, float, float]:
    """Shares of the months, log(actual / expected purchases) and its variance, for one past window."""
    known = purchases.bought_before(start)
    later = purchases.between(start, start + WINDOW).buys()
    actual = float(later.row_counts[np.isin(later.customer_ids, known.customer_ids)].sum())
    expected = float(rhythm.purchases(History.at(known, start), WINDOW).sum()) if len(known) else 0.0
    return _shares(start, WINDOW), float(np.log((actual + 3) / (expected + 3))), 1 / (actual + 3) + NOISE**2


def _shares(first_day: int, days: int) -> Floats:
    months = [day_date(day).month - 1 for day in range(first_day, first_day + days)]
    return np.bincount(months, minlength=12) / days
