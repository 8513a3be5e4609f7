"""BG/NBD and Gamma-Gamma: how often and for how much somebody will buy again, from four and three parameters.

Fader, Hardie and Lee (2005), "Counting your customers" the easy way: an alternative to the Pareto/NBD model, Marketing
Science 24(2); Fader and Hardie (2013), The Gamma-Gamma model of monetary value. Prediction needs numpy only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from analytics.ml.features import Features
from analytics.ml.purchases import Floats, Purchases

NODES = 48
NEVER_LEAVES = 1e-4


@dataclass(frozen=True, eq=False)
class History:
    """What the models need of each customer [n]: purchases after the first, days from the first purchase to the last
    and to now, and the mean money of a purchase day."""

    repeats: Floats
    last: Floats
    age: Floats
    mean_spend: Floats

    @classmethod
    def of(cls, features: Features) -> History:
        """From the feature matrix."""
        age = features.column("tenure_days")
        return cls(
            repeats=features.column("purchases") - 1,
            last=age - features.column("recency_days"),
            age=age,
            mean_spend=features.column("average_spend"),
        )

    @classmethod
    def at(cls, purchases: Purchases, as_of: int) -> History:
        """The same from what was bought before the day `as_of`, without the other features."""
        first, last = purchases.days[purchases.starts[:-1]], purchases.days[purchases.starts[1:] - 1]
        counts = purchases.row_counts.astype(np.float64)
        spend = np.add.reduceat(purchases.amounts, purchases.starts[:-1]) if len(purchases) else np.empty(0)
        return cls(counts - 1, (last - first).astype(np.float64), (as_of - first).astype(np.float64), spend / counts)

    def __len__(self) -> int:
        return len(self.repeats)


@dataclass(frozen=True)
class BgNbd:
    """Purchases at a personal rate (gamma `r`, `alpha` in days) until a personal coin after a purchase ends it
    (beta `a`, `b`)."""

    r: float
    alpha: float
    a: float
    b: float

    @property
    def never_leaves(self) -> bool:
        """Nobody drops out: the plain NBD, where the closed forms of the BG/NBD overflow."""
        return self.a / (self.a + self.b) < NEVER_LEAVES

    def alive(self, history: History) -> Floats:
        """P(still a customer) [n]; 1 for everyone with a single purchase, so never a churn score by itself."""
        if self.never_leaves:
            return np.ones(len(history))
        x = history.repeats
        log_odds = (self.r + x) * np.log((self.alpha + history.age) / (self.alpha + history.last))
        log_odds += np.log(self.a) - np.log(self.b + np.maximum(x, 1) - 1)
        return np.asarray(np.where(x > 0, 1 / (1 + np.exp(np.minimum(log_odds, 700))), 1.0))

    def no_purchase(self, history: History, horizon_days: float) -> Floats:
        """P(no purchase in the next `horizon_days`) [n]: gone, or alive and quiet."""
        now = self.alpha + history.age
        quiet = (now / (now + horizon_days)) ** (self.r + history.repeats)
        return 1 - self.alive(history) * (1 - quiet)

    def purchases(self, history: History, horizon_days: float) -> Floats:
        """Expected purchases in the next `horizon_days` [n]."""
        shape, now = self.r + history.repeats, self.alpha + history.age
        if self.never_leaves:
            return shape * horizon_days / now
        return self.alive(history) * self._while_alive(history, horizon_days)

    def _while_alive(self, history: History, horizon_days: float) -> Floats:
        """E[(1 - (now / (now + p h))^shape) / p] over the leaving chance p ~ Beta(a, b + x), by Gauss-Jacobi.

        Many customers are equally old and have bought as often: each such pair is worked out once.
        """
        pairs, which = np.unique(history.repeats + 1j * history.age, return_inverse=True)
        repeats, age = pairs.real, pairs.imag
        p, weight = self._nodes
        shape, now = self.r + repeats, self.alpha + age
        top, bottom = np.zeros((2, len(pairs)))
        for chance, mass in zip(p, weight, strict=True):
            tilt = mass * np.exp(repeats * np.log1p(-chance))
            top += tilt * -np.expm1(-shape * np.log1p(chance * horizon_days / now)) / chance
            bottom += tilt
        return np.asarray((top / np.maximum(bottom, np.finfo(float).tiny))[which])

    @property
    def _nodes(self) -> tuple[Floats, Floats]:
        # No cached_property: before Python 3.12 it holds a lock, and this class is sent to other machines.
        kept: dict[str, Any] = self.__dict__
        if "nodes" not in kept:
            kept["nodes"] = beta_nodes(self.a, self.b, NODES)
        return kept["nodes"][0], kept["nodes"][1]


@dataclass(frozen=True)
class GammaGamma:
    """Money of a purchase: gamma of shape `p` around a personal mean, whose scale is gamma (`q`, `v` in money)."""

    p: float
    q: float
    v: float

    def mean_spend(self, history: History) -> Floats:
        """Expected money of a customer's next purchase day [n], pulled towards the shop's own mean."""
        count = history.repeats + 1
        return self.p * (self.v + count * history.mean_spend) / (self.p * count + self.q - 1)


def beta_nodes(a: float, b: float, count: int) -> tuple[Floats, Floats]:
    """Gauss-Jacobi nodes in (0, 1) and weights (sum 1) for expectations over Beta(a, b); Golub and Welsch (1969)."""
    alpha, beta = b - 1, a - 1
    k = np.arange(1, count, dtype=np.float64)
    total = 2 * k + alpha + beta
    with np.errstate(invalid="ignore", divide="ignore"):
        middle = np.concatenate(
            (
                [(beta - alpha) / (alpha + beta + 2)],
                (beta**2 - alpha**2) / (total * (total + 2)),
            )
        )
        inner = 4 * k * (k + alpha) * (k + beta) * (k + alpha + beta) / (total**2 * (total + 1) * (total - 1))
    inner[0] = 4 * (1 + alpha) * (1 + beta) / ((2 + alpha + beta) ** 2 * (3 + alpha + beta))
    roots, vectors = np.linalg.eigh(np.diag(middle) + np.diag(np.sqrt(inner), 1) + np.diag(np.sqrt(inner), -1))
    return np.clip((roots + 1) / 2, 1e-300, 1 - 1e-16), vectors[0] ** 2
