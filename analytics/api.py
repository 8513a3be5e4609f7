"""Scores in the API: what is predicted of each person now."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter

from analytics.models import Score, ScoredTask
from crm.api.views import Readable

MOST_DIGITS = 18  # of an id: what a database's integers hold


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

    @extend_schema(
        parameters=[
            OpenApiParameter("person", OpenApiTypes.INT, description="Only this person's."),
            OpenApiParameter("task", str, enum=list(ScoredTask.values), description="Only this task's."),
        ]
    )
    def list(self, request: Request, *args: object, **kwargs: object) -> Response:
        return super().list(request, *args, **kwargs)

    def rows(self, visible: QuerySet[Score]) -> QuerySet[Score]:
        person, task = self.request.query_params.get("person"), self.request.query_params.get("task")
        if person:
            if not person.isascii() or not person.isdigit() or len(person) > MOST_DIGITS:
                raise ParseError(_("person is no id."))
            visible = visible.filter(person=int(person))
        return visible.filter(task=task) if task else visible


def register(router: BaseRouter) -> None:
    router.register("scores", ScoreViewSet, "score")
