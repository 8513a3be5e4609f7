"""What charts are made of: x in percent of the width, y in pixels, so that text never stretches."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

Words = Callable[[float], str]
Tick = Literal["", "minor", "major"]
Anchor = Literal["start", "middle", "end"]


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
    """One value as drawn. `slot_x` and `slot_width` are its whole column; a bar also has x, width, y, height.

    Its words stand at `words_x` and `words_y`: above the neighbours, too, that they reach over.
    """

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
    anchor: Anchor
    words_x: float
    words_y: float
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
