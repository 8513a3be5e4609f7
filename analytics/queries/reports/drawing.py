"""The figures of a report as a chart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from analytics.models.reports import TIME, Chart
from crm import charts

from .figures import Line, ReportFigures
from .questions import Measure
from .words import axis_words, value_words


@dataclass(frozen=True)
class Drawing:
    """A chart and the template that draws it; no template where there is nothing to draw but the table."""

    template: str = ""
    chart: Any = None


def draw(figures: ReportFigures) -> Drawing:
    """The chart of these figures."""
    if figures.error or figures.is_waiting or figures.is_empty or figures.chart in (Chart.TABLE, Chart.NUMBER):
        return Drawing()
    measure = Measure("", figures.measure, "sum" if figures.is_additive else "average", figures.kind)
    say, short = value_words(measure, figures.currency), axis_words(measure, figures.currency)
    captions: Any = {"title": figures.title, "words": say, "axis_words": short, "value_head": figures.measure}
    data = [_datum(line) for line in figures.lines]
    parts = [
        (series.label, [line.figures[i].value for line in figures.lines]) for i, series in enumerate(figures.series)
    ]
    tones = [series.tone for series in figures.series]
    if figures.spec.group_by != TIME:
        if figures.chart == Chart.STACKED and parts:
            return Drawing(
                "_chart_hstacks.html", charts.hstack_chart(data, parts, title=figures.title, words=say, tones=tones)
            )
        return Drawing("_chart_hbars.html", charts.hbar_chart(data, title=figures.title, words=say))
    if figures.chart == Chart.LINE:
        parts = parts or [(figures.measure, [line.whole.value for line in figures.lines])]
        return Drawing("_chart_series.html", charts.lines_chart(data, parts, tones=tones, **captions))
    parts = parts or [(figures.measure, [line.whole.value for line in figures.lines])]
    return Drawing("_chart_series.html", charts.stacked_chart(data, parts, tones=tones, **captions))


def _datum(line: Line) -> charts.Datum:
    return charts.Datum(line.label, line.whole.value or 0.0, url=line.whole.url)
