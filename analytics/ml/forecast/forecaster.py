"""Chooses among the methods by rolling origin inside the history, and learns how far the choice is usually off."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

import numpy as np

from analytics.ml.forecast.methods import Forecasts, Scale, product_forecasts
from analytics.ml.forecast.season import CYCLES
from analytics.ml.forecast.smoothing import known_mean
from analytics.ml.forecast.units import Unit
from analytics.ml.purchases import Floats

MOST_ORIGINS = 6
LEAST_HISTORY = 8
LEAST_KNOWN = 4
ALONE = 1.03  # one method alone has to be better than the mean of several by so much
PRIOR = 12.0
SHARES = {80: 0.8, 95: 0.95}
TAIL = {80: 0.97, 95: 1.1}  # the rarest misses of the future are not among a few past ones


@dataclass(frozen=True, eq=False)
class Forecast:
    """`middle` [n, steps] and for 80 and 95 per cent the low and high end of the range."""

    middle: Floats
    ranges: dict[int, tuple[Floats, Floats]]


class Forecaster:
    """Many series in one unit of time, each padded on the left with NaN; `share` when all end on the same day."""

    def __init__(self, unit: Unit, steps: int, *, share: bool) -> None:
        self.unit = unit
        self.steps = steps
        self.share = share

    def fit(self, values: Floats) -> Forecaster:
        """`values` [n, t]; sets `weights_` (method → weight) and the usual distances."""
        origins = _origins(values.shape[1], self.steps, self.unit)
        self.values_ = values
        self.scale_ = Scale.of(values)
        tried = [self._tried(values[:, :at]) for at in origins]
        actual = [_window(values, at, self.steps) for at in origins]
        size = typical_change(values, self.unit)[:, None]
        self.weights_ = _choose(tried, actual, size)
        self._learn_ranges(tried, actual)
        return self

    def predict(self) -> Forecast:
        """The next `steps` units with ranges."""
        middle = combined(self._tried(self.values_), self.weights_)
        on_scale = self.scale_.there(middle)
        ranges = {}
        for share, width in self.widths_.items():
            ranges[share] = (self.scale_.back(on_scale - width), self.scale_.back(on_scale + width))
        return Forecast(middle, ranges)

    def _tried(self, values: Floats) -> Forecasts:
        """Each method's forecasts [n, steps], NaN for a series that had not begun."""
        count = (~np.isnan(values)).sum(axis=1)
        begun = count >= LEAST_KNOWN
        known = values[begun][:, values.shape[1] - int(count.max()) :]
        found = product_forecasts(known, self.steps, self.unit, share=self.share)
        whole = {name: np.full((len(values), self.steps), np.nan) for name in found}
        for name, forecast in found.items():
            whole[name][begun] = forecast
        return whole

    def _learn_ranges(self, tried: list[Forecasts], actual: list[Floats]) -> None:
        """Split-conformal distances on the methods' scale (Lei et al., 2018): pooled over series and origins after each
        was divided by its own series' usual miss and the usual growth with the steps ahead."""
        if not tried:
            step = np.diff(self.scale_.there(self.values_), axis=1)
            usual = np.sqrt(known_mean(step**2))
            growth = np.sqrt(np.arange(1, self.steps + 1))
            self.widths_ = {80: 1.28 * usual[:, None] * growth, 95: 1.96 * usual[:, None] * growth}
            return
        there = self.scale_.there
        missed = np.stack(
            [there(was) - there(combined(f, self.weights_)) for f, was in zip(tried, actual, strict=True)]
        )
        far = np.abs(missed)
        growth = _growth(far)
        far = far / growth
        pooled = float(np.nanmean(far)) or 1e-9
        count = (~np.isnan(far)).sum(axis=(0, 2))
        usual = (np.nansum(far, axis=(0, 2)) + PRIOR * pooled) / (count + PRIOR)
        ratios = np.sort((far / usual[:, None])[~np.isnan(far)])
        few = 1 + 0.5 / np.sqrt(len(tried) * len(self.values_))  # series miss together, origins overlap
        self.widths_ = {
            name: few * TAIL[name] * _quantile(ratios, share) * usual[:, None] * growth
            for name, share in SHARES.items()
        }


def combined(forecasts: Forecasts, weights: dict[str, float]) -> Floats:
    """The weighted mean of those methods that could be tried."""
    known = {name: weight for name, weight in weights.items() if name in forecasts} or dict.fromkeys(forecasts, 1.0)
    return np.asarray(sum(weight * forecasts[name] for name, weight in known.items()) / sum(known.values()))


def typical_change(values: Floats, unit: Unit) -> Floats:
    """The mean absolute change over a season (a step where less than two seasons are known) [n]: the unit of MASE."""
    period = unit.period if values.shape[1] >= 2 * unit.period else 1
    change = np.abs(values[:, period:] - values[:, :-period])
    step = np.abs(np.diff(values, axis=1))
    found = np.where((~np.isnan(change)).any(axis=1), known_mean(change), known_mean(step))
    level = np.nan_to_num(known_mean(np.abs(values)), nan=1.0)
    return np.asarray(np.maximum(np.nan_to_num(found), 1e-6 * level + 1e-12))


def _origins(steps_known: int, steps: int, unit: Unit) -> list[int]:
    """Where past forecasts begin, latest first; each leaves a history that can carry one.

    Where the latest can carry a season, all must: else no method with a season could be compared.
    """
    apart = max(1, steps // 2)
    least = max(LEAST_HISTORY, min(steps_known // 2, 2 * unit.period))
    with_season = ceil(CYCLES * unit.period)
    least = max(least, with_season) if steps_known - steps >= with_season else least
    return list(range(steps_known - steps, least - 1, -apart))[:MOST_ORIGINS]


def _window(values: Floats, at: int, steps: int) -> Floats:
    return values[:, at : at + steps]


def _choose(tried: list[Forecasts], actual: list[Floats], size: Floats) -> dict[str, float]:
    """Equal weights of the methods that miss least; the mean of several unless a single one is clearly better."""
    names = sorted(set.intersection(*(set(forecasts) for forecasts in tried))) if tried else []
    if not names:
        return {}
    loss = {name: _loss([f[name] for f in tried], actual, size) for name in names}
    ranked = sorted(names, key=lambda name: loss[name])
    options = [ranked[:count] for count in range(1, len(ranked) + 1)]

    def missed(some: Iterable[str]) -> float:
        some = list(some)
        alone = ALONE if len(some) == 1 else 1.0
        return alone * _loss([combined(f, dict.fromkeys(some, 1.0)) for f in tried], actual, size)

    return dict.fromkeys(min(options, key=missed), 1.0)


def _loss(forecasts: list[Floats], actual: list[Floats], size: Floats) -> float:
    missed = [np.abs(forecast - was) / size for forecast, was in zip(forecasts, actual, strict=True)]
    return float(np.nanmean(np.stack(missed)))


def _growth(far: Floats) -> Floats:
    """How the miss grows with the steps ahead [steps], never falling, 1 on average; flat where little is known."""
    count, steps = (~np.isnan(far)).sum(axis=(0, 1)), far.shape[2]
    seen = np.nansum(far, axis=(0, 1)) / np.maximum(count, 1)
    line = np.linspace(0.8, 1.2, steps) * seen.mean()
    trust = np.clip(count.mean() / 100, 0, 1)
    grown = np.maximum.accumulate(trust * seen + (1 - trust) * line)
    return np.asarray(grown / grown.mean()) if grown.mean() > 0 else np.ones(steps)


def _quantile(ratios: Floats, share: float) -> float:
    """The conformal quantile; beyond the largest of few ratios the distance grows on."""
    rank = share * (len(ratios) + 1)
    if rank <= len(ratios):
        return float(ratios[int(np.ceil(rank)) - 1])
    return float(ratios[-1] * 1.2)
