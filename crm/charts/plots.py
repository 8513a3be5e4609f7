"""Upright bars and lines on a common base."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor, log10
from typing import NotRequired, TypedDict, Unpack

from .paths import path_of, rounded
from .shapes import Anchor, Chart, Datum, GridLine, Mark, Tick, Words

HEIGHT = 168.0
TOP = 20.0  # room for the words above the highest bar
ROOM = ((4, 12), (8, 5))  # letters of the longest name under the axis: how many names fit
FEWEST_TICKS = 4
WORDS_SHARE = 0.18  # of a card's width that the words of a value take
WORDS_LETTERS = 7  # of words that take so much: €12,345
BAR_SHARE = 0.68
Scale = Callable[[float], float]


class Captions(TypedDict):
    """The words of a chart. `words` says a value in full, `axis_words` shortly; `value_head` heads the table twin."""

    title: str
    words: Words
    axis_words: NotRequired[Words]
    value_head: NotRequired[str]
    description: NotRequired[str]


@dataclass(frozen=True, slots=True)
class _Frame:
    """What every mark of one chart shares: how many there are, how many get a name, the scale and the words."""

    count: int
    ticks: int
    scale: Scale
    words: Words


def bar_chart(data: Sequence[Datum], **captions: Unpack[Captions]) -> Chart | None:
    """Upright bars from zero for up to some 40 values, or None without any. Negative values hang below the base."""
    return _chart(data, captions) if data else None


def line_chart(data: Sequence[Datum], **captions: Unpack[Captions]) -> Chart | None:
    """A line; what `is_forecast` is dashed inside its band. None for fewer than two values."""
    if len(data) < 2:
        return None
    chart = _chart(data, captions)
    known = [mark for mark in chart.marks if not mark.is_forecast]
    ahead = [mark for mark in chart.marks if mark.is_forecast]
    return replace(
        chart,
        path=path_of([(mark.center, mark.y) for mark in known]),
        forecast=path_of([(mark.center, mark.y) for mark in [*known[-1:], *ahead]]) if ahead else "",
        band=_band(data, chart.marks, _scale(*_range(data))),
    )


def scale_of(data: Sequence[Datum]) -> Scale:
    """Where values of these data lie, in pixels from the top."""
    return _scale(*_range(data))


def nice_ceiling(highest: float) -> float:
    """The next round number at or above: 1, 1.2, 1.6, 2, 3, 4, 5, 6 or 8 times a power of ten."""
    if highest <= 0:
        return 1.0
    power = 10.0 ** floor(log10(highest))
    return next(
        (step * power for step in (1, 1.2, 1.6, 2, 3, 4, 5, 6, 8) if highest <= step * power * 1.000001), 10 * power
    )


def _chart(data: Sequence[Datum], captions: Captions) -> Chart:
    top, bottom = _range(data)
    words = captions["words"]
    axis_words = captions.get("axis_words", words)
    frame = _Frame(len(data), _ticks(data), _scale(top, bottom), words)
    direct = direct_places([datum.value for datum in data])
    marks = [_mark(datum, i, frame, is_direct=i in direct) for i, datum in enumerate(data)]
    steps = [top, top / 2, 0.0, *([bottom] if bottom < 0 else [])]
    return Chart(
        title=captions["title"],
        description=captions.get("description", ""),
        value_head=captions.get("value_head", captions["title"]),
        height=HEIGHT,
        base=frame.scale(0),
        grid=[GridLine(frame.scale(value), axis_words(value)) for value in steps],
        marks=[replace(mark, words_y=_clear_of(marks, i)) for i, mark in enumerate(marks)],
    )


def _mark(datum: Datum, i: int, frame: _Frame, *, is_direct: bool) -> Mark:
    slot = 100 / frame.count
    zero, end = frame.scale(0), frame.scale(datum.value)
    shown = frame.words(datum.value)
    is_upward = datum.value >= 0
    anchor = _anchor(i, frame.count)
    return Mark(
        label=datum.label,
        words=shown,
        tip="\n".join(part for part in (f"{datum.label}: {shown}", datum.note) if part),
        url=datum.url,
        center=rounded((i + 0.5) * slot),
        slot_x=rounded(i * slot),
        slot_width=rounded(slot),
        x=rounded((i + (1 - BAR_SHARE) / 2) * slot),
        width=rounded(BAR_SHARE * slot),
        y=end if is_upward else zero,
        height=rounded(max(abs(zero - end), 1.0 if datum.value else 0.0)),
        tick=_tick(i, frame.count, frame.ticks),
        anchor=anchor,
        words_y=end if is_upward else zero,
        words_x=rounded({"start": i, "middle": i + 0.5, "end": i + 1}[anchor] * slot),
        is_direct=is_direct,
        is_main=datum.is_main,
        is_forecast=datum.is_forecast,
    )


def _clear_of(marks: Sequence[Mark], i: int) -> float:
    """The height at which the words of a mark touch none of the neighbours that they reach over."""
    slots = WORDS_SHARE * len(marks) * min(len(marks[i].words) / WORDS_LETTERS, 1)
    reach = ceil(slots) if slots > 1 else 0
    first, last = {"start": (i, i + reach), "middle": (i - reach // 2, i + reach // 2), "end": (i - reach, i)}[
        marks[i].anchor
    ]
    return min(mark.y for mark in marks[max(first, 0) : last + 1])


def _range(data: Sequence[Datum]) -> tuple[float, float]:
    highest = max(max(datum.value, datum.high or 0) for datum in data)
    lowest = min(min(datum.value, datum.low or 0) for datum in data)
    return nice_ceiling(highest), -nice_ceiling(-lowest) if lowest < 0 else 0.0


def _scale(top: float, bottom: float) -> Scale:
    return lambda value: rounded(TOP + (HEIGHT - TOP) * (top - value) / (top - bottom))


def _ticks(data: Sequence[Datum]) -> int:
    """How many names have room on a wide page: long ones need more of it, "Nov. 2026" more than "Nov 2026"."""
    longest = max(len(datum.label) for datum in data)
    return next((ticks for letters, ticks in ROOM if longest <= letters), FEWEST_TICKS)


def _anchor(i: int, count: int) -> Anchor:
    """Where the words of a value hang on it: at the edges of a crowded chart they lean inwards."""
    if count <= 6:
        return "middle"
    return "end" if i >= count - 2 else "start" if i < 2 else "middle"


def _tick(i: int, count: int, ticks: int) -> Tick:
    """Which names stand under the axis: at most `ticks` on a wide page and 4 on a phone, counted from the newest.

    The newest leans inwards: of long names a phone has room for 3.
    """
    few = 4 if ticks > FEWEST_TICKS + 1 else 3
    from_end, step = count - 1 - i, ceil(count / ticks)
    if from_end % step:
        return ""
    return "major" if count <= few or from_end % (step * ceil(count / step / few)) == 0 else "minor"


def direct_places(values: Sequence[float]) -> set[int]:
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
    return f"{path_of([*start, *upper, *reversed(lower)])} Z"
