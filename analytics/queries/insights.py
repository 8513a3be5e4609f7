"""The Insights page: revenue, customers at risk, new and returning customers, and how good the predictions are."""

from __future__ import annotations

import json
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics import chances
from analytics.charts import SplitChart, split_bars
from analytics.models import Band, ModelVersion, Score, ScoredTask, TrainingRun, task_label
from analytics.reasons import RISK_TONES, RISK_WORDS, VALUE_WORDS, band_words, horizon_words
from crm import charts, formats
from crm.models import User, Workspace
from crm.parts import Change, Tile, Tone

from .forecasts import month_chart
from .measures import signed_words
from .places import sees_all
from .risk import Cell, cells_for, most_at_risk, total
from .said import said_reasons
from .sales import Month, last_day, last_months, month_of
from .trust import flagged_of, learned_words
from .under_way import is_stuck, learning_words

MONTHS = 12
TOP = 10
LAST_DAYS = 2  # a month is whole when its last order is so near to its end
RISKS = (Band.HIGH, Band.MEDIUM, Band.LOW, Band.LAPSED)
WORTHS = (Band.HIGH, Band.MEDIUM, Band.LOW)


@dataclass(frozen=True)
class Leaver:
    """One customer at risk as a line: how high it is, why, and what they may spend in 12 months if they stay."""

    name: str
    url: str
    badge: str
    tone: Tone
    reason: str
    stake: str


@dataclass(frozen=True)
class Quality:
    """How good one model is, in a sentence."""

    label: str
    words: str
    learned: str
    url: str


@dataclass(frozen=True)
class InsightsPage:
    """Everything that the page shows. `ended_on` is the last day of data that ends before this month."""

    tiles: Sequence[Tile]
    revenue: charts.Chart | None
    customers: SplitChart | None
    matrix: charts.Matrix | None
    leavers: Sequence[Leaver]
    qualities: Sequence[Quality]
    run: TrainingRun | None
    is_rule: bool
    ended_on: str = ""
    outlook: charts.Chart | None = None

    @property
    def is_empty(self) -> bool:
        return self.revenue is None

    @property
    def unknown_words(self) -> str:
        """When scores come, where nobody whom this user sees has one yet: that is not the same as nobody at risk."""
        return "" if self.matrix else when_known(self.run)


def insights_page(user: User) -> InsightsPage:
    """Nine queries for those who see everything, and one more where the data has ended."""
    workspace = Workspace.objects.only("currency").first() or Workspace(currency="EUR")
    months = last_months(user, 2 * MONTHS)
    run = TrainingRun.objects.order_by("-created_at").first()
    if not months:
        return InsightsPage([], None, None, None, [], [], run, is_rule=True)
    cells, leaving = cells_for(user), most_at_risk(user, limit=TOP)
    versions = list(ModelVersion.objects.filter(state=ModelVersion.State.CHAMPION).order_by("task"))
    today = timezone.localdate()
    until = today if months[-1].month == month_of(today) else last_day(user)
    return InsightsPage(
        tiles=_tiles(months, cells, workspace.currency, until, run),
        revenue=revenue_chart(months, workspace.currency),
        customers=customers_chart(months[MONTHS:]),
        matrix=risk_matrix(cells, workspace.currency),
        leavers=[leaver(score, workspace.currency) for score in leaving],
        qualities=[_quality(version, workspace.currency) for version in versions],
        run=run,
        is_rule=not any(version.task == ScoredTask.CHURN for version in versions),
        ended_on="" if until == today else formats.date_words(until),
        outlook=month_chart(workspace.currency) if sees_all(user) else None,
    )


def when_known(run: TrainingRun | None) -> str:
    """When there are scores, where nobody has one yet; `run` is the newest training."""
    is_on = run is not None and run.is_open and not is_stuck(run)
    return learning_words() if is_on else _("Scores come with the next order, or tonight.")


def people_url(*rules: tuple[str, str], sort: str = "") -> str:
    """The list of people narrowed to these (field, value)."""
    tree = {"all": [{"field": name, "op": "is", "value": value} for name, value in rules]}
    query = {"filter": json.dumps(tree, separators=(",", ":"))} | ({"sort": sort} if sort else {})
    return f"{reverse('crm:person-list')}?{urlencode(query)}"


def revenue_chart(months: Sequence[Month], currency: str) -> charts.Chart | None:
    """The last months in the accent colour after those of the year before, from the first with a sale on."""
    data = [
        charts.Datum(
            formats.month_year_words(month.month),
            float(month.revenue),
            note=_against(month, months[i - MONTHS] if i >= MONTHS else None),
            is_main=i >= MONTHS,
        )
        for i, month in enumerate(months)
    ]
    first = next((i for i, month in enumerate(months) if month.orders or month.revenue), len(data))
    return charts.bar_chart(
        data[first:],
        title=_("Revenue by month"),
        words=lambda value: formats.money_whole(value, currency),
        axis_words=lambda value: formats.money_short(value, currency),
        value_head=_("Revenue after returns"),
    )


def _against(month: Month, before: Month | None) -> str:
    change = share_change(float(month.revenue), float(before.revenue)) if before else None
    return "" if change is None or before is None else change_words(change, formats.month_year_words(before.month))


def share_change(now: float, before: float) -> float | None:
    """How much more, as a share; None where there was nothing before."""
    return (now - before) / before if before > 0 else None


def change_words(change: float, than: str) -> str:
    """ "12 % more than Oct 2025"."""
    values = {"share": formats.percent(abs(change)), "than": than}
    if abs(change) < 0.005:
        return _("as in %(than)s") % values
    return (_("%(share)s more than %(than)s") if change > 0 else _("%(share)s less than %(than)s")) % values


def customers_chart(months: Sequence[Month]) -> SplitChart | None:
    """Customers who ordered in each month: below those who came back, above the new ones."""
    data = [
        (charts.Datum(formats.month_words(month.month), month.customers), float(month.returning_customers))
        for month in months
    ]
    first = next((i for i, month in enumerate(months) if month.customers), len(data))
    return split_bars(
        data[first:], title=_("Customers by month"), words=formats.number, part_head=_("came back"), rest_head=_("new")
    )


def risk_matrix(cells: Sequence[Cell], currency: str, *among: tuple[str, str]) -> charts.Matrix | None:
    """Risk by worth; each cell opens its people, `among` those of further rules (field, value)."""
    if not cells:
        return None
    found = {(cell.risk, cell.worth): cell for cell in cells}
    rows = [
        charts.MatrixRow(
            str(RISK_WORDS[risk]), [_cell(found.get((risk, worth)), risk, worth, currency, among) for worth in WORTHS]
        )
        for risk in RISKS
    ]
    return charts.Matrix(_("Risk and worth"), "", [str(VALUE_WORDS[worth]) for worth in WORTHS], rows)


def _cell(cell: Cell | None, risk: str, worth: str, currency: str, among: tuple[tuple[str, str], ...]) -> charts.Cell:
    if cell is None or not cell.people:
        return charts.Cell("0")
    tone = {Band.HIGH: "bad", Band.MEDIUM: "warn"}.get(Band(risk), "") if worth == Band.HIGH else ""
    url = people_url(*among, ("risk", risk), ("worth", worth), sort="-value")
    return charts.Cell(formats.number(cell.people), formats.money_short(cell.stake, currency), url, tone)  # type: ignore[arg-type]


def _tiles(
    months: Sequence[Month], cells: Sequence[Cell], currency: str, until: date, run: TrainingRun | None
) -> list[Tile]:
    now, before = months[-1], months[-2]
    last_year = months[-1 - MONTHS]
    compared = last_year if last_year.revenue > 0 else before
    people, stake = total(cells, risk=Band.HIGH)
    is_going_on = _is_going_on(now, until)
    whole = months[MONTHS - 1 : -1] if is_going_on else months[MONTHS:]  # a month begun would end each line in a fall
    return [
        Tile(
            _("Revenue in %(month)s") % {"month": formats.month_year_words(now.month)},
            formats.money_whole(now.revenue, currency),
            change=None if is_going_on else _change(now, compared),
            note=_so_far_words(before, currency),
            spark=charts.sparkline([float(m.revenue) for m in whole], title=_("Revenue of twelve months")),
        ),
        Tile(
            _("Customers at high risk"),
            formats.number(people) if cells else "–",
            href=people_url(("risk", Band.HIGH), sort="-value") if people else "",
            note=_("%(money)s in 12 months if they stay") % {"money": formats.money_short(stake, currency)}
            if cells
            else when_known(run),
        ),
        Tile(
            _("Customers who came back"),
            formats.number(now.returning_customers),
            note=_returning_words(now, before),
            spark=charts.sparkline([m.returning_customers for m in whole], title=_("Customers who came back")),
        ),
        Tile(
            _("New customers"),
            formats.number(now.new_customers),
            note=_before_words(before.new_customers),
            spark=charts.sparkline([m.new_customers for m in whole], title=_("New customers")),
        ),
    ]


def _so_far_words(before: Month, currency: str) -> str:
    money = formats.money_short(before.revenue, currency)
    return _("so far; %(money)s in %(month)s") % {"money": money, "month": formats.month_year_words(before.month)}


def _is_going_on(month: Month, until: date) -> bool:
    """Not over yet, or not known to its end: beside a whole month it would always look bad."""
    days = monthrange(month.month.year, month.month.month)[1]
    return month_of(until) == month.month and until.day < days - LAST_DAYS


def _change(now: Month, compared: Month) -> Change | None:
    change = share_change(float(now.revenue), float(compared.revenue))
    if change is None:
        return None
    words = change_words(change, formats.month_year_words(compared.month))
    if abs(change) < 0.005:
        return Change(words)
    tone: Tone = "good" if change > 0 else "bad"
    return Change(words, "up" if change > 0 else "down", tone)


def _before_words(count: int) -> str:
    return _("%(number)s in the month before") % {"number": formats.number(count)}


def _returning_words(month: Month, before: Month) -> str:
    if not month.customers:
        return _before_words(before.returning_customers)
    share = month.returning_customers / month.customers
    return _("%(share)s of all who ordered") % {"share": formats.percent(share)}


def leaver(score: Score, currency: str) -> Leaver:
    """One customer at risk as a line."""
    reasons = [words for words, raises in said_reasons(score, currency) if raises]
    return Leaver(
        name=score.person.name,
        url=reverse("crm:person-detail", args=[score.person_id]),
        badge=band_words(ScoredTask.CHURN, score.band),
        tone=RISK_TONES[score.band],
        reason=" · ".join(reasons[:2]),
        stake=formats.money_whole(score.stake or 0, currency),
    )


def _quality(version: ModelVersion, currency: str) -> Quality:
    url = reverse("analytics:model-detail", args=[version.task])
    return Quality(task_label(version.task), quality_words(version, currency), learned_words(version), url)


def quality_words(version: ModelVersion, currency: str) -> str:
    """One sentence on how good a model was where it could be measured."""
    held = version.card.get("hold_out")
    if version.task in chances.TASKS:
        words = chances.flagged_words(version.task, version.card)
        base = chances.base_words(version.task, version.card["base_rate"])
        return f"{_sentence(words)} {base}" if words else base
    if version.task == ScoredTask.CHURN:
        flagged = flagged_of(version.card)
        return f"{_sentence(flagged.words)} {_base_words(version.card)}" if flagged else _young_words()
    error = held["views"]["all"]["product"].get("total_error") if held else None
    if held is None or error is None:
        return _young_words()
    words = _("Tested on %(customers)s customers over %(time)s: the total expected was %(off)s.") % {
        "customers": formats.number(held["customers"]), "time": horizon_words(held["horizon_days"]),
        "off": signed_words(error),
    }  # fmt: skip
    days = int(version.card["horizon_days"])
    return f"{words} {_too_short_words(days)}" if held["horizon_days"] < days else words


def _too_short_words(days: int) -> str:
    return _("A test over all %(time)s needs a longer history of orders.") % {"time": horizon_words(days)}


def _base_words(card: Mapping[str, Any]) -> str:
    """How many of the others did not come back: what the flag has to be better than. Cards of before count all."""
    held = card.get("hold_out") or {}
    if bands := held.get("all_bands"):
        share = formats.percent(bands["actual"] / bands["customers"]) if bands["customers"] else ""
        return _("Of all customers who had not left long ago it was %(share)s.") % {"share": share} if share else ""
    tenths = held.get("tenths", [])
    customers = sum(tenth["customers"] for tenth in tenths)
    if not customers:
        return ""
    share = sum(tenth["customers"] * tenth["actual"] for tenth in tenths) / customers
    return _("Of all customers it was %(share)s.") % {"share": formats.percent(share)}


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:] + "."


def _young_words() -> str:
    return _("The shop is too young to measure this: it will be measured as soon as the time is over.")
