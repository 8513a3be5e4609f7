"""Exponential smoothing of many series at once: every setting of a small grid, the best one for each series."""

from __future__ import annotations

from itertools import product

import numpy as np

from analytics.ml.purchases import Floats

ALPHAS = (0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9)
BETAS = (0.02, 0.1, 0.3)
DAMPED = (0.8, 0.9, 0.97)
GAMMAS = (0.05, 0.2, 0.5)
WARM_UP = 0.25
MOST_CELLS = 4_000_000


def level_only(values: Floats, steps: int) -> Floats:
    """Simple exponential smoothing: flat forecasts [n, steps] of `values` [n, t], padded on the left with NaN."""
    grid = [(alpha, 0.0, 1.0) for alpha in ALPHAS]
    return _trended(values, steps, np.array(grid))


def damped_trend(values: Floats, steps: int) -> Floats:
    """Holt's trend, damped (Gardner and McKenzie, 1985); the level alone is in the grid too."""
    grid = [(a, a * b, phi) for a, b, phi in product(ALPHAS, BETAS, DAMPED)]
    return _trended(values, steps, np.array([*grid, *((alpha, 0.0, 0.0) for alpha in ALPHAS)]))


def theta(values: Floats, steps: int) -> Floats:
    """The Theta method: smoothing with half of the linear trend as drift (Assimakopoulos and Nikolopoulos, 2000;
    Hyndman and Billah, 2003)."""
    at = np.where(np.isnan(values), np.nan, np.arange(values.shape[1], dtype=np.float64))
    middle, mean = known_mean(at)[:, None], known_mean(values)[:, None]
    spread = np.nansum((at - middle) ** 2, axis=1)
    slope = np.nansum((at - middle) * (values - mean), axis=1) / np.maximum(spread, 1e-12)
    return np.asarray(level_only(values, steps) + 0.5 * slope[:, None] * np.arange(1, steps + 1))


def holt_winters(values: Floats, steps: int, start: Floats) -> Floats:
    """Additive damped Holt-Winters; `start` [n, period] are the phases to begin with, as in `Seasonal.phases`."""
    grid = np.array([(a, a * 0.1, 0.9, g) for a, g in product(ALPHAS[1::2], GAMMAS)])
    block = max(1, MOST_CELLS // (len(grid) * start.shape[1]))
    parts = [slice(first, first + block) for first in range(0, len(values), block)]
    return np.vstack([_seasonal(values[part], steps, start[part], grid) for part in parts])


def known_mean(values: Floats) -> Floats:
    """The mean of what is known of each series [n]; 0 where nothing is."""
    known = ~np.isnan(values)
    return np.asarray(np.nansum(values, axis=1) / np.maximum(known.sum(axis=1), 1))


def _trended(values: Floats, steps: int, grid: Floats) -> Floats:
    """`grid` [k, 3]: weight of news in the level, in the trend, and what is left of the trend a step later."""
    alpha, beta, phi = grid.T
    level = _first(values)[:, None] * np.ones(len(grid))
    trend, loss = np.zeros_like(level), np.zeros_like(level)
    for step, value in enumerate(values.T):
        seen = ~np.isnan(value)
        error = np.where(seen[:, None], value[:, None] - level - phi * trend, 0.0)
        loss += _counted(values, step)[:, None] * error**2
        level = np.where(seen[:, None], level + phi * trend + alpha * error, level)
        trend = np.where(seen[:, None], phi * trend + beta * error, trend)
    best = loss.argmin(axis=1)
    row = np.arange(len(values))
    damping = np.cumsum(phi[best][:, None] ** np.arange(1, steps + 1), axis=1)
    return np.asarray(level[row, best][:, None] + trend[row, best][:, None] * damping)


def _seasonal(values: Floats, steps: int, start: Floats, grid: Floats) -> Floats:
    alpha, beta, phi, gamma = grid.T
    period = start.shape[1]
    season = np.repeat(start[:, None, :], len(grid), axis=1)
    first = values - start[:, np.arange(-values.shape[1], 0) % period]
    level = _first(first)[:, None] * np.ones(len(grid))
    trend, loss = np.zeros_like(level), np.zeros_like(level)
    for step, value in enumerate(values.T):
        seen, phase = ~np.isnan(value)[:, None], (step - values.shape[1]) % period
        error = np.where(seen, value[:, None] - level - phi * trend - season[:, :, phase], 0.0)
        loss += _counted(values, step)[:, None] * error**2
        level = np.where(seen, level + phi * trend + alpha * error, level)
        trend = np.where(seen, phi * trend + beta * error, trend)
        season[:, :, phase] += gamma * (1 - alpha) * error
    best, row = loss.argmin(axis=1), np.arange(len(values))
    damping = np.cumsum(phi[best][:, None] ** np.arange(1, steps + 1), axis=1)
    ahead = season[row, best][:, np.arange(steps) % period]
    return np.asarray(level[row, best][:, None] + trend[row, best][:, None] * damping + ahead)


def _first(values: Floats) -> Floats:
    """A level to begin with [n]: the mean of the first known values."""
    start = (~np.isnan(values)).argmax(axis=1)
    window = start[:, None] + np.arange(min(6, values.shape[1]))
    taken = np.take_along_axis(values, np.minimum(window, values.shape[1] - 1), axis=1)
    return known_mean(taken)


def _counted(values: Floats, step: int) -> Floats:
    """0 [n] while a series warms up, else 1."""
    start = (~np.isnan(values)).argmax(axis=1)
    return np.asarray(step >= start + WARM_UP * (values.shape[1] - start), dtype=np.float64)
