"""The times that are measured: calendar months, quarters and years of the workspace's zone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from analytics.queries.sales import month_of
from crm import formats


class SpanKind(models.TextChoices):
    MONTH = "month", _("Month")
    QUARTER = "quarter", _("Quarter")
    YEAR = "year", _("Year")


MONTHS = {SpanKind.MONTH: 1, SpanKind.QUARTER: 3, SpanKind.YEAR: 12}


@dataclass(frozen=True)
class Span:
    """From the day `first` up to before the day `end`; `today` is the day on which it is measured."""

    kind: str
    first: date
    zone: ZoneInfo
    today: date

    @classmethod
    def holding(cls, kind: str, day: date, zone: ZoneInfo, today: date) -> Span:
        """The one that this day is in."""
        months = MONTHS[SpanKind(kind)]
        return cls(kind, date(day.year, (day.month - 1) // months * months + 1, 1), zone, today)

    @property
    def end(self) -> date:
        return end_of(self.kind, self.first)

    @property
    def until(self) -> date:
        """The day before which it is known."""
        return min(self.end, date.fromordinal(self.today.toordinal() + 1))

    @property
    def is_over(self) -> bool:
        return self.end <= self.today

    @property
    def has_begun(self) -> bool:
        return self.first <= self.today

    @property
    def start_at(self) -> datetime:
        return midnight(self.first, self.zone)

    @property
    def end_at(self) -> datetime:
        return midnight(self.end, self.zone)

    def within(self, name: str) -> Q:
        """Moments in it."""
        return Q(**{f"{name}__gte": self.start_at, f"{name}__lt": self.end_at})

    @property
    def months(self) -> Sequence[date]:
        return [month_of(self.first, back=-ahead) for ahead in range(MONTHS[SpanKind(self.kind)])]

    def moved(self, by: int) -> Span:
        """So many spans later, or with a negative number earlier."""
        return Span(self.kind, month_of(self.first, back=-by * MONTHS[SpanKind(self.kind)]), self.zone, self.today)


def end_of(kind: str, first: date) -> date:
    """The first day after the span."""
    return month_of(first, back=-MONTHS[SpanKind(kind)])


def midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone)


def span_words(kind: str, first: date) -> str:
    """ "Nov 2026", "Oct – Dec 2026", "2026"."""
    if kind == SpanKind.MONTH:
        return formats.month_year_words(first)
    if kind == SpanKind.YEAR:
        return str(first.year)
    return f"{formats.month_words(first)} – {formats.month_year_words(month_of(first, back=-2))}"
