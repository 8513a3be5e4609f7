"""Reports: what is asked, what was counted ahead for them, and what a long count came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.models import User

COUNT = "count"
TIME = "time"


class Chart(models.TextChoices):
    BARS = "bars", _("Bars")
    STACKED = "stacked", _("Stacked bars")
    LINE = "line", _("Line")
    NUMBER = "number", _("One number")
    TABLE = "table", _("Table")


class Unit(models.TextChoices):
    DAY = "day", _("Day")
    WEEK = "week", _("Week")
    MONTH = "month", _("Month")
    QUARTER = "quarter", _("Quarter")
    YEAR = "year", _("Year")


class Period(models.TextChoices):
    DAYS_30 = "30d", _("Last 30 days")
    MONTHS_3 = "3m", _("Last 3 months")
    MONTHS_12 = "12m", _("Last 12 months")
    YEAR = "year", _("This year")
    NEXT_12 = "next", _("Next 12 months")
    ALL = "all", _("All time")
    CUSTOM = "custom", _("From … to …")


@dataclass(frozen=True)
class ReportSpec:
    """What a report asks. `measure` is "count" or a way and a number of the source: "sum.total", "share.won".

    `group_by` is empty (one number), "time", or a field of the filter language; `date_by` is the date that the period
    and the axis of time go by (empty: the usual one); `starts_on` and `ends_on` bound a custom period, both included.
    """

    target: str = "order"
    measure: str = COUNT
    group_by: str = TIME
    split_by: str = ""
    date_by: str = ""
    unit: str = Unit.MONTH
    period: str = Period.MONTHS_12
    starts_on: date | None = None
    ends_on: date | None = None
    filter: Mapping[str, Any] = field(default_factory=dict)
    chart: str = Chart.BARS

    def as_data(self) -> dict[str, Any]:
        """As JSON can hold it."""
        days = {name: day.isoformat() for name in ("starts_on", "ends_on") if (day := getattr(self, name))}
        return {**asdict(self), "starts_on": "", "ends_on": "", **days}


SPEC_FIELDS = tuple(ReportSpec.__dataclass_fields__)


class ReportQuerySet(models.QuerySet["Report"]):
    def visible_to(self, user: User) -> ReportQuerySet:
        """The reader's own reports and those that colleagues share; their figures are the reader's own scope's."""
        return self.filter(Q(owner=user) | Q(is_shared=True)) if user.is_active else self.none()


class Report(models.Model):
    """A question with a name. Whoever opens it sees it answered from the rows that they may see."""

    class Mailed(models.TextChoices):
        WEEK = "week", _("Every Monday")
        MONTH = "month", _("On the first of each month")

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="reports")
    name = models.CharField(_("name"), max_length=100)
    is_shared = models.BooleanField(_("shared with everybody"), default=False)
    target = models.CharField(_("what is counted"), max_length=40)
    measure = models.CharField(_("how it is counted"), max_length=80, default=COUNT)
    group_by = models.CharField(_("grouped by"), max_length=80, blank=True)
    split_by = models.CharField(_("split by"), max_length=80, blank=True)
    date_by = models.CharField(_("by which date"), max_length=80, blank=True)
    unit = models.CharField(_("step"), max_length=10, choices=Unit, default=Unit.MONTH)
    period = models.CharField(_("period"), max_length=10, choices=Period, default=Period.MONTHS_12)
    starts_on = models.DateField(_("from"), null=True, blank=True)
    ends_on = models.DateField(_("to"), null=True, blank=True)
    filter = models.JSONField(_("filter"), default=dict, blank=True)
    chart = models.CharField(_("shown as"), max_length=10, choices=Chart, default=Chart.BARS)
    mailed = models.CharField(_("sent by mail"), max_length=10, choices=Mailed, blank=True)
    mailed_on = models.DateField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="report_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def spec(self) -> ReportSpec:
        return ReportSpec(**{name: getattr(self, name) for name in SPEC_FIELDS})


class ReportDay(models.Model):
    """How many rows of a target fall on a day of the workspace's zone, and what they come to.

    Each row is counted once under every kept `field` with its `value`, and once under the empty field.
    """

    target = models.CharField(max_length=20)
    day = models.DateField()
    field = models.CharField(max_length=20, blank=True)
    value = models.CharField(max_length=200, blank=True)
    number = models.PositiveBigIntegerField(default=0)
    total = models.DecimalField(max_digits=24, decimal_places=4, default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["target", "field", "day", "value"], name="report_day_once"),
        ]

    def __str__(self) -> str:
        return f"{self.target} {self.day} {self.field} {self.value}"


class ReportStale(models.Model):
    """A day whose rows have changed since it was counted; without a day, all of the target."""

    target = models.CharField(max_length=20)
    day = models.DateField(null=True)
    noted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["target", "day"], name="report_stale_once"),
            models.UniqueConstraint(fields=["target"], condition=Q(day=None), name="report_all_stale_once"),
        ]

    def __str__(self) -> str:
        return f"{self.target} {self.day or ''}"


class ReportCounted(models.Model):
    """When the days of a target were last counted as a whole, in which zone; no moment until that has been done once.

    The row is also the lock under which its days are written.
    """

    target = models.CharField(max_length=20, primary_key=True)
    zone = models.CharField(max_length=50, blank=True)
    rebuilt_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.target


class ReportResult(models.Model):
    """What a long count came to for one reader: kept so that the page never waits for it twice."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=64)
    question = models.JSONField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    cells = models.JSONField(default=dict)
    error = models.CharField(max_length=300, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    leased_until = models.DateTimeField(null=True)
    counted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="report_result_once")]

    def __str__(self) -> str:
        return f"{self.key[:8]} {self.state}"
