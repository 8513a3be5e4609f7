"""Groups by recency, purchases and spend: how many is decided by whether they come back in a resample.

Whoever only puts people into groups that stand needs no scikit-learn, so that it is imported where groups are found.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analytics.ml.features import Features
from analytics.ml.purchases import Floats, Ints

RFM = ("recency_days", "purchases", "spend")
MOST_GROUPS = 8
STEADY = 0.8
RUNS = 5
MOST_FOR_SILHOUETTE = 1200
LARGE = 200_000


class Groups:
    """K-means on standardised logarithms; of the numbers of groups that come back (ARI of at least 0.8 between
    resamples) the most telling one. Groups are ordered by their centres, so that their numbers keep their meaning."""

    def __init__(self, *, seed: int = 0) -> None:
        self.seed = seed

    def fit(self, values: Floats) -> Groups:
        """`values` [n, k], on the scale of logarithms. ValueError when there are fewer than three different rows."""
        distinct = len(np.unique(values, axis=0))
        if distinct < 3:
            raise ValueError("Fewer than three different customers: there are no groups.")
        self.middle_, self.spread_ = values.mean(axis=0), np.where(values.std(axis=0) > 1e-9, values.std(axis=0), 1.0)
        scaled = self.scaled(values)
        options = range(2, min(MOST_GROUPS, distinct - 1, max(2, len(values) // 10)) + 1)
        fits = {count: _centres(scaled, count, self.seed) for count in options}
        steady = {count: steadiness(scaled, centres, self.seed).mean() for count, centres in fits.items()}
        kept = [count for count in options if count > 2 and steady[count] >= STEADY] or [
            max(steady, key=steady.__getitem__)
        ]
        tells = {count: silhouette(scaled, nearest(scaled, fits[count]), self.seed) for count in kept}
        self.centres_ = fits[max(kept, key=tells.__getitem__)]
        return self

    def scaled(self, values: Floats) -> Floats:
        """Standardised as in `fit` [n, k]."""
        return np.asarray((values - self.middle_) / self.spread_)

    def predict(self, values: Floats) -> Ints:
        """The number of each row's group [n]."""
        return nearest(self.scaled(values), self.centres_)


def rfm(features: Features) -> Floats:
    """Logarithms of days since the last purchase, purchases and spend [n, 3]."""
    return np.log1p(np.column_stack([features.column(name) for name in RFM]))


def nearest(scaled: Floats, centres: Floats) -> Ints:
    """The nearest centre of each row [n]."""
    far = ((scaled[:, None, :] - centres) ** 2).sum(axis=2) if len(scaled) <= LARGE else _far(scaled, centres)
    return np.asarray(far.argmin(axis=1), dtype=np.int64)


def steadiness(scaled: Floats, centres: Floats, seed: int) -> Floats:
    """Adjusted Rand index [runs] between the groups and those that a resample gives to the same rows."""
    from sklearn.metrics import adjusted_rand_score

    rng = np.random.default_rng(seed)
    ours = nearest(scaled, centres)
    drawn = [rng.integers(0, len(scaled), len(scaled)) for _ in range(RUNS)]
    again = [nearest(scaled, _centres(scaled[rows], len(centres), seed)) for rows in drawn]
    return np.array([adjusted_rand_score(ours, theirs) for theirs in again])


def silhouette(scaled: Floats, labels: Ints, seed: int) -> float:
    """Mean silhouette of at most 1,200 rows; 0 where all stand in one group."""
    from sklearn.metrics import silhouette_score

    rows = np.random.default_rng(seed).permutation(len(scaled))[:MOST_FOR_SILHOUETTE]
    if not 1 < len(np.unique(labels[rows])) < len(rows):
        return 0.0
    return float(silhouette_score(scaled[rows], labels[rows]))


def names_of(centres: Floats) -> list[str]:
    """A plain name for each centre of recency, purchases, spend [k, 3], by fixed rules; a double gets a number."""
    found = [_name(*centre) for centre in centres]
    return [
        name if found.count(name) == 1 else f"{name}_{found[: at + 1].count(name)}" for at, name in enumerate(found)
    ]


def _name(quiet: float, often: float, much: float) -> str:
    if quiet > 0.3:
        return "lapsed_good" if often + much > 0.4 else "lapsed"
    if often > 0.6 and much > 0.6:
        return "best" if quiet < -0.6 else "loyal"
    if often + much > 0.2:
        return "regular"
    return "new" if quiet < -0.6 else "occasional"


def _centres(scaled: Floats, count: int, seed: int) -> Floats:
    """Ordered from the most valuable group down: purchases and spend high, recency short."""
    from sklearn.cluster import KMeans

    found = KMeans(count, n_init=2, random_state=seed).fit(scaled).cluster_centers_
    worth = found[:, 1:].sum(axis=1) - found[:, 0]
    return np.asarray(found[np.argsort(-worth, kind="stable")])


def _far(scaled: Floats, centres: Floats) -> NDArray[np.float64]:
    return np.column_stack([((scaled - centre) ** 2).sum(axis=1) for centre in centres])
