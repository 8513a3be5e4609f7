"""A shop's own sales by week or month, and what the coming ones will bring: one fit for all, one for its groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.ml.forecast.forecaster import Forecaster
from analytics.ml.forecast.methods import NAIVE, SEASONAL_NAIVE, simple_forecasts
from analytics.ml.forecast.units import WEEK, Unit, whole_span
from analytics.ml.purchases import Floats, Ints

LEAST = {"week": 12, "month": 12}  # whole weeks or months before anything is said
STEPS_SHARE = 3  # of the history at most a third is looked ahead


@dataclass(frozen=True, eq=False)
class Series:
    """`values` [n, t] end with the whole unit of the number `last`; NaN before a series began."""

    unit: Unit
    names: tuple[str, ...]
    values: Floats
    last: int

    def upto(self, last: int) -> Series:
        """What was known when the unit after `last` began; series that had not begun are left out."""
        values = self.values[:, : self.values.shape[1] - (self.last - last)]
        return Series(self.unit, self.names, values, last).begun()

    def begun(self) -> Series:
        """Only series that are long enough and not always the same, without the time before the first of them."""
        known = (~np.isnan(self.values)).sum(axis=1)
        kept = known >= LEAST[self.unit.name]
        if kept.any():
            kept[kept] = np.nanmax(self.values[kept], axis=1) > np.nanmin(self.values[kept], axis=1)
        names = tuple(name for name, keep in zip(self.names, kept, strict=True) if keep)
        width = int(known[kept].max(initial=0))
        return Series(self.unit, names, self.values[kept][:, self.values.shape[1] - width :], self.last)


@dataclass(frozen=True, eq=False)
class Outlook:
    """For each name and step [n, steps]: the middle, 80 and 95 per cent ranges, and what a simple method says."""

    names: tuple[str, ...]
    middle: Floats
    ranges: dict[int, tuple[Floats, Floats]]
    simple: Floats
    methods: tuple[str, ...]


def series_of(
    days: Ints, amounts: Floats, codes: Ints, names: Sequence[str], unit: Unit, *, known_until: int
) -> Series:
    """Sums of the whole units before the day `known_until`; `codes` [rows] number the names, a unit without sales is 0.

    A series begins with its first sale, and all with the first whole unit of `days`.
    """
    last = int(unit.number(np.array([known_until]))[0]) - 1
    first = max(whole_span(days, unit)[0], last + 1 - unit.most) if len(days) else last + 1
    width = max(last - first + 1, 0)
    numbers = unit.number(days)
    inside = (numbers >= first) & (numbers <= last)
    at = codes[inside] * width + numbers[inside] - first
    sums = np.bincount(at, amounts[inside], len(names) * width).astype(np.float64)
    values = sums.reshape(len(names), width)
    for row in range(len(names)):
        own = numbers[inside & (codes == row)]
        values[row, : int(own.min()) - first if len(own) else width] = np.nan
    return Series(unit, tuple(names), values, last).begun()


def look_ahead(series: Series) -> Outlook | None:
    """The coming units of every series; None where none is long enough."""
    series = series.begun()
    if not series.names:
        return None
    unit, values = series.unit, series.values
    steps = int(np.clip(values.shape[1] // STEPS_SHARE, 1, unit.ahead))
    fitted = Forecaster(unit, steps, share=True).fit(values)
    found = fitted.predict()
    floor = np.where(np.nanmin(values, axis=1) >= 0, 0.0, -np.inf)[:, None]
    ranges = {share: (np.maximum(low, floor), np.maximum(high, floor)) for share, (low, high) in found.ranges.items()}
    simple = simple_forecasts(values, steps, unit)
    has_season = (~np.isnan(values)).sum(axis=1) >= unit.period
    middle = np.where(has_season[:, None], simple[SEASONAL_NAIVE], simple[NAIVE])
    return Outlook(series.names, np.maximum(found.middle, floor), ranges, middle, tuple(fitted.weights_))


def sees_season(series: Series) -> bool:
    """Whether two years are known: before that nobody can tell a season from a trend."""
    known = int((~np.isnan(series.values)).sum(axis=1).max(initial=0))
    return known >= 2 * (52 if series.unit == WEEK else 12)
