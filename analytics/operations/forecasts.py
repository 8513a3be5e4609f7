"""Writes every night what the coming weeks and months will bring, and fills in what became of earlier forecasts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from django.db import transaction

from analytics.ml.forecast.outlook import Outlook, Series, look_ahead, series_of
from analytics.ml.forecast.units import MONTH, WEEK, Unit, first_day
from analytics.ml.purchases import Floats, Ints, day_number
from analytics.models import SalesDay, SalesForecast
from analytics.queries.clock import ShopClock

from .sales_days import recount_days

UNITS = (WEEK, MONTH)
REHEARSED = 12  # so many weeks and months back a new shop sees what would have been said
MOST_GROUPS = 12
KEPT_YEARS = 3
FIGURES = ["step", "value", "low", "high", "low95", "high95", "simple", "methods", "outcome", "is_rehearsal"]


@dataclass(frozen=True, eq=False)
class Days:
    """Sales by day: rows of all orders have the code 0, those of the largest groups 1 …"""

    days: Ints
    amounts: Floats
    codes: Ints
    names: tuple[str, ...]


def forecast_sales(clock: ShopClock) -> int:
    """Count the days, say what is coming, rehearse where nothing was said in time; returns how many rows stand.

    What was said for a week or month that goes on is said anew every night, from the same whole weeks and months.
    """
    if recount_days():
        SalesForecast.objects.filter(is_rehearsal=True).delete()
    days = _read(clock)
    for unit in UNITS:
        for series in _series(days, unit, clock):
            _say(series)
    close_forecasts(clock)
    SalesForecast.objects.filter(period__lt=clock.as_of - timedelta(days=366 * KEPT_YEARS)).delete()
    return SalesForecast.objects.count()


def _read(clock: ShopClock) -> Days:
    """The days since the last long silence, of all orders and of the largest groups of their last year."""
    rows = SalesDay.objects.filter(day__lt=clock.known_until)
    if clock.holes:
        rows = rows.filter(day__gte=first_day_after(clock))
    names = ("", *_largest_groups(clock))
    known = list(rows.filter(group__in=names).values_list("group", "day", "revenue"))
    code = {name: i for i, name in enumerate(names)}
    return Days(
        np.array([day_number(day) for _, day, _ in known], dtype=np.int64),
        np.array([float(revenue) for *_, revenue in known]),
        np.array([code[name] for name, *_ in known], dtype=np.int64),
        names,
    )


def first_day_after(clock: ShopClock) -> date:
    """The first day after the last hole."""
    return date.fromordinal(max(hole.until for hole in clock.holes) + date(1970, 1, 1).toordinal())


def _largest_groups(clock: ShopClock) -> list[str]:
    sums: dict[str, float] = {}
    recent = SalesDay.objects.filter(day__lt=clock.known_until, day__gte=clock.known_until - timedelta(days=365))
    for group, revenue in recent.exclude(group="").values_list("group", "revenue"):
        sums[group] = sums.get(group, 0.0) + float(revenue)
    return sorted((name for name, total in sums.items() if total > 0), key=lambda name: -sums[name])[:MOST_GROUPS]


def _series(days: Days, unit: Unit, clock: ShopClock) -> Iterator[Series]:
    """All orders by themselves, then the groups together: they share a calendar."""
    total = days.codes == 0
    for rows, names, shift in ((total, days.names[:1], 0), (~total, days.names[1:], 1)):
        if rows.any():
            yield series_of(
                days.days[rows], days.amounts[rows], days.codes[rows] - shift, names, unit,
                known_until=day_number(clock.known_until),
            )  # fmt: skip


def _say(series: Series) -> None:
    """Write what is said now, and rehearse for the units before in which nothing was said."""
    if not series.names:
        return
    _write(series, look_ahead(series), is_rehearsal=False)
    origins = {last: first_day(series.unit, last + 1) for last in range(series.last - REHEARSED, series.last)}
    said = SalesForecast.objects.filter(unit=series.unit.name, origin__in=origins.values())
    pairs = set(said.values_list("group", "origin"))
    for last, origin in origins.items():
        if not all((name, origin) in pairs for name in series.names):
            then = series.upto(last)
            _write(then, look_ahead(then), is_rehearsal=True, but=pairs)


@transaction.atomic
def _write(
    series: Series,
    outlook: Outlook | None,
    *,
    is_rehearsal: bool,
    but: frozenset[tuple[str, date]] | set[tuple[str, date]] = frozenset(),
) -> None:
    """Rows of one origin; what was said in time (`but`) stays."""
    if outlook is None:
        return
    unit, origin = series.unit, first_day(series.unit, series.last + 1)
    (low, high), (low95, high95) = outlook.ranges[80], outlook.ranges[95]
    rows = [
        SalesForecast(
            unit=unit.name, group=name, origin=origin, period=first_day(unit, series.last + 1 + step), step=step + 1,
            value=outlook.middle[i, step], low=low[i, step], high=high[i, step], low95=low95[i, step],
            high95=high95[i, step], simple=outlook.simple[i, step], methods=",".join(outlook.methods),
            is_rehearsal=is_rehearsal,
        )
        for i, name in enumerate(outlook.names)
        if (name, origin) not in but
        for step in range(outlook.middle.shape[1])
    ]  # fmt: skip
    if not is_rehearsal:
        SalesForecast.objects.filter(unit=unit.name, origin=origin, group__in=outlook.names).delete()
    SalesForecast.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["unit", "group", "origin", "period"], update_fields=FIGURES,
        batch_size=200,
    )  # fmt: skip


def close_forecasts(clock: ShopClock) -> int:
    """Fill in what came for every week and month that is over, as the books have it now; returns how many changed."""
    changed = []
    for unit in UNITS:
        over = first_day(unit, int(unit.number(np.array([day_number(clock.known_until)]))[0]))
        rows = list(SalesForecast.objects.filter(unit=unit.name, period__lt=over))
        if not rows:
            continue
        came = _came(unit, min(row.period for row in rows), over)
        for row in rows:
            outcome = came.get((row.group, row.period), 0.0)
            if row.outcome is None or abs(row.outcome - outcome) > 0.005:
                row.outcome = outcome
                changed.append(row)
    SalesForecast.objects.bulk_update(changed, ["outcome"], batch_size=200)
    return len(changed)


def _came(unit: Unit, start: date, end: date) -> dict[tuple[str, date], float]:
    sums: dict[tuple[str, date], float] = {}
    for group, day, revenue in SalesDay.objects.filter(day__gte=start, day__lt=end).values_list(
        "group", "day", "revenue"
    ):
        key = group, first_day(unit, int(unit.number(np.array([day_number(day)]))[0]))
        sums[key] = sums.get(key, 0.0) + float(revenue)
    return sums
