"""Measures of forecasts and of their ranges, scaled by the usual change of each series."""

from __future__ import annotations

import numpy as np

from analytics.ml.forecast.forecaster import Forecast
from analytics.ml.purchases import Floats

OUTSIDE = 0.05


def scaled_misses(forecast: Forecast, actual: Floats, size: Floats) -> Floats:
    """Mean absolute miss of each series [n] per usual change `size` [n] (Hyndman and Koehler, 2006)."""
    return np.asarray(np.nanmean(np.abs(forecast.middle - actual), axis=1) / size)


def forecast_metrics(forecasts: list[Forecast], actual: list[Floats], sizes: list[Floats]) -> dict[str, float | None]:
    """mase, smape (in per cent, 0 to 200), cover80, cover95 and msis over all series, windows and steps.

    `msis` is the mean interval score of the 95 % range per usual change (Gneiting and Raftery, 2007).
    """
    pairs = list(zip(forecasts, actual, sizes, strict=True))
    found = {
        "mase": np.concatenate([scaled_misses(forecast, was, size) for forecast, was, size in pairs]),
        "smape": np.concatenate([_smape(forecast.middle, was).ravel() for forecast, was, _ in pairs]),
        "cover80": np.concatenate([_inside(forecast, was, 80).ravel() for forecast, was, _ in pairs]),
        "cover95": np.concatenate([_inside(forecast, was, 95).ravel() for forecast, was, _ in pairs]),
        "msis": np.concatenate([(_interval_score(f, was) / size[:, None]).ravel() for f, was, size in pairs]),
    }
    return {name: float(np.mean(values)) if np.isfinite(values).all() else None for name, values in found.items()}


def _smape(middle: Floats, actual: Floats) -> Floats:
    both = np.abs(middle) + np.abs(actual)
    return 200 * np.abs(middle - actual) / np.where(both > 0, both, 1.0)


def _inside(forecast: Forecast, actual: Floats, share: int) -> Floats:
    low, high = forecast.ranges[share]
    return ((actual >= low) & (actual <= high)).astype(np.float64)


def _interval_score(forecast: Forecast, actual: Floats) -> Floats:
    low, high = forecast.ranges[95]
    below, above = np.maximum(low - actual, 0.0), np.maximum(actual - high, 0.0)
    return np.asarray(high - low + 2 / OUTSIDE * (below + above))
