"""Charts of the analytics room beside the shared ones: two-part bars, and the picture of calibration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from crm import formats
from crm.charts import Chart, Datum, Mark, Words, bar_chart


@dataclass(frozen=True)
class Split:
    """A bar and its lower part in another colour, with the words of both."""

    mark: Mark
    part_y: float
    part_height: float
    part_words: str
    rest_words: str


@dataclass(frozen=True)
class SplitChart:
    """Bars of two parts on a common base; heads name the lower part and the rest."""

    chart: Chart
    splits: Sequence[Split]
    part_head: str
    rest_head: str


def split_bars(
    data: Sequence[tuple[Datum, float]], *, title: str, words: Words, part_head: str, rest_head: str
) -> SplitChart | None:
    """Upright bars of which the lower part is counted apart: (whole, part) for each. None without any."""
    chart = bar_chart([whole for whole, _part in data], title=title, words=words)
    if chart is None:
        return None
    splits = [_split(mark, whole.value, part, words) for mark, (whole, part) in zip(chart.marks, data, strict=True)]
    return SplitChart(chart, splits, part_head, rest_head)


def _split(mark: Mark, whole: float, part: float, words: Words) -> Split:
    height = round(mark.height * part / whole, 2) if whole else 0.0
    return Split(mark, round(mark.y + mark.height - height, 2), height, words(part), words(max(whole - part, 0)))


EDGE = 4.0  # percent: room for whole dots at the ends


@dataclass(frozen=True)
class Dot:
    """One tenth of the predictions: what was said and what came, both in percent of the picture."""

    x: float
    y: float
    said: str
    came: str
    customers: str


@dataclass(frozen=True)
class Calibration:
    """Dots on the diagonal are predictions that came true as said."""

    title: str
    dots: Sequence[Dot]
    least: str
    most: str


def calibration(
    tenths: Sequence[Mapping[str, Any]], *, words: Words, top: float, power: float = 1.0
) -> Calibration | None:
    """The picture of the hold-out's tenths; `top` is the end of both axes. None without any.

    A `power` below 1 gives small amounts more room beside a few large ones.
    """
    if not tenths or top <= 0:
        return None

    def place(value: float) -> float:
        return EDGE + (100 - 2 * EDGE) * float(min(max(value, 0) / top, 1) ** power)

    dots = [
        Dot(
            x=round(place(tenth["predicted"]), 2),
            y=round(100 - place(tenth["actual"]), 2),
            said=words(tenth["predicted"]),
            came=words(tenth["actual"]),
            customers=formats.number(tenth["customers"]),
        )
        for tenth in tenths
    ]
    return Calibration(_("What was said and what came"), dots, words(0), words(top))
