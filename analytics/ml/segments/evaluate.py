"""Measures groups of customers on any file: whether they are told apart, and whether they come back."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from analytics.ml.evaluate_purchases import read_mapping
from analytics.ml.features import build_features
from analytics.ml.measuring import EvaluatedTask, Options, Result, peak_mb
from analytics.ml.purchases import Floats, Ints, Purchases
from analytics.ml.segments.groups import Groups, names_of, nearest, rfm, silhouette, steadiness
from analytics.ml.transactions import read_transactions

FEWEST = 30
SHIFT_DAYS = 30
RUNS = 20
SEED = 0


def evaluate_segments(path: Path, *, mapping: Mapping[str, str] | None = None) -> Result:
    """Groups by recency, purchases and spend at the end of a file of orders.

    `ari` is between the groups and those of resamples (view `resampled`), and between the groups of unchanged customers
    and those that were learnt 30 days earlier (view `month_before`). TableError in clear words.
    """
    start = time.perf_counter()
    with threadpool_limits(limits=1):
        table = read_transactions(path, mapping=mapping)
        found = _measured(table.purchases)
    took = time.perf_counter() - start
    plain = {"fit_seconds": round(took, 2), "peak_mb": round(peak_mb(), 1)}
    return {"task": "segments", "rows": table.rows, "customers": len(table.purchases)} | found | plain


def _measured(purchases: Purchases) -> dict[str, Any]:
    features = build_features(purchases, purchases.last_day + 1)
    if len(features) < FEWEST:
        return _refused(f"{len(features)} customers are too few for groups: at least {FEWEST} are needed.")
    values = rfm(features)
    if len(np.unique(values, axis=0)) < 3:
        return _refused("All customers are alike: there are no groups.")
    groups = Groups(seed=SEED).fit(values)
    views = {"resampled": _resampled(groups, values)}
    if (before := _month_before(groups, purchases)) is not None:
        views["month_before"] = before
    labels, names = groups.predict(values), names_of(groups.centres_)
    sizes = np.bincount(labels, minlength=len(names))
    return {"views": views, "refused": None, "groups": dict(zip(names, sizes.tolist(), strict=True))}


def _refused(words: str) -> dict[str, Any]:
    return {"views": {}, "refused": words, "groups": {}}


def _resampled(groups: Groups, values: Floats) -> dict[str, Any]:
    scaled = groups.scaled(values)
    labels, thirds = groups.predict(values), _thirds(values, values)
    product = {"silhouette": silhouette(scaled, labels, SEED)}
    product["ari"] = float(steadiness(scaled, groups.centres_, SEED).mean())
    rng = np.random.default_rng(SEED)
    drawn = [rng.integers(0, len(values), len(values)) for _ in range(RUNS)]
    rules = {
        "silhouette": silhouette(scaled, thirds, SEED),
        "ari": float(np.mean([adjusted_rand_score(thirds, _thirds(values, values[rows])) for rows in drawn])),
    }
    gains = [silhouette(scaled[r], labels[r], SEED) - silhouette(scaled[r], thirds[r], SEED) for r in drawn]
    low, high = np.quantile(gains, [0.025, 0.975])
    value = product["silhouette"] - rules["silhouette"]
    gain = {"metric": "silhouette", "against": "rfm_thirds", "value": value, "low": float(low), "high": float(high)}
    return {"product": product, "baselines": {"rfm_thirds": rules}, "gain": gain}


def _month_before(groups: Groups, purchases: Purchases) -> dict[str, Any] | None:
    """How far today's groups agree with those learnt a month ago, over the customers as they were then."""
    earlier = build_features(purchases, purchases.last_day + 1 - SHIFT_DAYS)
    if len(earlier) < FEWEST or len(np.unique(rfm(earlier), axis=0)) < 3:
        return None
    values = rfm(earlier)
    old = Groups(seed=SEED).fit(values)
    scaled = old.scaled(values)
    ours, then = groups.predict(values), nearest(scaled, old.centres_)
    now = rfm(build_features(purchases, purchases.last_day + 1))
    product = {"silhouette": silhouette(scaled, then, SEED), "ari": float(adjusted_rand_score(then, ours))}
    thirds = _thirds(values, values), _thirds(values, now)
    rules = {"silhouette": silhouette(scaled, thirds[0], SEED), "ari": float(adjusted_rand_score(*thirds))}
    rng = np.random.default_rng(SEED)
    drawn = [rng.integers(0, len(values), len(values)) for _ in range(RUNS)]
    gains = [adjusted_rand_score(then[r], ours[r]) - adjusted_rand_score(thirds[0][r], thirds[1][r]) for r in drawn]
    low, high = np.quantile(gains, [0.025, 0.975])
    gain = {"metric": "ari", "against": "rfm_thirds", "value": product["ari"] - rules["ari"]}
    bounds = {"low": float(low), "high": float(high)}
    return {"product": product, "baselines": {"rfm_thirds": rules}, "gain": gain | bounds}


def _thirds(values: Floats, edges_of: Floats) -> Ints:
    """The classic cells: thirds of recency, purchases and spend, with the edges of `edges_of`."""
    cells = np.zeros(len(values), dtype=np.int64)
    for column, source in zip(values.T, edges_of.T, strict=True):
        cells = cells * 3 + np.searchsorted(np.quantile(source, [1 / 3, 2 / 3]), column, side="left")
    return cells


def _measure(options: Options) -> Result:
    return evaluate_segments(options["data"], mapping=read_mapping(options["map"]))


def _head(result: Result) -> str:
    listed = ", ".join(f"{name} {count}" for name, count in result["groups"].items())
    return f"segments: {result['customers']} customers, {result['rows']} lines; {listed}"


SEGMENTS = EvaluatedTask("segments", "groups of customers that stay the same", _measure, _head)
