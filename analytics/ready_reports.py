"""The reports that every shop finds ready: a question each, with its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from analytics.models import ReportSpec

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


@dataclass(frozen=True)
class ReadyReport:
    """One question with a name and a line about it."""

    key: str
    name: _StrOrPromise
    hint: _StrOrPromise
    spec: ReportSpec


@dataclass(frozen=True)
class ReadySection:
    label: _StrOrPromise
    reports: Sequence[ReadyReport]


def _rule(field: str, op: str, value: Any = None) -> dict[str, Any]:
    return {"all": [{"field": field, "op": op, **({} if value is None else {"value": value})}]}


SECTIONS: tuple[ReadySection, ...] = (
    ReadySection(
        pgettext_lazy("section of reports", "Sales"),
        (
            ReadyReport(
                "revenue", _("Revenue by month"), _("After returns, of the last twelve months."),
                ReportSpec("order", "sum.total"),
            ),
            ReadyReport(
                "revenue-by-channel", _("Revenue by channel"), _("What each way of selling brings, month by month."),
                ReportSpec("order", "sum.total", split_by="channel", chart="stacked"),
            ),
            ReadyReport(
                "revenue-by-group", _("Revenue by product group"), _("What sells, of the last twelve months."),
                ReportSpec("order_line", "sum.amount", "category"),
            ),
            ReadyReport(
                "order-size", _("Average order"), _("What customers spend at once, without returns."),
                ReportSpec("order", "average.total", filter=_rule("is_return", "is", False), chart="line"),
            ),
            ReadyReport(
                "pipeline", _("Pipeline by stage"), _("What open deals are worth in each stage."),
                ReportSpec("deal", "sum.amount", "stage", period="all", filter=_rule("state", "is", "open")),
            ),
            ReadyReport(
                "won", _("Won deals by owner and month"), _("Who has won how much."),
                ReportSpec(
                    "deal", "sum.amount", split_by="owner", date_by="closed_at", filter=_rule("state", "is", "won"),
                    chart="stacked",
                ),
            ),
            ReadyReport(
                "lost", _("Why deals are lost"), _("Lost deals by their reason."),
                ReportSpec("deal", "count", "lost_reason", date_by="closed_at", filter=_rule("state", "is", "lost")),
            ),
            ReadyReport(
                "win-rate", _("Share won by where deals came from"), _("Won of all that were closed."),
                ReportSpec("deal", "share.won", "lead_source", date_by="closed_at"),
            ),
            ReadyReport(
                "coming", _("Deals that should close"), _("Open deals by the month in which they are expected."),
                ReportSpec(
                    "deal", "sum.amount", date_by="expected_close_on", period="next",
                    filter=_rule("state", "is", "open"),
                ),
            ),
        ),
    ),
    ReadySection(
        _("Customers"),
        (
            ReadyReport(
                "new-people", _("New people by source"), _("How people came to you, month by month."),
                ReportSpec("person", "count", split_by="source", chart="stacked"),
            ),
            ReadyReport(
                "groups", _("Customers by group and risk"), _("How many of each group may leave."),
                ReportSpec(
                    "person", "count", "group", "risk", period="all", filter=_rule("group", "is_set"), chart="stacked"
                ),
            ),
            ReadyReport(
                "countries", _("Spent by country"), _("Where your customers are and what they have spent."),
                ReportSpec("person", "sum.spent", "country", period="all"),
            ),
            ReadyReport(
                "loyalty", _("Customers by number of orders"), _("How many came once, and how many came again."),
                ReportSpec("person", "count", "order_count", period="all"),
            ),
            ReadyReport(
                "industries", _("Companies by industry"), _("Which kinds of companies you know."),
                ReportSpec("company", "count", "industry", period="all"),
            ),
        ),
    ),
    ReadySection(
        pgettext_lazy("section of reports", "Conversations"),
        (
            ReadyReport(
                "tickets", _("New conversations by week"), _("How much comes in, and over which channel."),
                ReportSpec("conversation", "count", split_by="channel", unit="week", period="3m", chart="stacked"),
            ),
            ReadyReport(
                "first-answer", _("Time until the first answer"), _("Half of all got theirs faster."),
                ReportSpec("conversation", "median.reply", unit="week", period="3m", chart="line"),
            ),
            ReadyReport(
                "mood", _("Messages by mood"), _("How what customers write sounds, week by week."),
                ReportSpec(
                    "message", "count", split_by="sentiment", unit="week", period="3m", chart="stacked",
                    filter={"all": [
                        {"field": "direction", "op": "is", "value": "in"}, {"field": "sentiment", "op": "is_set"},
                    ]},
                ),
            ),
            ReadyReport(
                "topics", _("Conversations by topic"), _("What customers write about."),
                ReportSpec("conversation", "count", "topic", period="3m"),
            ),
        ),
    ),
    ReadySection(
        pgettext_lazy("section of reports", "Team"),
        (
            ReadyReport(
                "tasks-done", _("Tasks done by colleague"), _("Who has done how much, week by week."),
                ReportSpec(
                    "task", "count", split_by="owner", date_by="done_at", unit="week", period="3m", chart="stacked"
                ),
            ),
            ReadyReport(
                "in-time", _("Tasks done in time"), _("Which share of tasks with a day was done by then."),
                ReportSpec("task", "share.in_time", "owner", date_by="done_at", period="3m"),
            ),
            ReadyReport(
                "load", _("Open tasks by colleague"), _("Who has how much to do."),
                ReportSpec("task", "count", "owner", period="all", filter=_rule("state", "is", "open")),
            ),
            ReadyReport(
                "answers", _("Answers by colleague"), _("Who has written how many answers."),
                ReportSpec("message", "count", "author", period="3m", filter=_rule("direction", "is", "out")),
            ),
        ),
    ),
)  # fmt: skip

READY: dict[str, ReadyReport] = {report.key: report for section in SECTIONS for report in section.reports}
