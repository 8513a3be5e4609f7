"""What the pages of reports show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from analytics.models import Report, ReportSpec
from analytics.models.reports import Period
from analytics.ready_reports import SECTIONS
from crm.models import User
from crm.parts import Chip, Tab
from crm.queries.list_filters import chips_of, without_rule

from .addresses import KEYS, hidden_of, query_of
from .drawing import Drawing, draw
from .figures import ReportFigures

MOST_SHOWN = 200


@dataclass(frozen=True)
class ReportLine:
    """One report in the list."""

    name: str
    hint: str
    url: str
    chart: str
    icon: str
    is_shared: bool = False
    is_mine: bool = False


@dataclass(frozen=True)
class ReportSection:
    label: str
    lines: Sequence[ReportLine]


@dataclass(frozen=True)
class ReportsPage:
    """The vocabulary of the list's template. `has_own`: whether the reader has any reports besides the ready ones."""

    own: Sequence[ReportLine]
    ready: Sequence[ReportSection]
    q: str
    has_own: bool
    is_cut: bool = False


def reports_page(user: User, q: str = "") -> ReportsPage:
    """Own, shared and ready-made reports whose name has these words; two queries."""
    q = q.strip()[:100]
    rows = Report.objects.visible_to(user).select_related("owner").order_by("name", "pk")
    found = list((rows.filter(name__icontains=q) if q else rows)[: MOST_SHOWN + 1])
    own = [_line(report, user) for report in found[:MOST_SHOWN]]
    sections = [ReportSection(str(section.label), _ready_lines(section.reports, q.casefold())) for section in SECTIONS]
    return ReportsPage(
        own, [section for section in sections if section.lines], q, bool(found) or (bool(q) and rows.exists()),
        is_cut=len(found) > MOST_SHOWN,
    )  # fmt: skip


def _line(report: Report, user: User) -> ReportLine:
    is_mine = report.owner_id == user.pk
    hint = "" if is_mine else _("by %(name)s") % {"name": report.owner}
    url = reverse("analytics:report-detail", args=[report.pk])
    return ReportLine(report.name, hint, url, report.chart, ICONS.get(report.chart, ""), report.is_shared, is_mine)


def _ready_lines(reports: Sequence[Any], q: str) -> list[ReportLine]:
    return [
        ReportLine(
            str(ready.name), str(ready.hint), reverse("analytics:report-ready", args=[ready.key]), ready.spec.chart,
            ICONS.get(ready.spec.chart, ""),
        )
        for ready in reports
        if q in str(ready.name).casefold() or q in str(ready.hint).casefold()
    ]  # fmt: skip


ICONS = {
    "bars": "chart-bar", "stacked": "chart-bar-square", "line": "presentation-chart-line", "number": "hashtag",
    "table": "table-cells",
}  # fmt: skip


@dataclass(frozen=True)
class ReportView:
    """One report as its page shows it: figures, the chart, the filter in words and other periods.

    `query` and `hidden` carry the whole question along; `state_url` is where it can be asked again.
    """

    figures: ReportFigures
    drawing: Drawing
    chips: Sequence[str]
    periods: Sequence[Tab]
    query: str
    hidden: Sequence[tuple[str, str]]


def report_view(spec: ReportSpec, figures: ReportFigures, user: User, base_url: str = "") -> ReportView:
    """The view of these figures; `base_url` takes another period by `?period=`."""
    return ReportView(
        figures=figures,
        drawing=draw(figures),
        chips=[chip.label for chip in chips_of(spec.target, spec.filter, user)],
        periods=_periods(spec, base_url) if base_url else (),
        query=query_of(spec),
        hidden=hidden_of(spec),
    )


def _periods(spec: ReportSpec, base_url: str) -> list[Tab]:
    offered = [Period.DAYS_30, Period.MONTHS_3, Period.MONTHS_12, Period.YEAR, Period.ALL]
    if spec.period not in offered:
        offered.append(Period(spec.period))
    return [Tab(str(period.label), f"{base_url}?period={period.value}", spec.period == period) for period in offered]


def filter_chips(spec: ReportSpec, user: User, tail: str = "") -> list[Chip]:
    """The rules of the filter as chips of the builder."""
    build, rule = reverse("analytics:report-build"), reverse("analytics:report-filter")
    return [
        Chip(
            chip.label,
            build + query_of(replace(spec, filter=without_rule(spec.filter, chip.index))) + tail,
            is_broken=chip.is_broken,
            edit_url=f"{rule}{query_of(spec)}{tail}&index={chip.index}" if chip.is_plain else "",
        )
        for chip in chips_of(spec.target, spec.filter, user)
    ]


def keys_to_forget() -> list[str]:
    """Parameters that mean nothing for another kind of rows."""
    return [key for name, key in KEYS.items() if name in ("measure", "group_by", "split_by", "date_by")] + ["filter"]
