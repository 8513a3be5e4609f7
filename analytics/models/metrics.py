"""Figures of the business by month, quarter and year, and the customers of each month."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.models import Scope, User, VisibleQuerySet


class MetricFigureQuerySet(VisibleQuerySet["MetricFigure"]):
    """Figures of the whole business are seen by those who see all of it."""

    def in_scope(self, user: User) -> models.Q:
        return models.Q() if user.scope == Scope.ALL else models.Q(pk__in=[])


class MetricFigure(models.Model):
    """One metric of one span. Frozen when the span is over, or of a prediction when it begins: never counted again.

    `value` is empty below `needed` of `sample`. `outcome` is what came of a prediction.
    """

    metric = models.CharField(_("metric"), max_length=40)
    span = models.CharField(_("by"), max_length=10)
    starts_on = models.DateField(_("from"))
    value = models.FloatField(_("value"), null=True)
    low = models.FloatField(_("at least"), null=True)
    high = models.FloatField(_("at most"), null=True)
    sample = models.PositiveIntegerField(_("out of"), default=0)
    needed = models.PositiveIntegerField(_("needed"), default=1)
    more: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    outcome = models.FloatField(_("what came"), null=True)
    counted_at = models.DateTimeField(_("counted"), default=timezone.now)
    frozen_at = models.DateTimeField(_("frozen"), null=True)

    objects = MetricFigureQuerySet.as_manager()

    class Meta:
        verbose_name = _("number")
        verbose_name_plural = _("numbers")
        constraints = [models.UniqueConstraint(fields=["metric", "span", "starts_on"], name="metric_figure_once")]
        indexes = [models.Index(fields=["span", "starts_on"], name="metric_figure_by_span")]

    def __str__(self) -> str:
        return f"{self.metric} {self.span} {self.starts_on}"


class CustomerMonth(models.Model):
    """Customers at the start of a month, and how many of them were lost in it."""

    month = models.DateField(unique=True)
    customers = models.PositiveIntegerField()
    lost = models.PositiveIntegerField()

    class Meta:
        verbose_name = "customers of a month"
        verbose_name_plural = "customers of months"

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"
