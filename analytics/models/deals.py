"""What is predicted of each open deal now, and what was predicted before it closed."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.models import Deal
from crm.models.deals import OfDealQuerySet

from .lifecycle import ModelVersion
from .task_names import Band


class DealScore(models.Model):
    """The chance that an open deal is won, 0 … 1, with reasons and `lever` as in `Score`. Without a model: none."""

    deal = models.OneToOneField(Deal, models.CASCADE, related_name="score", verbose_name=_("deal"))
    value = models.FloatField(_("value"))
    band = models.CharField(_("in a word"), max_length=10, choices=Band)
    reasons: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(default=list)
    lever: models.JSONField[dict[str, Any] | None, dict[str, Any] | None] = models.JSONField(null=True)
    model_version = models.ForeignKey(ModelVersion, models.SET_NULL, null=True, related_name="+")
    scored_at = models.DateTimeField(default=timezone.now)

    objects = OfDealQuerySet.as_manager()

    class Meta:
        verbose_name = _("chance of winning")
        verbose_name_plural = _("chances of winning")

    def __str__(self) -> str:
        return f"{self.deal_id}: {self.value:.2f}"


class DealPrediction(models.Model):
    """The ledger of deals: what was said on `as_of`; 1 or 0 once the deal is won or lost. Once a month and deal."""

    deal = models.ForeignKey(Deal, models.CASCADE, related_name="+")
    value = models.FloatField()
    band = models.CharField(max_length=10, choices=Band)
    as_of = models.DateField()
    outcome = models.FloatField(null=True)
    outcome_at = models.DateTimeField(null=True)
    model_version = models.ForeignKey(ModelVersion, models.SET_NULL, null=True, related_name="+")

    objects = OfDealQuerySet.as_manager()

    class Meta:
        verbose_name = _("prediction for a deal")
        verbose_name_plural = _("predictions for deals")
        constraints = [models.UniqueConstraint(fields=["deal", "as_of"], name="deal_prediction_once")]
        indexes = [models.Index(fields=["as_of", "band"], name="deal_prediction_by_day")]

    def __str__(self) -> str:
        return f"{self.deal_id} {self.as_of}"
