"""Scores in the API: what is predicted of each person now."""

from __future__ import annotations

from typing import ClassVar

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.routers import BaseRouter

from analytics.models import MetricFigure, Recommendation, Score
from crm.api.views import Readable


class ScoreSerializer(serializers.ModelSerializer[Score]):
    class Meta:
        model = Score
        fields = [
            "id", "person", "task", "kind", "value", "low", "high", "band", "fifth", "stake", "if_ordered", "reasons",
            "horizon_days", "as_of", "scored_at",
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


def register(router: BaseRouter) -> None:
    router.register("recommendations", RecommendationViewSet, "recommendation")
    router.register("scores", ScoreViewSet, "score")
    router.register("metrics", MetricViewSet, "metric")
