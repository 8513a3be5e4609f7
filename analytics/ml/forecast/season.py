"""The repeating part of many series at once: one penalised least-squares fit of a smooth trend beside a period."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.ml.purchases import Floats

PHASE_PENALTY = 0.05
BEND_PENALTY = 2.0
CYCLES = 1.25  # from two on a season is known; before, it is a guess that the rolling origin accepts or not


@dataclass(frozen=True, eq=False)
class Seasonal:
    """What repeats in each series: `phases` [n, period], of which the last column belongs to the last value."""

    phases: Floats

    def past(self, steps: int) -> Floats:
        """The repeating part of the last `steps` steps [n, steps]."""
        period = self.phases.shape[1]
        return self.phases[:, (np.arange(-steps, 0)) % period]

    def ahead(self, steps: int) -> Floats:
        """The repeating part of the next `steps` steps [n, steps]."""
        return self.phases[:, np.arange(steps) % self.phases.shape[1]]


def fit_season(values: Floats, period: int, *, share: bool) -> Seasonal:
    """From `values` [n, t], padded on the left with NaN; nothing repeats in a series shorter than two periods.

    With `share` (one calendar for all series) each series is drawn towards the mean of all, the more the noisier its
    own estimate is beside the differences between series (James and Stein, 1961).
    """
    phases, noise = np.zeros((len(values), period)), np.full(len(values), np.inf)
    known = (~np.isnan(values)).sum(axis=1)
    for length in np.unique(known[known >= CYCLES * period]):
        rows = known == length
        phases[rows], noise[rows] = _periodic(values[rows][:, -length:], period)
    fitted = np.isfinite(noise)
    if share and fitted.sum() > 2:
        phases[fitted] = _drawn_together(phases[fitted], noise[fitted])
    return Seasonal(phases)


def _periodic(values: Floats, period: int) -> tuple[Floats, Floats]:
    """Phases [n, period] and the variance of each of their entries [n], of series of one length."""
    steps = values.shape[1]
    trend = _hats(steps, max(period / 2, 4.0))
    phase = np.eye(period)[np.arange(-steps, 0) % period]
    design = np.hstack((trend, phase))
    bend = np.diff(np.eye(trend.shape[1]), 2, axis=0)
    penalty = np.zeros((design.shape[1],) * 2)
    penalty[: trend.shape[1], : trend.shape[1]] = BEND_PENALTY * bend.T @ bend
    penalty[trend.shape[1] :, trend.shape[1] :] = PHASE_PENALTY * np.eye(period)
    solution = np.linalg.solve(design.T @ design + penalty + 1e-9 * np.eye(len(penalty)), design.T @ values.T)
    phases = solution[trend.shape[1] :].T
    rest = values - (design @ solution).T
    freedom = max(steps - period - trend.shape[1] / 2, period / 2)
    noise = (rest**2).sum(axis=1) / freedom / (steps / period)
    return phases - phases.mean(axis=1, keepdims=True), noise + 1e-12


def _hats(steps: int, spacing: float) -> Floats:
    """Linear splines over the steps [steps, k]."""
    knots = np.linspace(0, steps - 1, max(2, round(steps / spacing) + 1))
    gap = knots[1] - knots[0]
    return np.asarray(np.maximum(0.0, 1 - np.abs(np.arange(steps)[:, None] - knots) / gap))


def _drawn_together(phases: Floats, noise: Floats) -> Floats:
    weight = 1 / noise
    shared = (phases * weight[:, None]).sum(axis=0) / weight.sum()
    apart = np.mean((phases - shared) ** 2, axis=1)
    between = max(float(np.average(apart - noise, weights=weight)), 0.0)
    own = (between / (between + noise))[:, None]
    return np.asarray(shared + own * (phases - shared))
