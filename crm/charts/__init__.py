"""Turns numbers into the geometry of charts; templates/_chart_*.html draw it."""

from .lying import funnel, hbar_chart, sparkline
from .plots import bar_chart, line_chart, nice_ceiling
from .series import HStack, HStackChart, Part, Path, SeriesChart, SeriesKey, hstack_chart, lines_chart, stacked_chart
from .shapes import Cell, Chart, Datum, GridLine, HBar, HBarChart, Mark, Matrix, MatrixRow, Sparkline, Words

__all__ = [
    "Cell",
    "Chart",
    "Datum",
    "GridLine",
    "HBar",
    "HBarChart",
    "HStack",
    "HStackChart",
    "Mark",
    "Matrix",
    "MatrixRow",
    "Part",
    "Path",
    "SeriesChart",
    "SeriesKey",
    "Sparkline",
    "Words",
    "bar_chart",
    "funnel",
    "hbar_chart",
    "hstack_chart",
    "line_chart",
    "lines_chart",
    "nice_ceiling",
    "sparkline",
    "stacked_chart",
]
