"""What may forecast: simple methods, and smoothing of what is left without the season."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.ml.forecast.season import CYCLES, Seasonal, fit_season
from analytics.ml.forecast.smoothing import damped_trend, holt_winters, known_mean, level_only, theta
from analytics.ml.forecast.units import DAY, Unit
from analytics.ml.purchases import Floats

WEEKS = 52
NAIVE, SEASONAL_NAIVE, MOVING_MEAN = "naive", "seasonal_naive", "moving_mean"
Forecasts = dict[str, Floats]


@dataclass(frozen=True, eq=False)
class Scale:
    """Logarithms where all values are above zero, else signed square roots: swings then grow with the level."""

    is_log: Floats

    @classmethod
    def of(cls, values: Floats) -> Scale:
        """Decided for each series [n, t]; a series that comes near nothing can't be told in ratios."""
        low, middle = np.nanmin(values, axis=1), np.nanmedian(values, axis=1)
        return cls(((low > 0) & (low > 0.01 * middle))[:, None])

    def there(self, values: Floats) -> Floats:
        """Onto the scale."""
        with np.errstate(invalid="ignore", divide="ignore"):
            logs = np.log(np.maximum(values, 1e-12))
            return np.where(self.is_log, logs, np.sign(values) * np.sqrt(np.abs(values)))

    def back(self, values: Floats) -> Floats:
        """From the scale."""
        return np.where(self.is_log, np.exp(np.minimum(values, 60)), np.sign(values) * values**2)


def simple_forecasts(values: Floats, steps: int, unit: Unit) -> Forecasts:
    """The last value, the value a season ago and the recent mean, each [n, steps], of `values` [n, t].

    A series shorter than a season repeats its last value.
    """
    last = values[:, -1:] * np.ones(steps)
    return {
        NAIVE: last,
        SEASONAL_NAIVE: _season_ago(values, steps, unit.period),
        MOVING_MEAN: known_mean(values[:, -unit.recent :])[:, None] * np.ones(steps),
    }


def product_forecasts(values: Floats, steps: int, unit: Unit, *, share: bool) -> Forecasts:
    """Every candidate [n, steps]; those with a season only where the longest series shows one."""
    scale = Scale.of(values)
    seen = scale.there(values)
    found = {"level": level_only(seen, steps), "trend": damped_trend(seen, steps), "theta": theta(seen, steps)}
    found["recent"] = known_mean(seen[:, -unit.recent :])[:, None] * np.ones(steps)
    if values.shape[1] >= CYCLES * unit.period:
        found |= _seasonal(seen, steps, unit, share)
    return {name: scale.back(forecast) for name, forecast in found.items()}


def _seasonal(seen: Floats, steps: int, unit: Unit, share: bool) -> Forecasts:
    season = fit_season(seen, unit.period, share=share)
    rest, ahead = seen - season.past(seen.shape[1]), season.ahead(steps)
    if unit == DAY and seen.shape[1] >= CYCLES * WEEKS * 7:
        year = _year_of_weeks(rest, share)
        rest, ahead = rest - year.past(seen.shape[1]), ahead + year.ahead(steps)
    found = {
        "season+level": level_only(rest, steps) + ahead,
        "season+trend": damped_trend(rest, steps) + ahead,
        "season+theta": theta(rest, steps) + ahead,
        "holt_winters": holt_winters(seen, steps, season.phases),
    }
    return found | {"season_ago+growth": _grown(seen, steps, unit)}


def _year_of_weeks(rest: Floats, share: bool) -> Seasonal:
    """The swing of the year in days, one number a week."""
    weeks = rest.shape[1] // 7
    with np.errstate(invalid="ignore"):
        blocks = rest[:, rest.shape[1] - weeks * 7 :].reshape(len(rest), weeks, 7).mean(axis=2)
    return Seasonal(np.repeat(fit_season(blocks, WEEKS, share=share).phases, 7, axis=1))


def _grown(seen: Floats, steps: int, unit: Unit) -> Floats:
    """A season ago, moved by what the recent level differs from then."""
    ago = _season_ago(seen, steps, unit.period)
    span = min(unit.recent, unit.period, seen.shape[1] - unit.period)
    year_ago = seen[:, -span - unit.period : -unit.period]
    moved = known_mean(seen[:, -span:]) - known_mean(year_ago)
    return ago + np.where((~np.isnan(year_ago)).any(axis=1), moved, 0.0)[:, None]


def _season_ago(values: Floats, steps: int, period: int) -> Floats:
    if values.shape[1] < period:
        return values[:, -1:] * np.ones(steps)
    ago = values[:, values.shape[1] - period + np.arange(steps) % period]
    return np.where(np.isnan(ago), values[:, -1:], ago)
