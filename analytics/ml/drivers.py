"""What moves the scores of a whole shop: each cause with how many customers it concerns, and by how much on average."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from analytics.ml.causes import CAUSES
from analytics.ml.explain import effects_of, is_plain
from analytics.ml.features import NAMES, build_features
from analytics.ml.purchases import Purchases
from analytics.ml.reasons import DOWN, UP
from analytics.ml.score import Scorer

MOST_CUSTOMERS = 2_000
MOST_DRIVERS = 8
ACTIVE_DAYS = 180  # who is gone for longer is gone for one reason


def find_drivers(scorer: Scorer, purchases: Purchases, as_of: int, *, seed: int = 0) -> list[dict[str, Any]]:
    """Of customers who bought in the last half year (a sample): {"key", "direction", "share", "effect"}.

    `share` of them have the fact and are moved by it, `effect` is by how much on average, in the score's own unit. The
    ones that move most in all come first.
    """
    features = build_features(purchases, as_of)
    active = features.customer_ids[features.column("recency_days") <= ACTIVE_DAYS]
    known = purchases.of(active) if len(active) else purchases
    known = known.sample(MOST_CUSTOMERS, seed=seed)
    features = build_features(known, as_of)
    if not len(features):
        return []
    effects = effects_of(known, features, predict=scorer.predict, typical=scorer.typical)
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for values, row in zip(features.values.tolist(), effects.tolist(), strict=True):
        named = dict(zip(NAMES, values, strict=True))
        for cause, effect in zip(CAUSES, row, strict=True):
            fact = cause.fact(named, scorer.typical)
            direction = UP if effect > 0 else DOWN
            if fact and abs(effect) >= scorer.least and is_plain(fact[0], direction, scorer.target):
                found[fact[0], direction].append(abs(effect))
    heaviest = sorted(found.items(), key=lambda item: -sum(item[1]))[:MOST_DRIVERS]
    return [
        {"key": key, "direction": way, "share": len(each) / len(features), "effect": float(np.mean(each))}
        for (key, way), each in heaviest
    ]
