"""Measures groups of customers on any file: whether they are told apart, and whether they come back."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from analytics.ml.features import build_features
from analytics.ml.measuring import EvaluatedTask, Options, Result, named_columns, peak_mb, plain_gain
from analytics.ml.metrics import Gain
from analytics.ml.purchases import Floats, Ints, Purchases
from analytics.ml.segments.groups import Groups, names_of, rfm, silhouette, steadiness
from analytics.ml.segments.standing import find_groups
from analytics.ml.transactions import read_transactions

FEWEST = 30
SHIFT_DAYS = 30
RUNS = 20
SEED = 0


def evaluate_segments(path: Path, *, mapping: Mapping[str, str] | None = None) -> Result:
    """Groups by recency, purchases and spend at the end of a file of orders.

    `ari` is between the groups and those of resamples (view `resampled`), and between the groups in force today and
    those in force 30 days earlier, of unchanged customers (view `month_before`). TableError in clear words.
    """
    start = time.perf_counter()
    with threadpool_limits(limits=1):
        table = read_transactions(path, mapping=mapping)
        found = _measured(table.purchases)
    took = time.perf_counter() - start
    plain = {"fit_seconds": round(took, 2), "peak_mb": round(peak_mb(), 1)}
    return {
        "task": "segments",
        "rows": table.rows,
        "customers": len(table.purchases),
        "columns": dict(table.columns),
    } | (found | plain)


def _measured(purchases: Purchases) -> dict[str, Any]:
    features = build_features(purchases, purchases.last_day + 1)
    if len(features) < FEWEST:
        return _refused(f"{len(features)} customers are too few for groups: at least {FEWEST} are needed.")
    values = rfm(features)
    if len(np.unique(values, axis=0)) < 3:
        return _refused("All customers are alike: there are no groups.")
    groups = Groups(seed=SEED).fit(values)
    views = {"resampled": _resampled(groups, values)}
    if (before := _month_before(purchases)) is not None:
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
    value = product["silhouette"] - rules["silhouette"]
    gain = {"metric": "silhouette", "against": "rfm_thirds", **_gain(value, gains)}
    return {"product": product, "baselines": {"rfm_thirds": rules}, "gain": gain}


def _month_before(purchases: Purchases) -> dict[str, Any] | None:
    """How far the groups in force today agree with those in force a month ago, over the customers as they were then.

    As in the nightly run, the groups of a month ago stay unless a refit is clearly better (`find_groups`); `kept` is
    the share of unchanged customers who keep the label of their group. Baseline `refit`: fresh groups in both months.
    """
    earlier = build_features(purchases, purchases.last_day + 1 - SHIFT_DAYS)
    then = find_groups(earlier, seed=SEED)
    if then is None:
        return None
    later = build_features(purchases, purchases.last_day + 1)
    now = find_groups(later, then, seed=SEED) or then
    values, now_values = rfm(earlier), rfm(later)
    fresh = Groups(seed=SEED).fit(now_values)
    pairs = {
        "product": (then.groups(earlier), now.groups(earlier)),
        "refit": (then.groups(earlier), fresh.predict(values)),
        "rfm_thirds": (_thirds(values, values), _thirds(values, now_values)),
    }
    scaled = fresh.scaled(now_values)
    labels = now.groups(later), fresh.predict(now_values), _thirds(now_values, now_values)
    found = {
        name: {"silhouette": silhouette(scaled, labelled, SEED), "ari": float(adjusted_rand_score(*pair))}
        for (name, pair), labelled in zip(pairs.items(), labels, strict=True)
    }
    keys = [np.array(standing.keys)[groups] for standing, groups in zip((then, now), pairs["product"], strict=True)]
    product = found.pop("product") | {"kept": float((keys[0] == keys[1]).mean())}
    best = max(found, key=lambda name: found[name]["ari"])
    rng = np.random.default_rng(SEED)
    drawn = [rng.integers(0, len(values), len(values)) for _ in range(RUNS)]
    gains = [_ari(pairs["product"], rows) - _ari(pairs[best], rows) for rows in drawn]
    gain = {"metric": "ari", "against": best, **_gain(product["ari"] - found[best]["ari"], gains)}
    return {"product": product, "baselines": found, "gain": gain}


def _gain(value: float, gains: list[float]) -> dict[str, float | None]:
    """With the interval of resamples; a group is more compact with every customer than where some stand in twice."""
    low, high = np.quantile(gains, [0.025, 0.975])
    return plain_gain(Gain(value, float(low), float(high), float(np.std(gains))))


def _ari(pair: tuple[Ints, Ints], rows: Ints) -> float:
    return float(adjusted_rand_score(pair[0][rows], pair[1][rows]))


def _thirds(values: Floats, edges_of: Floats) -> Ints:
    """The classic cells: thirds of recency, purchases and spend, with the edges of `edges_of`."""
    cells = np.zeros(len(values), dtype=np.int64)
    for column, source in zip(values.T, edges_of.T, strict=True):
        cells = cells * 3 + np.searchsorted(np.quantile(source, [1 / 3, 2 / 3]), column, side="left")
    return cells


def _measure(options: Options) -> Result:
    return evaluate_segments(
        options["data"], mapping=named_columns(options, {"target": "amount", "time": "date", "id": "customer"})
    )


def _head(result: Result) -> str:
    listed = ", ".join(f"{name} {count}" for name, count in result["groups"].items())
    return f"segments: {result['customers']} customers, {result['rows']} lines; {listed}"


SEGMENTS = EvaluatedTask(
    "segments", "groups of customers that stay the same", _measure, _head, uses=("target", "time", "id")
)
