"""How much data there is, which models it can carry, and the rule of thumb below the first rung."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.ml.features import Features
from analytics.ml.heads import BG_NBD, LOGISTIC, TREES
from analytics.ml.purchases import Floats

NEEDED_CUSTOMERS = 30
NEEDED_REPEAT_BUYERS = 10
LOGISTIC_FROM = 500
TREES_FROM = 1000
TREES_FROM_EVENTS = 300


@dataclass(frozen=True)
class Sufficiency:
    """Whether there is enough to learn from, and what there is beside what it takes."""

    customers: int
    repeat_buyers: int
    history_days: int
    needed_customers: int = NEEDED_CUSTOMERS
    needed_repeat_buyers: int = NEEDED_REPEAT_BUYERS

    @classmethod
    def of(cls, features: Features) -> Sufficiency:
        """Count who is known."""
        history = int(features.column("tenure_days").max()) if len(features) else 0
        return cls(len(features), int((features.column("purchases") > 1).sum()), history)

    @classmethod
    def together(cls, parts: Sequence[Sufficiency]) -> Sufficiency:
        """Of different customers of one shop."""
        return cls(
            sum(part.customers for part in parts),
            sum(part.repeat_buyers for part in parts),
            max((part.history_days for part in parts), default=0),
        )

    @property
    def is_enough(self) -> bool:
        """A score may be computed."""
        return self.customers >= self.needed_customers and self.repeat_buyers >= self.needed_repeat_buyers

    @property
    def missing_customers(self) -> int:
        """How many more customers it takes."""
        return max(0, self.needed_customers - self.customers)

    @property
    def missing_repeat_buyers(self) -> int:
        """How many more customers with a second purchase it takes."""
        return max(0, self.needed_repeat_buyers - self.repeat_buyers)


def rungs(customers: int, events: int) -> list[tuple[str, ...]]:
    """Ensembles that so many customers and rarer outcomes can carry, simplest first."""
    ladder: list[tuple[str, ...]] = [(BG_NBD,)]
    if customers >= LOGISTIC_FROM:
        ladder.append((BG_NBD, LOGISTIC))
    if customers >= TREES_FROM and events >= TREES_FROM_EVENTS:
        ladder.append((BG_NBD, LOGISTIC, TREES))
    return ladder


@dataclass(frozen=True, eq=False)
class RuleOfThumb:
    """No score: how long each customer [n] has been quiet beside what is usual for them, as a label in `bands`.

    `usual_days` is the own median gap, or the shop's where the customer bought once.
    """

    customer_ids: NDArray[np.generic]
    days: Floats
    usual_days: Floats
    bands: NDArray[np.str_]


def rule_of_thumb(features: Features, *, shop_gap_days: float) -> RuleOfThumb:
    """`low` up to 1.5 times the usual gap, `medium` up to three times, `high` beyond."""
    repeat = features.column("purchases") > 1
    usual = np.where(repeat, features.column("usual_gap_days"), shop_gap_days)
    days = features.column("recency_days")
    bands = np.select([days <= 1.5 * usual, days <= 3 * usual], ["low", "medium"], "high")
    return RuleOfThumb(features.customer_ids, days, usual, bands)
