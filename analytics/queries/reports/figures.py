"""A report answered for one reader: lines, series and totals in words, ready for a chart and a table."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Max, Min, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.models import Report, ReportResult, ReportSpec
from analytics.models.reports import Chart, Period
from analytics.queries.time_limit import TooSlowError, at_most
from crm import formats
from crm.filters import FilterError, compile_filter
from crm.models import Scope, User
from crm.queries.list_filters import rules_of

from .cells import NONE, OTHER, Amount, Cells, Steps, key_of
from .counting import count_rows, prepared
from .kept import has_other_money, kept_cells
from .periods import Days, Here, days_of, midnight, read_here, step_of, steps_between, unit_for
from .questions import Question, ReportError, resolve
from .words import Links, labels_of, tone_of, value_words

PAGE_SECONDS = 1.5
SHOWN_FOR = timedelta(hours=6)  # a long count is shown for so long
OLD = timedelta(minutes=15)  # and counted again in the background when it is older
Span = tuple[date, date]


@dataclass(frozen=True)
class Figure:
    """One number: as such, in words, of how many rows, and where these are listed."""

    value: float | None
    words: str
    n: int = 0
    url: str = ""


@dataclass(frozen=True)
class Series:
    """One part of a split, with its figure over all lines. `tone` is what news it is, if any."""

    key: str
    label: str
    whole: Figure
    tone: str = ""


@dataclass(frozen=True)
class Line:
    """One group: its figure, and one for each series."""

    key: str
    label: str
    whole: Figure
    figures: Sequence[Figure] = ()


@dataclass(frozen=True)
class ReportFigures:
    """The answer of a report. With `error` there is none; while `is_waiting` a worker is counting.

    `chart` is what can be drawn of it: the wished one, or the nearest. `as_of` is when it was counted. With `key` a
    worker should count: `analytics.operations.report_results.answered` asks for it. `is_narrowed` by more than its own
    filter: by that of a dashboard.
    """

    spec: ReportSpec
    title: str = ""
    measure: str = ""
    head: str = ""
    lines: Sequence[Line] = ()
    series: Sequence[Series] = ()
    whole: Figure = field(default_factory=lambda: Figure(None, "–"))
    chart: str = Chart.TABLE
    unit: str = ""
    is_additive: bool = True
    notes: Sequence[str] = ()
    period: str = ""
    as_of: datetime | None = None
    is_waiting: bool = False
    error: str = ""
    currency: str = ""
    kind: str = "number"
    key: str = ""
    is_narrowed: bool = False

    @property
    def counts_values(self) -> bool:
        """Whether it matters of how many rows a figure is: of averages, medians and shares it does."""
        return not self.is_additive

    @property
    def is_empty(self) -> bool:
        return (
            not self.error and not self.is_waiting and not any(line.whole.n for line in self.lines) and not self.whole.n
        )


@dataclass(frozen=True)
class Counted:
    """Cells with the unit of their steps and the moment of the count."""

    cells: Cells
    unit: str
    as_of: datetime
    is_kept_result: bool = False


def report_figures(
    asked: Report | ReportSpec,
    user: User,
    *,
    extra_filter: Mapping[str, Any] | None = None,
    span: Span | None = None,
    seconds: float | None = PAGE_SECONDS,
) -> ReportFigures:
    """Answer a report from the rows that this user may see; what is wrong with it is said in `error`.

    `extra_filter` (of the same target) narrows it, `span` (first and last day, both included) stands for its period.
    """
    spec, title = (asked.spec, asked.name) if isinstance(asked, Report) else (asked, "")
    if span is not None:
        spec = replace(spec, period=Period.CUSTOM, starts_on=span[0], ends_on=span[1])
    if extra_filter:
        spec = replace(spec, filter=joined(spec.filter, extra_filter))
    here = read_here()
    try:
        with timezone.override(here.zone):
            question = resolve(spec)
            days = days_of(spec, timezone.localdate())
            key = result_key(spec, user, days, here)
            counted = long_count(user, key) or count(question, user, days, here, seconds)
    except (ReportError, FilterError) as error:
        return ReportFigures(spec, title, error=str(error))
    except TooSlowError:
        return waiting(spec, title, user, key)
    is_old = counted.as_of < timezone.now() - OLD and counted.is_kept_result
    said = _said(question, title, counted, days, here)
    return replace(said, key=key if is_old else "", is_narrowed=bool(extra_filter))


def joined(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Both filters at once, with as few levels as they need."""
    rules = [rule for tree in (one, other) for rule in (rules_of(tree) if "any" not in tree else [dict(tree)])]
    return {"all": rules} if rules else {}


def rows_of(question: Question, user: User, days: Days, zone: ZoneInfo) -> QuerySet[Any]:
    """The rows that the question is about, as far as this user may see them. Raises FilterError."""
    manager: Any = question.source.model()._default_manager
    rows: QuerySet[Any] = manager.visible_to(user).order_by()
    rows = rows.filter(compile_filter(question.spec.target, question.spec.filter))
    edges: Sequence[Any] = days
    if question.date.has_time:
        edges = [midnight(day, zone) if day else None for day in days]
    if edges[0] is not None:
        rows = rows.filter(**{f"{question.date.path}__gte": edges[0]})
    if edges[1] is not None:
        rows = rows.filter(**{f"{question.date.path}__lt": edges[1]})
    return rows


def count(question: Question, user: User, days: Days, here: Here, seconds: float | None) -> Counted:
    """From the counted days, or from the rows. Raises ReportError, FilterError, TooSlowError."""
    kept = kept_cells(question, user, days, here)
    if kept is not None:
        return Counted(*kept)
    rows = rows_of(question, user, days, here.zone)
    now = timezone.now()
    with at_most(seconds):
        unit = _unit(question, rows, days, here.zone) if question.is_by_time else question.spec.unit
        cells = count_rows(question, prepared(question, rows), Steps(here.zone, unit, here.first_weekday))
    return Counted(cells, unit, now)


def _unit(question: Question, rows: QuerySet[Any], days: Days, zone: ZoneInfo) -> str:
    """The wanted step of time, or a larger one where there would be too many."""
    start, end = days
    if start is None or end is None:
        found = rows.aggregate(first=Min(question.date.path), last=Max(question.date.path))
        first, last = (
            (at.astimezone(zone).date() if isinstance(at, datetime) else at) for at in (found["first"], found["last"])
        )
        start, end = start or first, end or last
    return unit_for(start, end, question.spec.unit) if start and end else question.spec.unit


# --- counts that take long ----------------------------------------------------------------------------------------


def result_key(spec: ReportSpec, user: User, days: Days, here: Here) -> str:
    """Under which a long count is kept: the same question over the same days, for the same eyes and weeks."""
    eyes = [user.scope, sorted(user.team_ids), sorted(user.team_mate_ids)] if user.scope == Scope.TEAM else [user.scope]
    asked = json.dumps(
        [spec.as_data(), [str(day) for day in days], eyes, str(here.zone), here.first_weekday],
        sort_keys=True,
        default=str,
    )
    return hashlib.sha256(asked.encode()).hexdigest()


def long_count(user: User, key: str) -> Counted | None:
    """What a worker has counted for this reader; None where nothing is kept that is young enough to be shown."""
    young = timezone.now() - SHOWN_FOR
    found = ReportResult.objects.filter(user=user, key=key, counted_at__gte=young).first()
    if found is None or found.counted_at is None:
        return None
    return Counted(Cells.from_data(found.cells), found.cells["unit"], found.counted_at, is_kept_result=True)


def waiting(spec: ReportSpec, title: str, user: User, key: str) -> ReportFigures:
    """What is shown until a worker has counted, or why none could."""
    failed = ReportResult.objects.filter(user=user, key=key, state=ReportResult.State.FAILED).first()
    if failed is not None and failed.asked_at > timezone.now() - SHOWN_FOR:
        return ReportFigures(spec, title, error=failed.error)
    return ReportFigures(spec, title, is_waiting=True, key=key)


# --- in words -----------------------------------------------------------------------------------------------------


def _said(question: Question, title: str, counted: Counted, days: Days, here: Here) -> ReportFigures:
    cells, measure, currency = counted.cells, question.measure, here.currency
    say = value_words(measure, currency)
    links = Links(question, question.spec.filter, days, counted.unit)
    name, split_name = labels_of(question.group, counted.unit), labels_of(question.split, counted.unit)

    def figure(amount: Amount, **place: Any) -> Figure:
        value = amount.figure(measure)
        return Figure(value, say(value), amount.n, links.url(**place) if amount.n else "")

    series = [
        Series(key, split_name(key), figure(amount, split=key, has_split=True), tone_of(question.split, key))
        for key, amount in cells.splits.items()
    ]
    groups = (
        _filled(cells, Steps(here.zone, counted.unit, here.first_weekday), days)
        if question.is_by_time
        else cells.groups
    )
    lines = [
        Line(
            key,
            name(key),
            figure(amount, group=key, has_group=True),
            [
                figure(
                    cells.both.get((key, split.key), Amount()),
                    group=key,
                    split=split.key,
                    has_group=True,
                    has_split=True,
                )
                for split in series
            ],
        )
        for key, amount in groups.items()
    ]
    return ReportFigures(
        spec=question.spec,
        title=title or title_words(question),
        measure=measure.label,
        head=question.group.label if question.group else question.date.label,
        lines=lines,
        series=series,
        whole=figure(cells.whole),
        chart=_chart(question, lines),
        unit=counted.unit,
        is_additive=measure.is_additive,
        notes=_notes(question, cells, counted.unit, has_other_money=has_other_money(question, currency)),
        period=period_words(days),
        as_of=counted.as_of,
        currency=currency,
        kind=measure.kind,
    )


def _filled(cells: Cells, steps: Steps, days: Days) -> dict[str, Amount]:
    """The steps of time without holes, from the beginning of the period to its end or to the last row."""
    dated = [date.fromisoformat(key[1:]) for key in cells.groups if key != NONE]
    if not dated:
        return {}
    first = min(dated) if days[0] is None else min(step_of(days[0], steps.unit, steps.first_weekday), *dated)
    last = max(dated) if days[1] is None else max(days[1] - timedelta(days=1), *dated)
    keys = [key_of(step) for step in steps_between(first, last, steps.unit, steps.first_weekday)]
    filled = {key: cells.groups.get(key, Amount()) for key in keys}
    return {**filled, **({NONE: cells.groups[NONE]} if NONE in cells.groups else {})}


def _chart(question: Question, lines: Sequence[Line]) -> str:
    wished = question.spec.chart
    if not question.spec.group_by:
        return Chart.NUMBER
    if wished in (Chart.TABLE, Chart.NUMBER):
        return wished
    is_summed = question.measure.is_additive
    if wished == Chart.STACKED and (question.split is None or not is_summed):
        wished = Chart.BARS
    if (
        question.is_by_time
        and wished == Chart.BARS
        and (len(lines) > 40 or (question.split is not None and not is_summed))
    ):
        return Chart.LINE
    if wished == Chart.LINE and (not question.is_by_time or len(lines) < 2):
        return Chart.STACKED if question.split is not None and is_summed else Chart.BARS
    if wished == Chart.BARS and question.split is not None and is_summed:
        return Chart.STACKED
    return wished


def _notes(question: Question, cells: Cells, unit: str, *, has_other_money: bool) -> list[str]:
    notes = [_("Orders in other currencies have no rate: they are added up as they stand.")] if has_other_money else []
    if question.is_by_time and unit != question.spec.unit:
        notes.append(_("There are too many points for the step that you chose: the next larger one is shown."))
    if OTHER in cells.groups:
        shown = len(cells.groups) - 1
        words = ngettext(
            "Only the largest group is shown by name.", "The %(n)s largest groups are shown by name.", shown
        )
        notes.append(words % {"n": shown})
    if any(dimension and dimension.kind == "many" for dimension in (question.group, question.split)):
        notes.append(_("What has several tags counts under each of them."))
    if question.measure.way in ("average", "median"):
        words = ngettext("Of %(n)s row that has a value.", "Of %(n)s rows that have a value.", cells.whole.n)
        notes.append(words % {"n": formats.number(cells.whole.n)})
    if question.measure.way == "share":
        words = ngettext("Of %(n)s row.", "Of %(n)s rows.", cells.whole.n)
        notes.append(words % {"n": formats.number(cells.whole.n)})
    return notes


def title_words(question: Question) -> str:
    """What is asked, in one line: for reports that have no name yet."""
    parts = {"measure": question.measure.label, "group": question.group.label if question.group else "",
             "split": question.split.label if question.split else ""}  # fmt: skip
    if question.is_by_time:
        parts["group"] = str(_UNITS[question.spec.unit]())
    if parts["split"] and parts["group"]:
        return _("%(measure)s by %(group)s and %(split)s") % parts
    return _("%(measure)s by %(group)s") % parts if parts["group"] else parts["measure"]


_UNITS: dict[str, Any] = {
    "day": lambda: _("day"), "week": lambda: _("week"), "month": lambda: _("month"), "quarter": lambda: _("quarter"),
    "year": lambda: _("year"),
}  # fmt: skip


def period_words(days: Days) -> str:
    """The period in words: its first and last day."""
    start, end = days
    last = end - timedelta(days=1) if end else None
    if start and last:
        return _("%(start)s to %(end)s") % {"start": formats.date_words(start), "end": formats.date_words(last)}
    if start:
        return _("Since %(start)s") % {"start": formats.date_words(start)}
    return _("Until %(end)s") % {"end": formats.date_words(last)} if last else _("All time")
