"""Groups by fixed rules on recency, purchases and spend: whoever keeps their rhythm keeps their group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.ml.features import Features
from analytics.ml.purchases import Floats, Ints

BEST, LOYAL, RETURNING, NEW = "best", "loyal", "returning", "new"
SLIPPING_GOOD, SLIPPING, GONE_GOOD, GONE = "slipping_good", "slipping", "gone_good", "gone"
KEYS = (BEST, LOYAL, RETURNING, NEW, SLIPPING_GOOD, SLIPPING, GONE_GOOD, GONE)

LATE, GONE_AT = 1.5, 3.0  # times the usual gap since the last purchase
OFTEN = 4
TOP_SHARE = 0.8
PRIOR_GAPS = 2.0  # one's own rhythm counts beside so many gaps of the shop's
SHORTEST_GAP = 7.0
DRIFT = 0.15


@dataclass(frozen=True)
class Rules:
    """`gap_days` is the usual gap between two purchases in this shop, `much` the spend that the best fifth reaches."""

    gap_days: float
    much: float

    @classmethod
    def learn(cls, features: Features, before: Rules | None = None) -> Rules:
        """Today's lines; those of before stay while they are near, so that nobody changes group by them."""
        repeat = features.column("purchases") > 1
        gaps = features.column("usual_gap_days")[repeat]
        gap = float(np.median(gaps)) if len(gaps) else 60.0
        much = float(np.quantile(features.column("spend"), TOP_SHARE)) if len(features) else 0.0
        if before is None:
            return cls(gap, much)
        return cls(_kept(gap, before.gap_days), _kept(much, before.much))

    def late(self, features: Features) -> Floats:
        """The time since the last purchase in usual gaps: one's own, drawn towards the shop's [n]."""
        own_gaps = features.column("purchases") - 1
        own = np.where(own_gaps > 0, features.column("usual_gap_days"), 0.0)
        usual = (own_gaps * own + PRIOR_GAPS * self.gap_days) / (own_gaps + PRIOR_GAPS)
        return np.asarray(features.column("recency_days") / np.maximum(usual, SHORTEST_GAP))

    def groups(self, features: Features) -> Ints:
        """The position in `KEYS` of each customer's group [n]."""
        late, count = self.late(features), features.column("purchases")
        is_top = (features.column("spend") >= self.much) & (count > 1)
        is_good = is_top | (count >= OFTEN)
        fresh = np.select([is_top & (count >= OFTEN), count >= OFTEN, count > 1], [BEST, LOYAL, RETURNING], NEW)
        slipping = np.where(is_good, SLIPPING_GOOD, SLIPPING)
        gone = np.where(is_good, GONE_GOOD, GONE)
        names = np.select([late <= LATE, late <= GONE_AT], [fresh, slipping], gone)
        return _positions(names)


def _kept(now: float, before: float) -> float:
    return before if before > 0 and abs(now / before - 1) <= DRIFT else now


def _positions(names: NDArray[np.str_]) -> Ints:
    found = np.zeros(len(names), dtype=np.int64)
    for position, key in enumerate(KEYS):
        found[names == key] = position
    return found
