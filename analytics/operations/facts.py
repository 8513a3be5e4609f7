"""What one shop's customers are usually like: the gap between two orders, and where the fifths by money meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from analytics.ml.features import Features
from analytics.ml.purchases import Floats
from analytics.models import Band, TrainingRun

USUAL_GAP_DAYS = 60.0  # until the shop's own is known
FIFTHS = (0.2, 0.4, 0.6, 0.8)
FEWEST_RANKED = 5
VALUE_BANDS = ("", Band.LOW, Band.LOW, Band.MEDIUM, Band.MEDIUM, Band.HIGH)  # by fifth


@dataclass(frozen=True)
class ShopFacts:
    """`edges` are the four amounts between the fifths, by what is ranked; empty while nobody knows."""

    gap_days: float = USUAL_GAP_DAYS
    edges: dict[str, list[float]] = field(default_factory=dict)

    def fifths(self, name: str, amounts: Floats) -> list[int]:
        """1 … 5 for each amount, 5 the best; 3 for all while nobody knows."""
        edges = self.edges.get(name)
        if not edges:
            return [3] * len(amounts)
        places: list[int] = (np.searchsorted(np.asarray(edges), amounts, side="left") + 1).tolist()
        return places

    def as_json(self) -> dict[str, Any]:
        return {"gap_days": self.gap_days, "edges": self.edges}


def shop_facts() -> ShopFacts:
    """The facts that the last training run found, in one query."""
    with_facts = TrainingRun.objects.filter(report__has_key="facts").order_by("-created_at")
    report = with_facts.values_list("report", flat=True).first()
    return ShopFacts(**report["facts"]) if report else ShopFacts()


def find_edges(amounts: Floats) -> list[float]:
    """Where the fifths of these amounts meet; nothing for a handful."""
    return [float(edge) for edge in np.quantile(amounts, FIFTHS)] if len(amounts) >= FEWEST_RANKED else []


def usual_gap(parts: Sequence[Features]) -> float:
    """The median of the customers' own usual gaps."""
    gaps = [part.column("usual_gap_days")[part.column("purchases") > 1] for part in parts]
    known = np.concatenate(gaps) if gaps else np.empty(0)
    return float(np.median(known)) if len(known) >= FEWEST_RANKED else USUAL_GAP_DAYS
