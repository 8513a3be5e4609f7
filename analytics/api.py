"""Scores, recommendations, numbers, reports and dashboards in the API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter

from analytics.levers import WORDS, lever_line
from analytics.models import Board, BoardTile, MetricFigure, Recommendation, Report, Score
from analytics.operations.board_tiles import BoardFullError, UnknownTileError, set_tiles
from analytics.operations.boards import (
    BoardNameTakenError,
    TooManyBoardsError,
    create_board,
    delete_board,
    update_board,
)
from analytics.operations.report_results import answered
from analytics.queries.boards.narrowing import from_data
from analytics.queries.reports import Figure, ReportFigures
from analytics.queries.why import say_why
from analytics.ready_boards import TilePlace
from crm.access import Can, require
from crm.api.views import Creatable, Deletable, Editable, Readable
from crm.models import User


class LeverSerializer(serializers.Serializer[dict[str, Any]]):
    """What somebody here could do that would change this chance most, and what it would be then."""

    key = serializers.ChoiceField(choices=[*WORDS], help_text="What would be done.")
    value = serializers.FloatField(min_value=0, max_value=1, help_text="The chance once it is done.")
    says = serializers.SerializerMethodField(help_text="Both in words, in the caller's language.")

    def get_says(self, lever: dict[str, Any]) -> str:
        return lever_line(lever)


class ScoreSerializer(serializers.ModelSerializer[Score]):
    lever = LeverSerializer(
        read_only=True, allow_null=True,
        help_text="What would change this chance most. Null where nothing that somebody can do moves it by 5 in 100, "
        "by more than the model was off on average in its test, and to another number as people count; for a rule of "
        "thumb; and for money and the risk of leaving, where `if_ordered` says what an order would do.",
    )  # fmt: skip

    class Meta:
        model = Score
        fields = [
            "id", "person", "task", "kind", "value", "low", "high", "band", "fifth", "stake", "if_ordered", "lever",
            "reasons", "horizon_days", "as_of", "scored_at",
        ]  # fmt: skip
        read_only_fields = fields


class ScoreViewSet(Readable):
    """Current scores, one for each person and task. `kind` says whether a model or a rule of thumb made it."""

    queryset = Score.objects.all()
    serializer_class = ScoreSerializer
    since = "scored_at"

    links: ClassVar[dict[str, str]] = {"person": "person"}
    own_parameters: ClassVar[dict[str, str]] = {"task": "Only this task's, like `churn` or `value`."}

    def rows(self, visible: QuerySet[Score]) -> QuerySet[Score]:
        task = self.request.query_params.get("task")
        return visible.filter(task=task) if task else visible

    def paginate_queryset(self, queryset: Any) -> Any:
        page = super().paginate_queryset(queryset)
        say_why(page or ())
        return page

    def get_object(self) -> Any:
        score = super().get_object()
        say_why([score])
        return score


class RecommendationSerializer(serializers.ModelSerializer[Recommendation]):
    sku = serializers.CharField(source="product.sku", read_only=True)
    product_name = serializers.CharField(source="product.name", read_only=True)

    class Meta:
        model = Recommendation
        fields = ["id", "person", "product", "sku", "product_name", "kind", "place", "due_on", "reason", "made_at"]
        read_only_fields = fields


class RecommendationViewSet(Readable):
    """What people may buy next. `kind` is `again` (time to reorder) or `new` (new for them)."""

    queryset = Recommendation.objects.all()
    serializer_class = RecommendationSerializer
    since = "made_at"

    links: ClassVar[dict[str, str]] = {"person": "person", "product": "product"}
    own_parameters: ClassVar[dict[str, str]] = {"kind": "Only `again` or only `new`."}

    def rows(self, visible: QuerySet[Recommendation]) -> QuerySet[Recommendation]:
        kind = self.request.query_params.get("kind")
        rows = visible.filter(person__no_profiling=False).select_related("product")
        return rows.filter(kind=kind) if kind else rows


class MetricSerializer(serializers.ModelSerializer[MetricFigure]):
    class Meta:
        model = MetricFigure
        fields = [
            "id", "metric", "span", "starts_on", "value", "low", "high", "sample", "needed", "more", "outcome",
            "counted_at", "frozen_at",
        ]  # fmt: skip
        read_only_fields = fields


class MetricViewSet(Readable):
    """The numbers of the business by month, quarter and year, as the page shows them; for who sees all of it.

    `value` is null below `needed` of `sample`. A prediction says what is expected, and `outcome` what came of it.
    """

    queryset = MetricFigure.objects.all()
    serializer_class = MetricSerializer
    since = "counted_at"

    own_parameters: ClassVar[dict[str, str]] = {
        "metric": "Only this one, like `revenue`.",
        "span": "`month`, `quarter` or `year`.",
    }

    def rows(self, visible: QuerySet[MetricFigure]) -> QuerySet[MetricFigure]:
        asked = {name: self.request.query_params.get(name) for name in self.own_parameters}
        return visible.filter(**{name: value for name, value in asked.items() if value})


class ReportSerializer(serializers.ModelSerializer[Report]):
    class Meta:
        model = Report
        fields = [
            "id", "name", "owner", "is_shared", "target", "measure", "group_by", "split_by", "date_by", "unit",
            "period", "starts_on", "ends_on", "filter", "chart", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = fields


class ReportViewSet(Readable):
    """The caller's own reports and those that colleagues share. `figures/` has what one comes to for the caller."""

    queryset = Report.objects.all()
    serializer_class = ReportSerializer
    since = "updated_at"

    own_parameters: ClassVar[dict[str, str]] = {"target": "Only those that count this, like `order`."}

    def rows(self, visible: QuerySet[Report]) -> QuerySet[Report]:
        target = self.request.query_params.get("target")
        return visible.filter(target=target) if target else visible

    @extend_schema(responses=OpenApiTypes.OBJECT)
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def figures(self, request: Request, pk: str | None = None) -> Response:
        """The lines of a report with their numbers; `state` is `ready`, `waiting` (ask again soon) or `refused`."""
        report: Report = get_object_or_404(self.get_queryset(), pk=pk if (pk or "").isdecimal() else None)
        return Response(figures_data(answered(report, self.caller)))


def figures_data(figures: ReportFigures) -> dict[str, Any]:
    """The figures as JSON: numbers as such, names in the caller's language."""
    return {
        "state": "refused" if figures.error else "waiting" if figures.is_waiting else "ready",
        "error": figures.error,
        "measure": figures.measure,
        "kind": figures.kind,
        "currency": figures.currency,
        "unit": figures.unit,
        "series": [{"label": series.label, **_figure(series.whole)} for series in figures.series],
        "lines": [
            {"label": line.label, **_figure(line.whole), "series": [_figure(figure) for figure in line.figures]}
            for line in figures.lines
        ],
        "whole": _figure(figures.whole),
        "counted_at": figures.as_of,
    }


def _figure(figure: Figure) -> dict[str, Any]:
    return {"value": figure.value, "rows": figure.n}


class TileSerializer(serializers.ModelSerializer[BoardTile]):
    class Meta:
        model = BoardTile
        fields = ["id", "kind", "key", "width"]
        read_only_fields = ["id"]


class NarrowingField(serializers.JSONField):
    """How a dashboard opens: `period`, `from`, `to`, `whose` and `filter`, as its address has them."""

    def to_internal_value(self, data: Any) -> Any:
        read = super().to_internal_value(data)
        if not isinstance(read, dict):
            raise serializers.ValidationError(_("This is an object with period, from, to, whose and filter."))
        return from_data(read).as_data()


class BoardSerializer(serializers.ModelSerializer[Board]):
    tiles = TileSerializer(many=True, required=False)
    opens_with = NarrowingField(source="narrowing", required=False)

    class Meta:
        model = Board
        fields = [
            "id", "name", "owner", "shared_with", "opens_with", "tiles", "version", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["id", "owner", "version", "created_at", "updated_at"]
        validators: ClassVar[list[Any]] = []

    @property
    def caller(self) -> User:
        caller: User = self.context["view"].caller
        return caller

    def validate_shared_with(self, shared_with: str) -> str:
        if shared_with and (self.instance is None or shared_with != self.instance.shared_with):
            require(self.caller, Can.SHARE)
        return shared_with

    def create(self, validated_data: dict[str, Any]) -> Board:
        tiles = validated_data.pop("tiles", [])
        with refusing():
            board = create_board(actor=self.caller, **validated_data)
            return set_tiles(board=board, tiles=_places(tiles), actor=self.caller)

    def update(self, instance: Board, validated_data: dict[str, Any]) -> Board:
        """What the body names; both name and tiles under the version that was seen."""
        tiles = validated_data.pop("tiles", None)
        seen: int | None = self.context["view"].version()
        board = instance
        with refusing():
            if validated_data:
                board = update_board(board=board, actor=self.caller, version=seen, **validated_data)
                seen = None
            if tiles is not None:
                board = set_tiles(board=board, tiles=_places(tiles), actor=self.caller, version=seen)
        return board


def _places(tiles: list[dict[str, Any]]) -> list[TilePlace]:
    return [TilePlace(tile["kind"], tile["key"], tile.get("width", 1)) for tile in tiles]


@contextmanager
def refusing() -> Iterator[None]:
    """All or nothing; what the operations refuse is a 422 in their words."""
    try:
        with transaction.atomic():
            yield
    except (BoardNameTakenError, TooManyBoardsError, UnknownTileError, BoardFullError) as refused:
        raise ValidationError(str(refused)) from refused


class BoardViewSet(Readable, Creatable, Editable, Deletable):
    """Dashboards of the caller, and those shared with them, which only their owner changes.

    `tiles` stand in their order, and are written as a whole. Their figures: `reports/<key>/figures/` and `metrics/`.
    """

    queryset = Board.objects.all()
    serializer_class = BoardSerializer
    since = "updated_at"

    def rows(self, visible: QuerySet[Board]) -> QuerySet[Board]:
        in_order = BoardTile.objects.order_by("position", "pk")
        return visible.prefetch_related(Prefetch("tiles", in_order))

    def get_object(self) -> Board:
        board: Board = super().get_object()
        if self.request.method not in SAFE_METHODS and board.owner_id != self.caller.pk:
            raise Http404
        return board

    def perform_destroy(self, instance: Board) -> None:
        delete_board(board=instance, actor=self.caller)


def register(router: BaseRouter) -> None:
    router.register("boards", BoardViewSet, "board")
    router.register("recommendations", RecommendationViewSet, "recommendation")
    router.register("scores", ScoreViewSet, "score")
    router.register("metrics", MetricViewSet, "metric")
    router.register("reports", ReportViewSet, "report")
