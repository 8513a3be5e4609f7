"""What open deals may bring, by the month in which they are expected to close."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case, Count, DateField, F, QuerySet, Value, When
from django.db.models.functions import TruncMonth

from crm.models import Deal, Stage

from .deal_board import VALUE_SUM, WEIGHTED_SUM, Totals

MONTHS = 6
DAY = timedelta(days=1)


@dataclass(frozen=True)
class ForecastRow:
    """The deals of one month. `first` and `last` bound the days; both None: no day is set."""

    totals: Totals
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class Forecast:
    """Deals whose day has passed, the coming months, all that is later, and those without a day."""

    overdue: ForecastRow
    months: Sequence[ForecastRow]
    later: ForecastRow
    undated: ForecastRow

    @property
    def totals(self) -> Totals:
        rows = [self.overdue, *self.months, self.later, self.undated]
        return sum((row.totals for row in rows), Totals())


def deal_forecast(deals: QuerySet[Deal], *, today: date) -> Forecast:
    """The forecast of the open ones of these deals, in one grouped query."""
    starts = [_month_after(today, number) for number in range(MONTHS + 1)]
    found = _sums(deals, today, starts[-1])
    ends = [start - DAY for start in starts[1:]]
    months = [
        ForecastRow(found.get(start, Totals()), max(start, today), end)
        for start, end in zip(starts, ends, strict=False)
    ]
    return Forecast(
        overdue=ForecastRow(found.get(_OVERDUE, Totals()), None, today - DAY),
        months=months,
        later=ForecastRow(found.get(starts[-1], Totals()), starts[-1], None),
        undated=ForecastRow(found.get(None, Totals())),
    )


_OVERDUE = date(1, 1, 1)


def _sums(deals: QuerySet[Deal], today: date, later: date) -> dict[date | None, Totals]:
    """Sums by the first day of the month; what is overdue and what is later each under one key."""
    when = F("expected_close_on")
    month: Any = Case(
        When(expected_close_on__lt=today, then=Value(_OVERDUE)),
        When(expected_close_on__gte=later, then=Value(later)),
        default=TruncMonth(when),
        output_field=DateField(),
    )
    rows = (
        deals.order_by()
        .filter(stage__kind=Stage.Kind.OPEN)
        .annotate(month=month)
        .values_list("month")
        .annotate(number=Count("pk"), total=VALUE_SUM, weighted=WEIGHTED_SUM)
    )
    return {_day(month): Totals.of(number, total, weighted) for month, number, total, weighted in rows}


def _day(month: date | None) -> date | None:
    """PostgreSQL truncates a day to a moment, and in a CASE Django leaves it at that."""
    return month.date() if isinstance(month, datetime) else month


def _month_after(day: date, number: int) -> date:
    month = day.month - 1 + number
    return date(day.year + month // 12, month % 12 + 1, 1)
