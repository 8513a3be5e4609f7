"""Lying bars, funnels and sparklines."""

from collections.abc import Sequence
from itertools import pairwise

from .paths import path_of, rounded
from .shapes import Datum, HBar, HBarChart, Sparkline, Words

SPARK = 24.0


def sparkline(values: Sequence[float], *, title: str) -> Sparkline | None:
    """The shape of a short series, lowest value at the bottom; None for fewer than two values."""
    if len(values) < 2:
        return None
    low, high = min(values), max(values)
    spread = (high - low) or 1.0
    step = 100 / (len(values) - 1)
    points = [(i * step, 2 + (SPARK - 4) * (1 - (value - low) / spread)) for i, value in enumerate(values)]
    path = path_of(points)
    return Sparkline(title=title, path=path, area=f"{path} L100 {SPARK:g} L0 {SPARK:g} Z")


def hbar_chart(data: Sequence[Datum], *, title: str, words: Words) -> HBarChart | None:
    """Lying bars, the longest as wide as the card."""
    return _hbars(data, title, words, steps=[""] * len(data)) if data else None


def funnel(data: Sequence[Datum], *, title: str, words: Words, step_words: Words) -> HBarChart | None:
    """Lying bars where each row says which share of the row above reached it."""
    shares = [later.value / earlier.value if earlier.value else 0.0 for earlier, later in pairwise(data)]
    return _hbars(data, title, words, steps=["", *(step_words(share) for share in shares)]) if data else None


def _hbars(data: Sequence[Datum], title: str, words: Words, steps: Sequence[str]) -> HBarChart:
    longest = max(*(datum.value for datum in data), 0) or 1.0
    rows = [
        HBar(
            label=datum.label,
            words=words(datum.value),
            note=datum.note,
            url=datum.url,
            width=rounded(100 * max(datum.value, 0) / longest),
            is_main=datum.is_main,
            step=step,
        )
        for datum, step in zip(data, steps, strict=True)
    ]
    return HBarChart(title=title, rows=rows)
