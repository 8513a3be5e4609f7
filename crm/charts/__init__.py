"""Turns numbers into the geometry of charts; templates/_chart_*.html draw it."""

from .lying import funnel, hbar_chart, sparkline
from .plots import bar_chart, line_chart, nice_ceiling
from .shapes import Cell, Chart, Datum, GridLine, HBar, HBarChart, Mark, Matrix, MatrixRow, Sparkline, Words

__all__ = [
    "Cell",
    "Chart",
    "Datum",
    "GridLine",
    "HBar",
    "HBarChart",
    "Mark",
    "Matrix",
    "MatrixRow",
    "Sparkline",
    "Words",
    "bar_chart",
    "funnel",
    "hbar_chart",
    "line_chart",
    "nice_ceiling",
    "sparkline",
]
