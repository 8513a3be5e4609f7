"""Fits BG/NBD and Gamma-Gamma by penalised maximum likelihood; imported by training only (scipy)."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln

from analytics.ml.btyd import BgNbd, GammaGamma, History
from analytics.ml.purchases import Floats

# Centres of the penalty, for shops too small to speak for themselves: a customer buys about every six weeks while
# active, one purchase in five is the last. Money has no default of its own: `v` follows the shop's mean.
DEFAULT_BG_NBD = BgNbd(r=0.6, alpha=30.0, a=0.7, b=3.0)
DEFAULT_SHAPES = (2.5, 3.5)
SPREAD = 1.0
Q_ABOVE_ONE = np.array([0.0, 1.0, 0.0])


def fit_bg_nbd(history: History, *, centre: BgNbd = DEFAULT_BG_NBD, spread: float = SPREAD) -> BgNbd:
    """The four parameters; their logarithms are drawn to `centre` as by one normal prior of standard deviation
    `spread`, which matters below some hundred customers and vanishes above."""
    counted = _counted(history)
    scale = max(float(np.mean(history.age)), 1.0)
    start = np.log([centre.r, centre.alpha / scale, centre.a, centre.b])
    middle = np.log([centre.r, centre.alpha, centre.a, centre.b]) - [0, np.log(scale), 0, 0]

    def loss(logs: Floats) -> float:
        penalty = float(np.sum((logs - middle) ** 2)) / (2 * spread**2)
        return (penalty - _log_likelihood(logs, counted, scale)) / len(history)

    best = minimize(loss, start, method="L-BFGS-B", bounds=[(-12, 12)] * 4)
    r, alpha, a, b = np.exp(best.x)
    return BgNbd(float(r), float(alpha * scale), float(a), float(b))


def fit_gamma_gamma(history: History, *, spread: float = SPREAD) -> GammaGamma:
    """The three parameters from each customer's mean money over all purchase days; `q` stays above 1, so that the
    mean exists."""
    count, mean = history.repeats + 1, np.maximum(history.mean_spend, 1e-9)
    middle = float(np.average(mean, weights=count))
    p, q = DEFAULT_SHAPES
    centre = np.log([p, q - 1, (q - 1) / p])

    def loss(logs: Floats) -> float:
        penalty = float(np.sum((logs - centre) ** 2)) / (2 * spread**2)
        return (penalty - _money_likelihood(logs, count, mean / middle)) / len(history)

    best = minimize(loss, centre, method="L-BFGS-B", bounds=[(-12, 12)] * 3)
    p, q, v = np.exp(best.x) + Q_ABOVE_ONE
    return GammaGamma(float(p), float(q), float(v * middle))


def _counted(history: History) -> tuple[Floats, Floats]:
    """Distinct customers [m, 3] and how often each occurs [m]: small shops' histories repeat a lot."""
    rows = np.column_stack((history.repeats, history.last, history.age))
    distinct, counts = np.unique(rows, axis=0, return_counts=True)
    return distinct, counts.astype(np.float64)


def _log_likelihood(logs: Floats, counted: tuple[Floats, Floats], scale: float) -> float:
    """Fader, Hardie and Lee (2005), equation (6) and appendix, with time in units of `scale` days."""
    r, alpha, a, b = np.exp(logs)
    (x, last, age), counts = counted[0].T, counted[1]
    last, age = last / scale, age / scale
    rate = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    leave = gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
    stayed = -(r + x) * np.log(alpha + age)
    left = np.log(a) - np.log(b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + last)
    either = np.where(x > 0, np.logaddexp(stayed, left), stayed)
    return float(np.sum(counts * (rate + leave + either)))


def _money_likelihood(logs: Floats, count: Floats, mean: Floats) -> float:
    p, q, v = np.exp(logs) + Q_ABOVE_ONE
    shape = p * count
    return float(
        np.sum(
            gammaln(shape + q)
            - gammaln(shape)
            - gammaln(q)
            + q * np.log(v)
            + (shape - 1) * np.log(mean)
            + shape * np.log(count)
            - (shape + q) * np.log(v + count * mean)
        )
    )
