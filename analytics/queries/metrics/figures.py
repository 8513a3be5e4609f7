"""One figure: its value, of how many, how sure, and what is missing where there are too few."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

SURE = 1.96  # 19 of 20 cases
LIKELY = 1.2816  # 4 of 5 cases


@dataclass(frozen=True)
class Figure:
    """`value` is None below `needed` of `sample`. `low` to `high` hold the true value in 19 of 20 cases, of a
    prediction what comes in 4 of 5. `more` are the parts by name, for sentences and details."""

    value: float | None
    sample: int = 0
    needed: int = 1
    low: float | None = None
    high: float | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


def too_few(sample: int, needed: int, **more: Any) -> Figure:
    """No value: there are not enough."""
    return Figure(None, sample, needed, more=more)


def share(part: float, whole: int, *, needed: int, **more: Any) -> Figure:
    """A share with its Wilson interval (1927)."""
    more = {"part": part, **more}
    if whole < max(needed, 1):
        return too_few(whole, needed, **more)
    low, high = wilson(part, whole)
    return Figure(part / whole, whole, needed, low, high, more)


def wilson(part: float, whole: int) -> tuple[float, float]:
    """Where the true share lies in 19 of 20 cases."""
    p, z2 = part / whole, SURE**2
    middle = (p + z2 / (2 * whole)) / (1 + z2 / whole)
    half = SURE * sqrt(p * (1 - p) / whole + z2 / (4 * whole**2)) / (1 + z2 / whole) if 0 <= p <= 1 else 0.0
    return max(middle - half, 0.0), min(middle + half, 1.0)


def mean(average: float | None, deviation: float | None, count: int, *, needed: int, **more: Any) -> Figure:
    """A mean with its normal interval."""
    if average is None or count < max(needed, 1):
        return too_few(count, needed, **more)
    half = SURE * (deviation or 0.0) / sqrt(count)
    return Figure(average, count, needed, average - half, average + half, more)


def ratio(above: float, below: float, *, sample: int, needed: int, **more: Any) -> Figure:
    """A ratio without an interval."""
    if sample < max(needed, 1) or below <= 0:
        return too_few(sample, needed, **more)
    return Figure(above / below, sample, needed, more=more)


def median(values: list[float], *, needed: int, **more: Any) -> Figure:
    """The middle one, with the range of ranks that holds the true median in 19 of 20 cases; the ninth of ten beside."""
    ordered, count = sorted(values), len(values)
    if count < max(needed, 1):
        return too_few(count, needed, **more)
    half = SURE * sqrt(count) / 2
    low, high = max(int(count / 2 - half), 0), min(int(count / 2 + half), count - 1)
    ninth = ordered[min(int(0.9 * count), count - 1)]
    return Figure(ordered[count // 2], count, needed, ordered[low], ordered[high], {"p90": ninth, **more})


def balance(above: int, below: int, whole: int, *, needed: int, **more: Any) -> Figure:
    """The share above minus the share below in points of a hundred, with the normal interval of such a difference."""
    more = {"above": above, "below": below, **more}
    if whole < max(needed, 1):
        return too_few(whole, needed, **more)
    up, down = above / whole, below / whole
    half = SURE * sqrt(max(up + down - (up - down) ** 2, 0.0) / whole)
    low, high = max(up - down - half, -1.0), min(up - down + half, 1.0)
    return Figure(100 * (up - down), whole, needed, 100 * low, 100 * high, more)
