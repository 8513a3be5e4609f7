"""Scores in the API: what is predicted of each person now."""

from __future__ import annotations

from typing import ClassVar

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.routers import BaseRouter

from analytics.models import Score
from crm.api.views import Readable


class ScoreSerializer(serializers.ModelSerializer[Score]):
    class Meta:
        model = Score
        fields = [
            "id", "person", "task", "kind", "value", "low", "high", "band", "fifth", "stake", "reasons", "horizon_days",
            "as_of", "scored_at",
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


def register(router: BaseRouter) -> None:
    router.register("scores", ScoreViewSet, "score")
