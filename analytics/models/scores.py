"""What is predicted of each person now, what was predicted before, and what people say about it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.models import OfPersonQuerySet, Person

from .lifecycle import ModelVersion
from .task_names import Band


class ScoreQuerySet(OfPersonQuerySet["Score"]):
    def of_task(self, task: str) -> ScoreQuerySet:
        return self.filter(task=task)


class Score(models.Model):
    """The current prediction of one task for one person.

    `value` is the chance of leaving (churn) or the money of the next year (value), between `low` and `high`. `reasons`
    are [{"key", "direction", "numbers"}], put into words by `analytics.reasons`; None where nobody has asked yet, and
    `if_ordered` then, too: read them by `analytics.queries.why`. A rule of thumb has no model version, and its `value`
    for churn only ranks: it is no chance. `fifth` is the place among all customers by expected value, 5 the best; for
    churn by `stake`: what the person may spend in a year if they stay.
    `if_ordered` is what the value would be with one more order now, `lever` ({"key", "value"}) what somebody could do
    that would change another chance most, and to what; put into words by `analytics.levers`. `place` is what lists sort
    by: the value, with those who left long ago after everybody else.
    """

    class Kind(models.TextChoices):
        MODEL = "model", _("model")
        RULE = "rule", _("rule of thumb")

    # Found by person through `score_once`: each further index is written for every row of every night.
    person = models.ForeignKey(Person, models.CASCADE, related_name="scores", verbose_name=_("person"), db_index=False)
    task = models.CharField(_("what it predicts"), max_length=20)
    kind = models.CharField(_("made by"), max_length=10, choices=Kind, default=Kind.MODEL)
    value = models.FloatField(_("value"))
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    band = models.CharField(_("in a word"), max_length=10, choices=Band)
    fifth = models.PositiveSmallIntegerField(default=0)
    stake = models.FloatField(null=True)
    if_ordered = models.FloatField(null=True)
    lever: models.JSONField[dict[str, Any] | None, dict[str, Any] | None] = models.JSONField(null=True)
    place = models.FloatField(default=0)
    reasons: models.JSONField[list[dict[str, Any]] | None, list[dict[str, Any]] | None] = models.JSONField(
        default=list, null=True
    )
    horizon_days = models.PositiveIntegerField()
    as_of = models.DateField()
    model_version = models.ForeignKey(ModelVersion, models.SET_NULL, null=True, related_name="+")
    scored_at = models.DateTimeField(default=timezone.now)

    objects = ScoreQuerySet.as_manager()

    class Meta:
        verbose_name = _("score")
        verbose_name_plural = _("scores")
        constraints = [models.UniqueConstraint(fields=["person", "task"], name="score_once")]
        indexes = [
            models.Index("task", models.F("place").desc(), models.F("person").desc(), name="score_by_place"),
            models.Index("task", "band", models.F("stake").desc(), name="score_by_band"),
            models.Index(fields=["task", "band", "fifth", "stake"], name="score_by_fifth"),
        ]

    def __str__(self) -> str:
        return f"{self.task} {self.person_id}"


class Prediction(models.Model):
    """The ledger: what was said on `as_of`, and after `horizon_days` what happened. Written once a month and person."""

    task = models.CharField(max_length=20)
    person = models.ForeignKey(Person, models.CASCADE, related_name="+", db_index=False)  # by `prediction_once`
    value = models.FloatField()
    band = models.CharField(max_length=10, choices=Band)
    as_of = models.DateField()
    horizon_days = models.PositiveIntegerField()
    closes_on = models.DateField()
    outcome = models.FloatField(null=True)
    outcome_at = models.DateTimeField(null=True)
    model_version = models.ForeignKey(ModelVersion, models.SET_NULL, null=True, related_name="+")

    objects = OfPersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("prediction")
        verbose_name_plural = _("predictions")
        constraints = [models.UniqueConstraint(fields=["person", "task", "as_of"], name="prediction_once")]
        indexes = [
            models.Index(fields=["closes_on", "id"], condition=models.Q(outcome=None), name="prediction_open"),
            models.Index(fields=["task", "as_of", "band"], name="prediction_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.task} {self.person_id} {self.as_of}"


class Feedback(models.Model):
    """What a colleague thinks of one score: a label for later learning. The latest word of each colleague counts."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    task = models.CharField(max_length=20)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    is_useful = models.BooleanField()
    value = models.FloatField()
    model_version = models.ForeignKey(ModelVersion, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    objects = OfPersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("feedback")
        verbose_name_plural = _("feedback")
        constraints = [models.UniqueConstraint(fields=["person", "task", "user"], name="feedback_once")]

    def __str__(self) -> str:
        return f"{self.task} {self.person_id} {self.is_useful}"
