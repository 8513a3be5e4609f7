"""Counts every night who was lost in the month; of a shop that begins, in the year before, too."""

from __future__ import annotations

from datetime import date

import numpy as np

from analytics.ml.losses import count_lost
from analytics.ml.purchases import Purchases, day_number
from analytics.models import CustomerMonth
from analytics.queries.clock import ShopClock
from analytics.queries.sales import month_of

MONTHS = 12
MONTHS_OF_MANY = 3
MANY_FILES = 10  # of 20,000 customers


class LossCount:
    """Who was lost in the months that are to be counted, from everybody's customer-days chunk by chunk; months that are
    over stay as they were counted first."""

    def __init__(self, clock: ShopClock, files: int) -> None:
        self._months = _months(clock, files)
        self._spans = [(day_number(month), day_number(end)) for month, end in self._months.items()]
        self._sums = np.zeros((len(self._spans), 2), np.int64)

    def add(self, purchases: Purchases) -> None:
        """Count these customers."""
        self._sums += np.array(count_lost(purchases, self._spans))

    def write(self) -> int:
        """Keep what was counted; returns of how many months."""
        CustomerMonth.objects.bulk_create(
            [CustomerMonth(month=month, customers=there, lost=lost)
             for month, (there, lost) in zip(self._months, self._sums.tolist(), strict=True)],
            update_conflicts=True, unique_fields=["month"], update_fields=["customers", "lost"],
        )  # fmt: skip
        return len(self._months)


def _months(clock: ShopClock, files: int) -> dict[date, date]:
    """The month that goes on and the one before, which the last night did not see whole; others if never counted."""
    this = month_of(clock.known_until)
    most = MONTHS_OF_MANY if files > MANY_FILES else MONTHS
    known = set(CustomerMonth.objects.values_list("month", flat=True))
    months = [month_of(this, back=back) for back in range(most, -1, -1)]
    recent = months[-2:]
    wanted = [month for month in months if month in recent or month not in known]
    return {month: min(month_of(month, back=-1), clock.known_until) for month in wanted}
