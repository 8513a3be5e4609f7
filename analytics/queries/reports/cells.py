"""What was counted: amounts by group and split, as keys and numbers.

Every group has the rows of all splits, and what is beyond the shown ones is under OTHER, so that all cells together are
the whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from .periods import step_of
from .questions import Dimension, Measure

NONE = ""
OTHER = "…"
BANDS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 1_000_000)
NOTHING = Decimal(0)


def key_of(value: Any) -> str:
    """A value as the key of its group: nothing and empty text are the same, all others begin with "v"."""
    return NONE if value is None or value in ("", "null") else f"v{value}"


@dataclass(frozen=True)
class Amount:
    """So many rows, and what they come to; of a share, the rows that it is of, and those that are part.

    `middle` is a median, which does not follow from the two.
    """

    n: int = 0
    total: Decimal = NOTHING
    middle: Decimal | None = None

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.n + other.n, self.total + other.total)

    def __sub__(self, other: Amount) -> Amount:
        return Amount(self.n - other.n, self.total - other.total)

    def figure(self, measure: Measure) -> float | None:
        """The number that is shown; None where there is nothing to take it from."""
        if measure.way == "count":
            return self.n
        if measure.way == "sum":
            return float(self.total)
        if measure.way == "median":
            return None if self.middle is None else float(self.middle)
        return float(self.total) / self.n if self.n else None


@dataclass
class Cells:
    """What was counted. `groups` and `splits` are in the order in which they are shown, OTHER last."""

    whole: Amount = field(default_factory=Amount)
    groups: dict[str, Amount] = field(default_factory=dict)
    splits: dict[str, Amount] = field(default_factory=dict)
    both: dict[tuple[str, str], Amount] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        return {
            "whole": _plain(self.whole),
            "groups": [[key, *_plain(amount)] for key, amount in self.groups.items()],
            "splits": [[key, *_plain(amount)] for key, amount in self.splits.items()],
            "both": [[*keys, *_plain(amount)] for keys, amount in self.both.items()],
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Cells:
        return cls(
            _amount(*data["whole"]),
            {key: _amount(*rest) for key, *rest in data["groups"]},
            {key: _amount(*rest) for key, *rest in data["splits"]},
            {(group, split): _amount(*rest) for group, split, *rest in data["both"]},
        )


def _plain(amount: Amount) -> list[Any]:
    return [amount.n, str(amount.total), None if amount.middle is None else str(amount.middle)]


def _amount(n: int, total: str, middle: str | None) -> Amount:
    return Amount(n, Decimal(total), None if middle is None else Decimal(middle))


@dataclass(frozen=True)
class Steps:
    """How days are put together on an axis of time."""

    zone: ZoneInfo
    unit: str
    first_weekday: int = 0

    def key(self, day: date | str) -> str:
        """The key of the step that holds a day; no day is an empty text."""
        return NONE if isinstance(day, str) else key_of(step_of(day, self.unit, self.first_weekday))


def finish_time(whole: Amount, splits: Mapping[str, Amount], both: Mapping[tuple[str, str], Amount]) -> Cells:
    """Cells of an axis of time from those of its steps and splits."""
    groups: dict[str, Amount] = defaultdict(Amount)
    for (group, _split), amount in both.items():
        groups[group] += amount
    shown = {key: amount for key, amount in splits.items() if key != OTHER}
    if any(split == OTHER for _group, split in both):
        shown[OTHER] = sum((amount for (_g, split), amount in both.items() if split == OTHER), Amount())
    return Cells(whole, dict(sorted(groups.items())), shown, dict(both))


def by_steps(found: Mapping[tuple[Any, ...], Amount], steps: Steps) -> dict[str, Amount]:
    """Amounts by day as amounts by step, in order."""
    groups: dict[str, Amount] = defaultdict(Amount)
    for (day,), amount in found.items():
        groups[steps.key(day)] += amount
    return dict(sorted(groups.items()))


def in_order(dimension: Dimension, amounts: Mapping[str, Amount]) -> dict[str, Amount]:
    """In the field's own order where it has one, else as they come; what is empty and what is left stand last."""
    places: dict[str, int] = {}
    if dimension.is_band:
        places = {key_of(place): place for place in range(len(BANDS) + 1)}
    elif dimension.field.is_ordered and dimension.field.options:
        places = {key_of(value): place for place, value in enumerate(dimension.field.options())}
    ranked = sorted(amounts, key=lambda key: (key == OTHER, key == NONE, places.get(key, 0)))
    return {key: amounts[key] for key in ranked}
