"""What a whole dashboard is narrowed to: a period, whose records, and filters; read from a URL and written into one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import models
from django.http import QueryDict
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from analytics.queries.metrics.spans import SpanKind
from analytics.queries.reports.addresses import read_filter
from analytics.queries.reports.periods import month_after
from analytics.queries.reports.questions import ReportError
from crm.extensions import report_sources
from crm.incoming import is_believable

KEYS = ("period", "from", "to", "whose", "filter")
MINE = "me"
MOST_TARGETS = 20


class BoardPeriod(models.TextChoices):
    OWN = "own", _("As each tile has it")
    MONTH = "month", _("This month")
    LAST_MONTH = "last_month", _("Last month")
    DAYS_30 = "30d", _("Last 30 days")
    QUARTER = "quarter", _("This quarter")
    YEAR = "year", _("This year")
    CUSTOM = "custom", _("From … to …")


@dataclass(frozen=True)
class Narrowing:
    """`whose` is empty, "me", "user-7" or "team-3"; `filters` are trees of the filter language by target.

    `starts_on` and `ends_on` bound a custom period, both included; it counts once both are known.
    """

    period: str = BoardPeriod.OWN
    starts_on: date | None = None
    ends_on: date | None = None
    whose: str = ""
    filters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_on(self) -> bool:
        return bool(self.has_period or self.whose or self.filters)

    @property
    def has_period(self) -> bool:
        is_whole = self.period != BoardPeriod.CUSTOM or (self.starts_on is not None and self.ends_on is not None)
        return self.period != BoardPeriod.OWN and is_whole

    def days(self, today: date) -> tuple[date, date] | None:
        """The first and the last day, both included; None where each tile keeps its own period."""
        if not self.has_period:
            return None
        if self.period == BoardPeriod.CUSTOM:
            bounds = [day for day in (self.starts_on, self.ends_on) if day is not None]
            return min(bounds), max(bounds)
        month = today.replace(day=1)
        starts = {
            BoardPeriod.DAYS_30: today - timedelta(days=29),
            BoardPeriod.LAST_MONTH: month_after(month, -1),
            BoardPeriod.QUARTER: month_after(month, -((today.month - 1) % 3)),
            BoardPeriod.YEAR: date(today.year, 1, 1),
        }
        last = month - timedelta(days=1) if self.period == BoardPeriod.LAST_MONTH else today
        return starts.get(BoardPeriod(self.period), month), last

    def span(self, today: date) -> tuple[str, date, bool]:
        """Of which calendar span a number is shown, one day in it, and whether that is just the period."""
        exact = {
            BoardPeriod.OWN: SpanKind.MONTH, BoardPeriod.MONTH: SpanKind.MONTH, BoardPeriod.QUARTER: SpanKind.QUARTER,
            BoardPeriod.YEAR: SpanKind.YEAR,
        }  # fmt: skip
        if self.period == BoardPeriod.LAST_MONTH:
            return SpanKind.MONTH, today.replace(day=1) - timedelta(days=1), True
        if self.period in exact:
            return exact[BoardPeriod(self.period)], today, True
        days = self.days(today)
        if days is None:
            return SpanKind.MONTH, today, True
        first, last = days
        for kind, months in ((SpanKind.MONTH, 1), (SpanKind.QUARTER, 3), (SpanKind.YEAR, 12)):
            is_start = first.day == 1 and (first.month - 1) % months == 0
            if is_start and last + timedelta(days=1) == month_after(first, months):
                return kind, first, True
        return SpanKind.MONTH, last, False

    def as_data(self) -> dict[str, Any]:
        """As a dashboard keeps it, and as JSON of the API."""
        return {
            "period": str(self.period), "from": self.starts_on.isoformat() if self.starts_on else "",
            "to": self.ends_on.isoformat() if self.ends_on else "", "whose": self.whose, "filter": dict(self.filters),
        }  # fmt: skip

    def params(self, **more: str) -> dict[str, str]:
        """As the parameters of a URL. The period is always there: it says that the URL knows its own mind."""
        data = self.as_data()
        tree = json.dumps(data.pop("filter"), separators=(",", ":"), ensure_ascii=False) if self.filters else ""
        return {**{key: value for key, value in {**data, "filter": tree}.items() if value}, **more}

    def query(self, **more: str) -> str:
        """The query ("?…") of a URL that shows this."""
        params = QueryDict(mutable=True)
        params.update(self.params(**more))
        return f"?{params.urlencode()}"


def read_narrowing(params: Mapping[str, str], kept: Mapping[str, Any]) -> Narrowing:
    """What the URL says, or where it says nothing, what is `kept` with the dashboard. Raises ReportError."""
    if not any(key in params for key in KEYS):
        return from_data(kept)
    return _read(params, _trees(read_filter(params.get("filter", ""))))


def from_data(data: Mapping[str, Any]) -> Narrowing:
    """The other way round of `as_data`. What a program or an older version wrote and nobody understands is left out."""
    trees = data.get("filter")
    return _read({key: str(data.get(key) or "") for key in KEYS}, trees if isinstance(trees, Mapping) else {})


def _read(params: Mapping[str, str], trees: Mapping[str, Any]) -> Narrowing:
    period = params.get("period", "")
    return Narrowing(
        period=period if period in BoardPeriod.values else BoardPeriod.OWN,
        starts_on=_day(params.get("from", "")),
        ends_on=_day(params.get("to", "")),
        whose=_whose(params.get("whose", "")),
        filters={
            target: tree for target, tree in list(trees.items())[:MOST_TARGETS] if isinstance(tree, Mapping) and tree
        },
    )


def _trees(read: Mapping[str, Any]) -> Mapping[str, Any]:
    """Filters by target. Raises ReportError where the address means something that nothing can be filtered by."""
    for target, tree in read.items():
        if report_sources.get(target) is None or not isinstance(tree, Mapping):
            raise ReportError(str(_("The filter in the address can't be read.")))
    return read


def _whose(text: str) -> str:
    kind, _dash, number = text.partition("-")
    is_row = kind in ("user", "team") and number.isdecimal() and len(number) < 19
    return text if text == MINE or is_row else ""


def _day(text: str) -> date | None:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return day if day is not None and is_believable(day) else None
