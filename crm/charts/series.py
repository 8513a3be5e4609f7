"""Several series on one base: stacked bars, upright and lying, and lines."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Unpack

from .paths import path_of, rounded
from .plots import Captions, bar_chart, direct_places, scale_of
from .shapes import Chart, Datum, Words

TONES = 8


@dataclass(frozen=True)
class SeriesKey:
    """The name of a series and its colour: 1 to 8, or what it means."""

    label: str
    tone: str


@dataclass(frozen=True)
class Part:
    """One part of a stacked bar. Of an upright bar the place along the axis is in percent, across it in pixels."""

    tone: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Path:
    """The line of one series in a box of 100 × the chart's height, and the dots of values that stand alone."""

    tone: str
    path: str
    dots: Sequence[tuple[float, float]] = ()


@dataclass(frozen=True)
class SeriesChart:
    """Stacked bars or lines on the frame of `chart`, whose marks say all series of a place in one tip."""

    chart: Chart
    keys: Sequence[SeriesKey]
    parts: Sequence[Part] = ()
    paths: Sequence[Path] = ()


@dataclass(frozen=True)
class HStack:
    """One lying bar of several parts, each with its place and width in percent and what it says."""

    label: str
    words: str
    url: str
    parts: Sequence[Part]
    tip: str


@dataclass(frozen=True)
class HStackChart:
    title: str
    keys: Sequence[SeriesKey]
    rows: Sequence[HStack]


Values = Sequence[float | None]


def stacked_chart(
    labels: Sequence[Datum],
    series: Sequence[tuple[str, Values]],
    tones: Sequence[str] = (),
    **captions: Unpack[Captions],
) -> SeriesChart | None:
    """Upright bars made of the series, from the base up; what is below zero hangs under it. None without any.

    `tones` say of a series that it is good or bad news, or neither ("none"); the others get colours of their own.
    """
    if not labels:
        return None
    colours = _colours(series, tones)
    above = [sum(max(values[i] or 0, 0) for _name, values in series) for i in range(len(labels))]
    below = [sum(min(values[i] or 0, 0) for _name, values in series) for i in range(len(labels))]
    data = [
        replace(datum, value=above[i] or below[i], low=below[i], high=above[i], note=_tip(i, series, captions["words"]))
        for i, datum in enumerate(labels)
    ]
    chart = bar_chart(data, **captions)
    if chart is None:
        return None
    scale = scale_of(data)
    parts = []
    for i, mark in enumerate(chart.marks):
        top, bottom = 0.0, 0.0
        for colour, (_name, values) in zip(colours, series, strict=True):
            value = values[i] or 0
            start = top if value >= 0 else bottom
            high, low = max(start, start + value), min(start, start + value)
            if value:
                parts.append(Part(colour, mark.x, scale(high), mark.width, rounded(scale(low) - scale(high))))
            top, bottom = (high, bottom) if value >= 0 else (top, low)
    return SeriesChart(chart, _keys(series, colours), parts=parts)


def lines_chart(
    labels: Sequence[Datum],
    series: Sequence[tuple[str, Values]],
    tones: Sequence[str] = (),
    **captions: Unpack[Captions],
) -> SeriesChart | None:
    """A line for each series; where a value is missing the line is broken. None for fewer than two places."""
    if len(labels) < 2:
        return None
    colours = _colours(series, tones)
    known = [[value for _name, values in series if (value := values[i]) is not None] for i in range(len(labels))]
    data = [
        replace(
            datum, value=max(known[i], default=0), low=min([*known[i], 0]), high=max([*known[i], 0]),
            note=_tip(i, series, captions["words"]),
        )
        for i, datum in enumerate(labels)
    ]  # fmt: skip
    chart = bar_chart(data, **captions)
    if chart is None:
        return None
    said = direct_places([values[0] for values in known if values]) if len(series) == 1 and any(known) else set()
    places = [i for i, values in enumerate(known) if values]
    direct = {places[i] for i in said}
    marks = [replace(mark, is_direct=i in direct) for i, mark in enumerate(chart.marks)]
    scale = scale_of(data)
    paths = []
    for colour, (_name, values) in zip(colours, series, strict=True):
        points = [None if value is None else (marks[i].center, scale(value)) for i, value in enumerate(values)]
        runs = _runs(points)
        paths.append(Path(colour, " ".join(path_of(run) for run in runs), [run[0] for run in runs if len(run) == 1]))
    return SeriesChart(replace(chart, marks=marks), _keys(series, colours), paths=paths)


def hstack_chart(
    labels: Sequence[Datum],
    series: Sequence[tuple[str, Values]],
    *,
    title: str,
    words: Words,
    tones: Sequence[str] = (),
) -> HStackChart | None:
    """Lying bars made of the series, the longest as wide as the card. Only what is above zero is drawn."""
    if not labels:
        return None
    colours = _colours(series, tones)
    sums = [sum(max(values[i] or 0, 0) for _name, values in series) for i in range(len(labels))]
    longest = max(sums) or 1.0
    rows = []
    for i, datum in enumerate(labels):
        parts, place = [], 0.0
        for colour, (_name, values) in zip(colours, series, strict=True):
            width = 100 * max(values[i] or 0, 0) / longest
            if width:
                parts.append(Part(colour, rounded(place), 0, rounded(width), 8))
            place += width
        rows.append(HStack(datum.label, words(datum.value), datum.url, parts, _tip(i, series, words)))
    return HStackChart(title, _keys(series, colours), rows)


def _tip(i: int, series: Sequence[tuple[str, Values]], words: Words) -> str:
    """What each series has at this place, the empty ones left out."""
    return "\n".join(f"{name}: {words(value)}" for name, values in series if (value := values[i]))


def _keys(series: Sequence[tuple[str, Values]], colours: Sequence[str]) -> list[SeriesKey]:
    return [SeriesKey(name, colour) for colour, (name, _values) in zip(colours, series, strict=True)]


def _colours(series: Sequence[tuple[str, Values]], tones: Sequence[str]) -> list[str]:
    """What each series means, or the number of a colour that means nothing."""
    meant = [*tones, *[""] * (len(series) - len(tones))]
    return [tone or str(place % TONES + 1) for place, tone in enumerate(meant)]


def _runs(points: Sequence[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    runs: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(point)
    return [run for run in runs if run]
