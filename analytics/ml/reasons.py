"""Why a score is what it is, as keys with numbers: the words to each key belong to the pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Direction = Literal["up", "down"]
UP: Direction = "up"
DOWN: Direction = "down"


@dataclass(frozen=True)
class Reason:
    """One fact about a customer that moves a score: `direction` says which way, `weight` by how much.

    `weight` is in the score's own unit, probability or money: what the score would differ by without the fact.
    """

    key: str
    direction: Direction
    weight: float
    numbers: Mapping[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """As it is stored and put into words."""
        return {"key": self.key, "direction": self.direction, "numbers": dict(self.numbers)}


@dataclass(frozen=True)
class ReasonKind:
    """Which numbers come with a key, and which way it moves the chance of leaving (money moves the other way)."""

    numbers: tuple[str, ...]
    leaving: Direction


REASONS: Mapping[str, ReasonKind] = {
    "quiet_longer_than_usual": ReasonKind(("days", "usual_days"), UP),
    "quiet_since_only_purchase": ReasonKind(("days", "shop_days"), UP),
    "bought_recently": ReasonKind(("days", "usual_days"), DOWN),
    "first_purchase_recent": ReasonKind(("days",), DOWN),
    "bought_once": ReasonKind((), UP),
    "buys_rarely": ReasonKind(("purchases", "typical"), UP),
    "buys_often": ReasonKind(("purchases", "typical"), DOWN),
    "buying_less": ReasonKind(("recent", "earlier"), UP),
    "buying_more": ReasonKind(("recent", "earlier"), DOWN),
    "gap_grew": ReasonKind(("days", "usual_days"), UP),
    "gap_shrank": ReasonKind(("days", "usual_days"), DOWN),
    "small_purchases": ReasonKind(("amount", "typical"), UP),
    "large_purchases": ReasonKind(("amount", "typical"), DOWN),
    "last_purchase_small": ReasonKind(("amount", "average"), UP),
    "last_purchase_large": ReasonKind(("amount", "average"), DOWN),
    "returns_much": ReasonKind(("returns", "percent"), UP),
    "new_customer": ReasonKind(("days",), DOWN),
    "few_in_long_time": ReasonKind(("days", "purchases"), UP),
    "bought_this_time_last_year": ReasonKind(("purchases",), DOWN),
}
"""Every key that a score can carry; money amounts are in the currency of the purchases, `days` are whole days."""
