"""Numbers, reports and dashboards in the admin: looked at here, changed by their owners."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from analytics.models import Board, BoardTile, MetricFigure, Report
from analytics.queries.metrics.spans import span_words
from analytics.queries.number_words import saying
from analytics.queries.person_insight import workspace_currency
from analytics.ready_reports import READY
from crm.admin.base import ReadOnlyAdmin
from crm.extensions import dashboard_tiles, metrics


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


class BoardTileInline(TabularInline):
    """The tiles in their order, to be looked at."""

    model = BoardTile
    fields = ("kind", "what", "width")
    readonly_fields = fields
    ordering = ("position", "pk")
    extra = 0
    can_delete = False

    @admin.display(description=_("what"))
    def what(self, tile: BoardTile) -> str:
        names: Mapping[str, Any] = {"number": metrics, "ready": READY, "block": dashboard_tiles}
        found = names[tile.kind].get(tile.key) if tile.kind in names else None
        name = getattr(found, "label", "") or getattr(found, "name", "") or getattr(found, "title", "")
        return str(name or tile.key)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Board)
class BoardAdmin(ReadOnlyAdmin):
    """The dashboards that colleagues keep; what they show is each reader's own."""

    list_display = ("name", "owner", "shared_with", "number_of_tiles", "updated_at")
    list_filter = ("shared_with",)
    list_select_related = ("owner",)
    search_fields = ("name", "owner__name", "owner__email")
    ordering = ("name", "pk")
    fields = ("name", "owner", "shared_with", "created_at", "updated_at")
    inlines = (BoardTileInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Board]:
        seen: QuerySet[Board] = super().get_queryset(request)
        return seen.annotate(tile_count=Count("tiles"))

    @admin.display(description=_("tiles"), ordering="tile_count")
    def number_of_tiles(self, board: Any) -> int:
        return int(board.tile_count)
