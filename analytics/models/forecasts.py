"""What was sold day by day, and what was expected of weeks and months before they came."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class SalesDay(models.Model):
    """One day of the workspace's zone: of one group of products, or with an empty group of all orders."""

    day = models.DateField()
    group = models.CharField(max_length=100, blank=True)
    revenue = models.DecimalField(max_digits=19, decimal_places=4, default=0)
    orders = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "day"
        verbose_name_plural = "days"
        constraints = [models.UniqueConstraint(fields=["group", "day"], name="sales_day_once")]
        indexes = [models.Index(fields=["day"], name="sales_day_by_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.group}"


class SalesForecast(models.Model):
    """What is expected of one week or month, said on the day `origin` from whole weeks or months alone.

    The range from `low` to `high` should hold what comes in 80 of 100 cases, `low95` to `high95` in 95. `simple` is
    what a simple method says: as much as a year ago, or as last time. `outcome` is what came. A rehearsal was worked
    out later from no more than was known on its day.
    """

    class Unit(models.TextChoices):
        WEEK = "week", _("Week")
        MONTH = "month", _("Month")

    unit = models.CharField(_("by"), max_length=10, choices=Unit)
    group = models.CharField(_("product group"), max_length=100, blank=True)
    origin = models.DateField(_("said on"))
    period = models.DateField(_("for the time from"))
    step = models.PositiveSmallIntegerField(_("so many ahead"))
    value = models.FloatField(_("expected"))
    low = models.FloatField(_("at least"))
    high = models.FloatField(_("at most"))
    low95 = models.FloatField()
    high95 = models.FloatField()
    simple = models.FloatField(_("a simple method said"))
    methods = models.CharField(max_length=200, blank=True)
    outcome = models.FloatField(_("what came"), null=True)
    is_rehearsal = models.BooleanField(_("rehearsed later"), default=False)

    class Meta:
        verbose_name = _("sales forecast")
        verbose_name_plural = _("sales forecasts")
        constraints = [
            models.UniqueConstraint(fields=["unit", "group", "origin", "period"], name="sales_forecast_once")
        ]
        indexes = [models.Index(fields=["unit", "group", "-period", "step"], name="sales_forecast_by_period")]

    def __str__(self) -> str:
        return f"{self.unit} {self.period} {self.group}"

    @property
    def is_inside(self) -> bool | None:
        """Whether what came lay in the range; None before it came."""
        return None if self.outcome is None else self.low <= self.outcome <= self.high
