"""What the coming weeks and months will bring, and what became of earlier forecasts, for the page and the overview."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Min
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

from analytics.models import SalesDay, SalesForecast
from crm import charts, formats
from crm.models import Order
from crm.parts import Tab

from .person_insight import workspace_currency
from .sales import month_of

Unit = SalesForecast.Unit
BY = {Unit.WEEK: _l("By week"), Unit.MONTH: _l("By month")}
SHOWN = {Unit.WEEK: 26, Unit.MONTH: 24}
NEEDED = {Unit.WEEK: 12, Unit.MONTH: 12}
TWO_YEARS = timedelta(days=730)
LATER = {Unit.WEEK: 4, Unit.MONTH: 3}
TRACK = 12
METHODS = {
    "level": _l("the level of late"),
    "recent": _l("the mean of late"),
    "trend": _l("level and trend"),
    "theta": _l("half of the long trend"),
    "season": _l("the season of the year"),
    "holt_winters": _l("level, trend and season together"),
    "season_ago+growth": _l("a year ago, and growth since"),
}


@dataclass(frozen=True)
class Ahead:
    """One coming week or month in words."""

    period: str
    expected: str
    between: str
    simple: str
    so_far: str = ""


@dataclass(frozen=True)
class Past:
    """One that is over: what was said one step ahead, and what came. `off` is how far that was away, as a share."""

    period: str
    said: str
    between: str
    came: str
    off: str
    is_inside: bool
    is_rehearsal: bool


@dataclass(frozen=True)
class GroupLine:
    name: str
    url: str
    expected: str
    between: str


@dataclass(frozen=True)
class ForecastPage:
    """The vocabulary of the template. Without forecasts only `have` of `needed` and the tabs are there."""

    unit: str
    group: str
    units: Sequence[Tab]
    says: str = ""
    chart: charts.Chart | None = None
    ahead: Sequence[Ahead] = ()
    groups: Sequence[GroupLine] = ()
    past: Sequence[Past] = ()
    track: Sequence[str] = ()
    made_of: str = ""
    said_on: str = ""
    is_without_season: bool = False
    have: int = 0
    needed: int = 0
    has_sales: bool = False
    is_counting: bool = False

    @property
    def need_words(self) -> str:
        words = {
            Unit.WEEK: ngettext("%(have)s of %(n)s whole week", "%(have)s of %(n)s whole weeks", self.needed),
            Unit.MONTH: ngettext("%(have)s of %(n)s whole month", "%(have)s of %(n)s whole months", self.needed),
        }
        return words[Unit(self.unit)] % {"have": self.have, "n": self.needed}


def forecast_page(unit: str, group: str) -> ForecastPage:
    """Seven queries at most. An unknown group has no forecasts."""
    units = [Tab(str(BY[u]), _url(u, group), is_current=u == unit) for u in Unit]
    page = ForecastPage(unit, group, units)
    rows = _newest(unit, group)
    begun = SalesDay.objects.filter(group=group).aggregate(day=Min("day"))["day"]
    if not rows or begun is None:
        have = 0 if begun is None else _whole_units(unit, begun, timezone.localdate())
        needed = NEEDED[Unit(unit)]
        return _with(
            page,
            have=min(have, needed - 1),
            needed=needed,
            has_sales=begun is not None,
            is_counting=begun is None and Order.objects.exists(),
        )
    currency, origin = workspace_currency(), rows[0].origin
    known = _known(unit, group, origin)
    track = _closed(unit, group)
    return _with(
        page,
        says=_says(rows, known.get(origin, 0.0), currency),
        chart=_chart(rows, known, currency),
        ahead=[_ahead(row, known.get(row.period), currency) for row in rows],
        groups=_groups(unit, origin, currency),
        past=[_past(row, currency) for row in track if row.step == 1][:TRACK],
        track=[words for step in (1, LATER[Unit(unit)]) if (words := _track_words(track, step))],
        made_of=_made_of(rows[0].methods),
        said_on=formats.date_words(origin),
        is_without_season=origin - begun < TWO_YEARS,
        has_sales=True,
    )


def month_chart(currency: str) -> charts.Chart | None:
    """The last twelve months and what is expected of the next, in two queries; None where nothing is."""
    rows = _newest(Unit.MONTH, "")[:6]
    return _chart(rows, _known(Unit.MONTH, "", rows[0].origin, shown=12), currency) if rows else None


def _with(page: ForecastPage, **changes: Any) -> ForecastPage:
    return ForecastPage(**{**vars(page), **changes})


def _newest(unit: str, group: str) -> list[SalesForecast]:
    """What was said last, by the coming period."""
    rows = SalesForecast.objects.filter(unit=unit, group=group, is_rehearsal=False).order_by("-origin", "step")[:12]
    found = list(rows)
    return [row for row in found if row.origin == found[0].origin]


def _closed(unit: str, group: str) -> list[SalesForecast]:
    over = SalesForecast.objects.filter(unit=unit, group=group, outcome__isnull=False, step__in=(1, LATER[Unit(unit)]))
    return list(over.order_by("-period", "step")[: 2 * TRACK])


def _known(unit: str, group: str, origin: date, *, shown: int | None = None) -> dict[date, float]:
    """What came in the last units before `origin` and, so far, since."""
    count = shown or SHOWN[Unit(unit)]
    start = month_of(origin, back=count) if unit == Unit.MONTH else origin - timedelta(weeks=count)
    rows = SalesDay.objects.filter(group=group, day__gte=start).values_list("day", "revenue")
    sums: dict[date, float] = {}
    first = None
    for day, revenue in rows:
        first = day if first is None else min(first, day)
        period = period_of(unit, day)
        sums[period] = sums.get(period, 0.0) + float(revenue)
    period = period_of(unit, first) if first else origin
    while period < origin:
        sums.setdefault(period, 0.0)
        period = next_period(unit, period)
    return sums


def period_of(unit: str, day: date) -> date:
    """The first day of this day's week or month."""
    return month_of(day) if unit == Unit.MONTH else day - timedelta(days=day.weekday())


def next_period(unit: str, period: date) -> date:
    return month_of(period, back=-1) if unit == Unit.MONTH else period + timedelta(weeks=1)


def _whole_units(unit: str, first: date, today: date) -> int:
    if unit == Unit.WEEK:
        return max((today - first).days // 7 - 1, 0)
    return max((today.year - first.year) * 12 + today.month - first.month - 1, 0)


def period_words(unit: str, period: date) -> str:
    """The month with its year, or the day on which the week begins."""
    return formats.month_year_words(period) if unit == Unit.MONTH else formats.date_words(period)


def _says(rows: Sequence[SalesForecast], so_far: float, currency: str) -> str:
    row = rows[0]
    words = (
        _("%(expected)s in %(period)s: in four of five cases between %(low)s and %(high)s.")
        if row.unit == Unit.MONTH
        else _("%(expected)s in the week from %(period)s: in four of five cases between %(low)s and %(high)s.")
    )
    said = words % {
        "expected": formats.money_whole(_rough(row.value, row), currency),
        "period": period_words(row.unit, row.period),
        "low": formats.money_whole(_rough(row.low, row), currency),
        "high": formats.money_whole(_rough(row.high, row), currency),
    }
    so_far_words = _("So far %(money)s have come in.") % {"money": formats.money_whole(so_far, currency)}
    return f"{said} {so_far_words}" if so_far else said


def _rough(value: float, row: SalesForecast) -> float:
    """As many digits as the width of the range allows: nobody knows an expected amount to the cent."""
    width, digit = row.high - row.low, 1.0
    while width > 200 * digit:
        digit *= 10
    return round(value / digit) * digit


def _between(row: SalesForecast, currency: str, *, is_sure: bool = False) -> str:
    low, high = (row.low95, row.high95) if is_sure else (row.low, row.high)
    return f"{formats.money_short(_rough(low, row), currency)} – {formats.money_short(_rough(high, row), currency)}"


def _range_words(row: SalesForecast, currency: str) -> str:
    words = _("in 4 of 5 cases %(range)s\nin 19 of 20 cases %(wide)s")
    return words % {"range": _between(row, currency), "wide": _between(row, currency, is_sure=True)}


def _ahead(row: SalesForecast, so_far: float | None, currency: str) -> Ahead:
    return Ahead(
        period_words(row.unit, row.period),
        formats.money_whole(_rough(row.value, row), currency),
        _between(row, currency),
        formats.money_whole(_rough(row.simple, row), currency),
        formats.money_whole(so_far, currency) if so_far else "",
    )


def _past(row: SalesForecast, currency: str) -> Past:
    came = row.outcome or 0.0
    return Past(
        period_words(row.unit, row.period),
        formats.money_whole(_rough(row.value, row), currency),
        _between(row, currency),
        formats.money_whole(came, currency),
        formats.percent(abs(row.value - came) / abs(came)) if came else "–",
        bool(row.is_inside),
        row.is_rehearsal,
    )


def _track_words(rows: Sequence[SalesForecast], step: int) -> str:
    """How far forecasts of this step were off, beside the simple method; nothing where few are over."""
    known = [row for row in rows if row.step == step][:TRACK]
    money = sum(abs(row.outcome or 0.0) for row in known)
    if len(known) < 3 or not money:
        return ""
    ours, theirs = (sum(abs(said - (row.outcome or 0.0)) for row, said in pairs) / money for pairs in (
        [(row, row.value) for row in known], [(row, row.simple) for row in known],
    ))  # fmt: skip
    head = {
        Unit.WEEK: ngettext("%(n)s week ahead", "%(n)s weeks ahead", step),
        Unit.MONTH: ngettext("%(n)s month ahead", "%(n)s months ahead", step),
    }[Unit(known[0].unit)] % {"n": step}
    words = _(
        "%(head)s: off by %(ours)s on average, a simple method by %(theirs)s; %(inside)s of %(all)s lay in the range."
    )
    return words % {
        "head": head, "ours": formats.percent(ours), "theirs": formats.percent(theirs),
        "inside": sum(bool(row.is_inside) for row in known), "all": len(known),
    }  # fmt: skip


def _groups(unit: str, origin: date, currency: str) -> list[GroupLine]:
    rows = SalesForecast.objects.filter(unit=unit, origin=origin, step=1, is_rehearsal=False).exclude(group="")
    return [
        GroupLine(
            row.group, _url(unit, row.group), formats.money_whole(_rough(row.value, row), currency),
            _between(row, currency),
        )
        for row in rows.order_by("-value")
    ]  # fmt: skip


def _url(unit: str, group: str) -> str:
    query = {"unit": str(unit), **({"group": group} if group else {})}
    return f"{reverse('analytics:forecast')}?{urlencode(query)}"


def _made_of(methods: str) -> str:
    """The methods in words, each once: those that take the season out first share one name."""
    names = dict.fromkeys(
        name if name in METHODS else part
        for name in methods.split(",")
        for part in ([name] if name in METHODS else name.split("+"))
    )
    return ", ".join(str(METHODS[name]) for name in names if name in METHODS)


def _chart(rows: Sequence[SalesForecast], known: dict[date, float], currency: str) -> charts.Chart | None:
    unit, origin = rows[0].unit, rows[0].origin
    data = [
        charts.Datum(period_words(unit, period), money) for period, money in sorted(known.items()) if period < origin
    ]
    data += [
        charts.Datum(
            period_words(unit, row.period), _rough(row.value, row), is_forecast=True, low=row.low, high=row.high,
            note=_range_words(row, currency),
        )
        for row in rows
    ]  # fmt: skip
    return charts.line_chart(
        data,
        title=_("Sales so far and expected"),
        words=lambda value: formats.money_whole(value, currency),
        axis_words=lambda value: formats.money_short(value, currency),
        value_head=_("Revenue after returns"),
    )
