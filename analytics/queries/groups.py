"""Groups of customers: all of them, and the page of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.group_words import group_name, words_of
from analytics.models import Band, CustomerGroup, GroupMember, GroupMonth, Score, ScoredTask
from analytics.reasons import RISK_TONES, band_words
from crm import charts, formats
from crm.models import Order, User
from crm.parts import Tile, Tone

from .insights import people_url, risk_matrix
from .person_insight import workspace_currency
from .places import sees_all
from .risk import Cell, count_cells

Way = CustomerGroup.Way
FIELD = {Way.RULES: "group", Way.FOUND: "found_group"}
TOP = 10


@dataclass(frozen=True)
class GroupLine:
    """One group in the list. Without sight of the whole business there is no money and no change."""

    name: str
    url: str
    who: str
    tone: Tone
    people: str
    share: str
    spent: str
    at_risk: str
    change: str


@dataclass(frozen=True)
class GroupsPage:
    rules: Sequence[GroupLine]
    found: Sequence[GroupLine]
    is_whole: bool

    @property
    def is_empty(self) -> bool:
        return not any(line.people not in ("", "0") for line in self.rules)

    @property
    def has_orders(self) -> bool:
        """There is something to group by: what is missing is a night."""
        return Order.objects.exists()


@dataclass(frozen=True)
class MemberLine:
    name: str
    url: str
    worth: str
    badge: str
    tone: Tone


@dataclass(frozen=True)
class GroupPage:
    """One group: who they are, how many, what they are worth and risk, how it grew, and what to do."""

    way: str
    key: str
    name: str
    who: str
    habits: str
    advice: str
    tiles: Sequence[Tile]
    trend: charts.Chart | None
    matrix: charts.Matrix | None
    members: Sequence[MemberLine]
    people_url: str
    is_found: bool


def names_of_groups() -> dict[tuple[str, str], str]:
    """What each group is called, by way and key."""
    return {(group.way, group.key): group_name(group) for group in CustomerGroup.objects.all()}


def groups_page(user: User) -> GroupsPage:
    """Three queries for those who see everything, five for others."""
    groups = list(CustomerGroup.objects.order_by("way", "position"))
    is_whole = sees_all(user)
    currency = workspace_currency()
    counts = {way: _counts(groups, way, user, is_whole) for way in Way}
    before = _last_month() if is_whole else {}
    lines = {
        way: [
            _line(group, counts[way], before.get((group.way, group.key)), currency, is_whole)
            for group in groups
            if group.way == way
        ]
        for way in Way
    }
    return GroupsPage(lines[Way.RULES], lines[Way.FOUND], is_whole)


def _counts(groups: Sequence[CustomerGroup], way: str, user: User, is_whole: bool) -> dict[str, int]:
    if is_whole:
        return {group.key: group.people for group in groups if group.way == way}
    return dict(GroupMember.objects.visible_to(user).order_by().values_list(way).annotate(n=Count("person")))


def _last_month() -> dict[tuple[str, str], tuple[date, int]]:
    """How many were in each group at the end of the month before the newest."""
    newest = GroupMonth.objects.order_by("-month").values("month")[:1]
    months = list(GroupMonth.objects.exclude(month__in=newest).order_by("-month")[:40])
    last = months[0].month if months else None
    return {(row.way, row.key): (row.month, row.people) for row in months if row.month == last}


def _line(
    group: CustomerGroup, counts: Mapping[str, int], before: tuple[date, int] | None, currency: str, is_whole: bool
) -> GroupLine:
    words, people = words_of(group.way, group.label), counts.get(group.key, 0)
    everybody = sum(counts.values())
    return GroupLine(
        name=group_name(group),
        url=group_url(group.way, group.key),
        who=str(words.who),
        tone=words.tone,
        people=formats.number(people),
        share=formats.percent(people / everybody) if everybody else "",
        spent=formats.money_short(group.facts.get("spent_year", 0.0), currency) if is_whole else "",
        at_risk=formats.number(_at_risk(group)) if is_whole else "",
        change=_change_words(people, before),
    )


def _change_words(people: int, before: tuple[date, int] | None) -> str:
    if before is None:
        return ""
    month, then = before
    more = people - then
    if not more:
        return _("as at the end of %(month)s") % {"month": formats.month_words(month)}
    words = (
        ngettext("%(n)s more than at the end of %(month)s", "%(n)s more than at the end of %(month)s", more)
        if more > 0
        else ngettext("%(n)s fewer than at the end of %(month)s", "%(n)s fewer than at the end of %(month)s", -more)
    )
    return words % {"n": formats.number(abs(more)), "month": formats.month_words(month)}


def _at_risk(group: CustomerGroup) -> int:
    return sum(count for risk, _worth, count, _stake in group.cells if risk == Band.HIGH)


def group_url(way: str, key: str) -> str:
    return reverse("analytics:group-detail", args=[way, key])


def group_page(user: User, group: CustomerGroup) -> GroupPage:
    """Six queries at most."""
    words, currency, is_whole = words_of(group.way, group.label), workspace_currency(), sees_all(user)
    members = GroupMember.objects.visible_to(user).filter(**{group.way: group.key})
    cells = [Cell(*cell) for cell in group.cells] if is_whole else _own_cells(user, group)
    field = FIELD[Way(group.way)]
    return GroupPage(
        way=group.way,
        key=group.key,
        name=group_name(group),
        who=str(words.who),
        habits=_habits(group.facts, currency) if is_whole else "",
        advice=str(words.advice),
        tiles=_tiles(group, cells, currency) if is_whole else [_people_tile(group, members.count())],
        trend=_trend(group) if is_whole else None,
        matrix=risk_matrix(cells, currency, (field, group.key)),
        members=_members(user, group, currency),
        people_url=people_url((field, group.key), sort="-value"),
        is_found=group.way == Way.FOUND,
    )


def _own_cells(user: User, group: CustomerGroup) -> list[Cell]:
    return count_cells(Score.objects.visible_to(user).filter(**{f"person__group__{group.way}": group.key}))


def _habits(facts: Mapping[str, Any], currency: str) -> str:
    if "quiet_days" not in facts:
        return ""
    words = _("On average %(orders)s orders, the last one %(days)s days ago, %(money)s in all.")
    return words % {
        "orders": formats.number(facts["orders"]), "days": formats.number(round(facts["quiet_days"])),
        "money": formats.money_whole(facts.get("each", 0.0), currency),
    }  # fmt: skip


def _people_tile(group: CustomerGroup, people: int) -> Tile:
    url = people_url((FIELD[Way(group.way)], group.key), sort="-value")
    return Tile(_("People"), formats.number(people), href=url if people else "")


def _tiles(group: CustomerGroup, cells: Sequence[Cell], currency: str) -> list[Tile]:
    facts, risky = group.facts, [cell for cell in cells if cell.risk == Band.HIGH]
    people = sum(cell.people for cell in risky)
    stake = formats.money_short(sum(cell.stake for cell in risky), currency)
    field = FIELD[Way(group.way)]
    return [
        _people_tile(group, group.people),
        Tile(_("Spent in the last 12 months"), formats.money_short(facts.get("spent_year", 0.0), currency)),
        Tile(_("Expected in the next 12 months"), formats.money_short(facts.get("expected", 0.0), currency)),
        Tile(
            _("At high risk"),
            formats.number(people),
            href=people_url((field, group.key), ("risk", Band.HIGH), sort="-value") if people else "",
            note=_("%(money)s in 12 months if they stay") % {"money": stake},
        ),
    ]


def _trend(group: CustomerGroup) -> charts.Chart | None:
    months = list(GroupMonth.objects.filter(way=group.way, key=group.key).order_by("-month")[:13])[::-1]
    data = [charts.Datum(formats.month_year_words(row.month), row.people) for row in months]
    return charts.line_chart(data, title=_("People at the end of each month"), words=formats.number)


def _members(user: User, group: CustomerGroup, currency: str) -> list[MemberLine]:
    """Those of whom the most is expected, in one query."""
    worth = Score.objects.visible_to(user).filter(task=ScoredTask.VALUE, **{f"person__group__{group.way}": group.key})
    found = list(worth.select_related("person").order_by("-place", "-person")[:TOP])
    risks = Score.objects.filter(task=ScoredTask.CHURN, person__in=[score.person_id for score in found])
    bands = dict(risks.values_list("person_id", "band"))
    return [
        MemberLine(
            score.person.name,
            reverse("crm:person-detail", args=[score.person_id]),
            formats.money_whole(score.value, currency),
            band_words(ScoredTask.CHURN, bands[score.person_id]) if score.person_id in bands else "",
            RISK_TONES.get(bands.get(score.person_id, ""), ""),
        )
        for score in found
    ]
