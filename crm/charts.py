"""Turns numbers into the geometry of charts: x in percent of the width, y in pixels, so that text never stretches."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Literal

HEIGHT = 168.0
TOP = 20.0  # room for the words above the highest bar
SPARK = 24.0
TICKS = 12
BAR_SHARE = 0.68
Words = Callable[[float], str]
Scale = Callable[[float], float]
Tick = Literal["", "minor", "major"]


@dataclass(frozen=True)
class Datum:
    """One value with its name. `url` opens the rows behind it; a line's `low` and `high` bound its forecast."""

    label: str
    value: float
    url: str = ""
    note: str = ""
    is_main: bool = True
    is_forecast: bool = False
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class GridLine:
    y: float
    words: str


@dataclass(frozen=True)
class Mark:
    """One value as drawn. `slot_x` and `slot_width` are its whole column; a bar also has x, width, y, height."""

    label: str
    words: str
    tip: str
    url: str
    center: float
    slot_x: float
    slot_width: float
    x: float
    width: float
    y: float
    height: float
    tick: Tick
    is_direct: bool
    is_main: bool
    is_forecast: bool


@dataclass(frozen=True)
class Chart:
    """Bars or a line on a common base. The paths of a line lie in a box of 100 × `height`."""

    title: str
    description: str
    value_head: str
    height: float
    base: float
    grid: Sequence[GridLine]
    marks: Sequence[Mark]
    path: str = ""
    forecast: str = ""
    band: str = ""


@dataclass(frozen=True)
class Sparkline:
    """A line in a box of 100 × 24 without axes; `title` says in words what it shows."""

    title: str
    path: str
    area: str


@dataclass(frozen=True)
class HBar:
    """One lying bar; `step` says what became of the bar above it in a funnel."""

    label: str
    words: str
    note: str
    url: str
    width: float
    is_main: bool
    step: str = ""


@dataclass(frozen=True)
class HBarChart:
    title: str
    rows: Sequence[HBar]


@dataclass(frozen=True)
class Cell:
    """One cell of the risk × value matrix."""

    count: str
    total: str = ""
    url: str = ""
    tone: Literal["", "good", "warn", "bad"] = ""


@dataclass(frozen=True)
class MatrixRow:
    label: str
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Matrix:
    title: str
    corner: str
    columns: Sequence[str]
    rows: Sequence[MatrixRow]


def bar_chart(
    data: Sequence[Datum],
    *,
    title: str,
    words: Words,
    axis_words: Words | None = None,
    value_head: str = "",
    description: str = "",
) -> Chart | None:
    """Upright bars from zero for up to some 40 values, or None without any. Negative values hang below the base."""
    return _chart(data, title, words, axis_words, value_head, description) if data else None


def line_chart(
    data: Sequence[Datum],
    *,
    title: str,
    words: Words,
    axis_words: Words | None = None,
    value_head: str = "",
    description: str = "",
) -> Chart | None:
    """A line; what `is_forecast` is dashed inside its band. None for fewer than two values."""
    if len(data) < 2:
        return None
    chart = _chart(data, title, words, axis_words, value_head, description)
    scale = _scale(*_range(data))
    known = [mark for mark in chart.marks if not mark.is_forecast]
    ahead = [mark for mark in chart.marks if mark.is_forecast]
    return Chart(
        title=chart.title,
        description=chart.description,
        value_head=chart.value_head,
        height=chart.height,
        base=chart.base,
        grid=chart.grid,
        marks=chart.marks,
        path=_path([(mark.center, mark.y) for mark in known]),
        forecast=_path([(mark.center, mark.y) for mark in [*known[-1:], *ahead]]) if ahead else "",
        band=_band(data, chart.marks, scale),
    )


def sparkline(values: Sequence[float], *, title: str) -> Sparkline | None:
    """The shape of a short series, lowest value at the bottom; None for fewer than two values."""
    if len(values) < 2:
        return None
    low, high = min(values), max(values)
    spread = (high - low) or 1.0
    step = 100 / (len(values) - 1)
    points = [(i * step, 2 + (SPARK - 4) * (1 - (value - low) / spread)) for i, value in enumerate(values)]
    path = _path(points)
    return Sparkline(title=title, path=path, area=f"{path} L100 {SPARK:g} L0 {SPARK:g} Z")


def hbar_chart(data: Sequence[Datum], *, title: str, words: Words) -> HBarChart | None:
    """Lying bars, the longest as wide as the card."""
    return _hbars(data, title, words, steps=[""] * len(data)) if data else None


def funnel(data: Sequence[Datum], *, title: str, words: Words, step_words: Words) -> HBarChart | None:
    """Lying bars where each row says which share of the row above reached it."""
    shares = [later.value / earlier.value if earlier.value else 0.0 for earlier, later in itertools.pairwise(data)]
    return _hbars(data, title, words, steps=["", *(step_words(share) for share in shares)]) if data else None


def _hbars(data: Sequence[Datum], title: str, words: Words, steps: Sequence[str]) -> HBarChart:
    longest = max(*(datum.value for datum in data), 0) or 1.0
    rows = [
        HBar(
            label=datum.label,
            words=words(datum.value),
            note=datum.note,
            url=datum.url,
            width=_round(100 * max(datum.value, 0) / longest),
            is_main=datum.is_main,
            step=step,
        )
        for datum, step in zip(data, steps, strict=True)
    ]
    return HBarChart(title=title, rows=rows)


def nice_ceiling(highest: float) -> float:
    """The next round number at or above: 1, 2, 3, 4, 5, 6 or 8 times a power of ten."""
    if highest <= 0:
        return 1.0
    power = 10.0 ** floor(log10(highest))
    return next((step * power for step in (1, 2, 3, 4, 5, 6, 8) if highest <= step * power * 1.000001), 10 * power)


def _chart(  # noqa: PLR0917
    data: Sequence[Datum],
    title: str,
    words: Words,
    axis_words: Words | None,
    value_head: str,
    description: str,
) -> Chart:
    top, bottom = _range(data)
    scale = _scale(top, bottom)
    direct = _direct([datum.value for datum in data])
    marks = [_mark(datum, i, len(data), scale, words, is_direct=i in direct) for i, datum in enumerate(data)]
    steps = [top, top / 2, 0.0, *([bottom] if bottom < 0 else [])]
    return Chart(
        title=title,
        description=description,
        value_head=value_head or title,
        height=HEIGHT,
        base=scale(0),
        grid=[GridLine(scale(value), (axis_words or words)(value)) for value in steps],
        marks=marks,
    )


def _mark(datum: Datum, i: int, count: int, scale: Scale, words: Words, *, is_direct: bool) -> Mark:
    slot = 100 / count
    zero, end = scale(0), scale(datum.value)
    shown = words(datum.value)
    is_upward = datum.value >= 0
    return Mark(
        label=datum.label,
        words=shown,
        tip="\n".join(part for part in (f"{datum.label}: {shown}", datum.note) if part),
        url=datum.url,
        center=_round((i + 0.5) * slot),
        slot_x=_round(i * slot),
        slot_width=_round(slot),
        x=_round((i + (1 - BAR_SHARE) / 2) * slot),
        width=_round(BAR_SHARE * slot),
        y=end if is_upward else zero,
        height=_round(max(abs(zero - end), 1.0 if datum.value else 0.0)),
        tick=_tick(i, count),
        is_direct=is_direct,
        is_main=datum.is_main,
        is_forecast=datum.is_forecast,
    )


def _range(data: Sequence[Datum]) -> tuple[float, float]:
    highest = max(max(datum.value, datum.high or 0) for datum in data)
    lowest = min(min(datum.value, datum.low or 0) for datum in data)
    return nice_ceiling(highest), -nice_ceiling(-lowest) if lowest < 0 else 0.0


def _scale(top: float, bottom: float) -> Scale:
    return lambda value: _round(TOP + (HEIGHT - TOP) * (top - value) / (top - bottom))


def _tick(i: int, count: int) -> Tick:
    """Which names stand under the axis: at most 12 on a wide page and 4 on a phone, counted from the newest."""
    from_end, step = count - 1 - i, ceil(count / TICKS)
    if from_end % step:
        return ""
    return "major" if count <= 4 or from_end % (step * ceil(count / step / 4)) == 0 else "minor"


def _direct(values: Sequence[float]) -> set[int]:
    """The newest value gets its words, and the highest when the two can't touch."""
    last, peak = len(values) - 1, max(range(len(values)), key=values.__getitem__)
    return {last, peak} if (last - peak) / len(values) > 0.2 else {last}


def _band(data: Sequence[Datum], marks: Sequence[Mark], scale: Scale) -> str:
    ahead = [(mark, datum) for mark, datum in zip(marks, data, strict=True) if datum.high is not None]
    if not ahead:
        return ""
    first = data.index(ahead[0][1])
    start = [(marks[first - 1].center, marks[first - 1].y)] if first else []
    upper = [(mark.center, scale(datum.high if datum.high is not None else datum.value)) for mark, datum in ahead]
    lower = [(mark.center, scale(datum.low if datum.low is not None else 0)) for mark, datum in ahead]
    return f"{_path([*start, *upper, *reversed(lower)])} Z"


def _path(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(
        f"{'L' if i else 'M'}{x:g} {y:g}" for i, (x, y) in enumerate((_round(x), _round(y)) for x, y in points)
    )


def _round(value: float) -> float:
    return round(value, 2)
