"""Numbers and reports in the admin: looked at here, changed by their owners."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from analytics.models import MetricFigure, Report
from analytics.queries.metrics.spans import span_words
from analytics.queries.number_words import saying
from analytics.queries.person_insight import workspace_currency
from crm.admin.base import ReadOnlyAdmin
from crm.extensions import metrics


@admin.register(MetricFigure)
class MetricFigureAdmin(ReadOnlyAdmin):
    """Every number of every month, quarter and year, with what was foretold and what came."""

    list_display = ("name", "when", "said", "sample", "came", "counted_at", "frozen_at")
    list_filter = ("span", "starts_on")
    search_fields = ("metric",)
    ordering = ("-starts_on", "span", "metric")
    fields = ("name", "when", "said", "low", "high", "sample", "needed", "more", "came", "counted_at", "frozen_at")

    @admin.display(description=_("number"), ordering="metric")
    def name(self, figure: MetricFigure) -> str:
        metric = metrics.get(figure.metric)
        return str(metric.label) if metric else figure.metric

    @admin.display(description=_("of"), ordering="starts_on")
    def when(self, figure: MetricFigure) -> str:
        return span_words(figure.span, figure.starts_on)

    @admin.display(description=_("value"), ordering="value")
    def said(self, figure: MetricFigure) -> str:
        return self._words(figure, figure.value)

    @admin.display(description=_("what came"))
    def came(self, figure: MetricFigure) -> str:
        return self._words(figure, figure.outcome)

    def _words(self, figure: MetricFigure, value: float | None) -> str:
        metric = metrics.get(figure.metric)
        return "" if value is None or metric is None else saying(metric, workspace_currency())(value)


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin):
    """The reports that colleagues keep; what they show is each reader's own."""

    list_display = ("name", "owner", "is_shared", "target", "measure", "group_by", "updated_at")
    list_filter = ("is_shared", "target")
    search_fields = ("name", "owner__name", "owner__email")
    ordering = ("name", "pk")
