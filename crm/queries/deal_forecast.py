"""What open deals may bring, by the month in which they are expected to close."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case, DateField, F, Value, When
from django.db.models.functions import TruncMonth

from crm.models import Stage

from .deal_sums import Summable, Totals, totals_by

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


def deal_forecast(sums: Sequence[Summable], *, today: date) -> Forecast:
    """The forecast of the open ones of these deals (of what `summable` says), in one grouped query each."""
    starts = [_month_after(today, number) for number in range(MONTHS + 1)]
    found = _sums(sums, today, starts[-1])
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


def _sums(sums: Sequence[Summable], today: date, later: date) -> dict[date | None, Totals]:
    """Sums by the first day of the month; what is overdue and what is later each under one key."""
    when = F("expected_close_on")
    month: Any = Case(
        When(expected_close_on__lt=today, then=Value(_OVERDUE)),
        When(expected_close_on__gte=later, then=Value(later)),
        default=TruncMonth(when),
        output_field=DateField(),
    )
    parts = [rows.filter(stage__kind=Stage.Kind.OPEN).annotate(month=month) for rows in sums]
    return {_day(key): totals for key, totals in totals_by(parts, "month").items()}


def _day(month: date | None) -> date | None:
    """PostgreSQL truncates a day to a moment, and in a CASE Django leaves it at that."""
    return month.date() if isinstance(month, datetime) else month


def _month_after(day: date, number: int) -> date:
    month = day.month - 1 + number
    return date(day.year + month // 12, month % 12 + 1, 1)
