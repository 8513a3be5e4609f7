"""The letter of what changed: sales, numbers, customers at risk, unhappy ones, and own work; in few queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from analytics.models import Band, SalesDay, Score, ScoredTask
from crm import formats
from crm.access import Can, allows
from crm.models import Deal, DigestRhythm, Event, Task, User
from crm.parts import Change
from crm.queries.counts import capped_count
from inbox.models import BAD_UNTIL, Conversation, Rating

from .feedback import Line, feedback_line
from .insights import Leaver, leaver, share_change
from .metrics.spans import SpanKind
from .numbers import Card, numbers_page
from .person_insight import workspace_currency
from .places import sees_all
from .risk import most_at_risk
from .suggestions import TITLES, next_action, situation_of
from .why import say_why

KEYS = ("revenue", "new_customers", "churn", "win_rate", "mrr", "first_reply", "csat", "nps", "mood")
MOST = 5
MOST_NUMBERS = 6
MOST_CROSSINGS = 200
ALIKE = 0.005  # a share that rounds to nothing
YOUNG_MONTH = 7  # days: until then the month before says more


@dataclass(frozen=True)
class Fact:
    """A number in words, with the page behind it."""

    label: str
    value: str
    url: str
    change: Change | None = None


@dataclass(frozen=True)
class AtRisk:
    """A customer at risk, why, and what to do."""

    line: Leaver
    advice: str


@dataclass(frozen=True)
class Digest:
    """The vocabulary of the letter. `days` says which days it is about, `month` which month its numbers are of."""

    is_weekly: bool
    days: str
    sales: Sequence[Fact]
    month: str
    numbers: Sequence[Card]
    at_risk: Sequence[AtRisk]
    unhappy: Sequence[Line]
    work: Sequence[Fact]

    @property
    def is_empty(self) -> bool:
        return not (self.sales or self.numbers or self.at_risk or self.unhappy or self.work)


def digest_of(user: User, rhythm: str, now: datetime) -> Digest:
    """What this user may see of the last day or the last week, in the language and the zone that are on.

    `now` is of the user's zone. Sums are of the whole business: for those who see all of it.
    """
    is_weekly, today = rhythm == DigestRhythm.WEEKLY, now.date()
    length = 7 if is_weekly else 1
    since = now - timedelta(days=length)
    is_whole = sees_all(user)
    month, numbers = _numbers(user, today) if is_whole and is_weekly else ("", [])
    return Digest(
        is_weekly=is_weekly,
        days=_days_words(today, length),
        sales=_sales(today, length) if is_whole else [],
        month=month,
        numbers=numbers,
        at_risk=_at_risk(user, since, is_weekly=is_weekly),
        unhappy=_unhappy(user, since),
        work=_work(user, today),
    )


def _days_words(today: date, length: int) -> str:
    first, last = today - timedelta(days=length), today - timedelta(days=1)
    if length == 1:
        return formats.date_words(last)
    return _("%(first)s to %(last)s") % {"first": formats.date_words(first), "last": formats.date_words(last)}


def _sales(today: date, length: int) -> list[Fact]:
    """What was sold in these days and how it compares with as many days a week before; from the counted days."""
    now, before = _sold(today, length), _sold(today - timedelta(days=7), length)
    if not now[1] and not before[1]:
        return []
    currency, url = workspace_currency(), reverse("analytics:insights")
    return [
        Fact(
            _("Revenue"), formats.money_whole(now[0], currency), url, _change(float(now[0]), float(before[0]), length)
        ),
        Fact(_("Orders"), formats.number(now[1]), url, _change(now[1], before[1], length)),
    ]


def _sold(until: date, length: int) -> tuple[Decimal, int]:
    days = SalesDay.objects.filter(group="", day__gte=until - timedelta(days=length), day__lt=until)
    found = days.aggregate(revenue=Sum("revenue"), orders=Sum("orders"))
    return found["revenue"] or Decimal(0), found["orders"] or 0


def _change(now: float, before: float, length: int) -> Change | None:
    change = share_change(now, before)
    if change is None:
        return None
    words = _change_words(change, is_week=length == 7)
    if abs(change) < ALIKE:
        return Change(words)
    return Change(words, "up" if change > 0 else "down", "good" if change > 0 else "bad")


def _change_words(change: float, *, is_week: bool) -> str:
    """ "12 % more than the week before"."""
    if abs(change) < ALIKE:
        return _("as in the week before") if is_week else _("as on the same day a week before")
    if change > 0:
        words = _("%(share)s more than the week before") if is_week else _("%(share)s more than a week before")
    else:
        words = _("%(share)s less than the week before") if is_week else _("%(share)s less than a week before")
    return words % {"share": formats.percent(abs(change))}


def _numbers(user: User, today: date) -> tuple[str, list[Card]]:
    """The numbers that have a value, as the page of numbers says them; in a young month those of the month before."""
    day = today if today.day > YOUNG_MONTH else today - timedelta(days=YOUNG_MONTH)
    page = numbers_page(user, SpanKind.MONTH, day)
    cards = {card.key: card for section in page.sections for card in section.cards}
    cards |= {card.foretold.key: card.foretold for card in cards.values() if card.foretold}
    shown = [cards[key] for key in KEYS if key in cards and cards[key].value]
    return page.title, shown[:MOST_NUMBERS]


def _at_risk(user: User, since: datetime, *, is_weekly: bool) -> list[AtRisk]:
    """Every week whom to call first; every day who crossed the line since yesterday."""
    currency = workspace_currency()
    scores = most_at_risk(user, limit=MOST, is_unplanned=True) if is_weekly else _crossed(user, since)
    return [AtRisk(leaver(score, currency), _advice(score)) for score in scores]


def _crossed(user: User, since: datetime) -> list[Score]:
    events = Event.objects.filter(kind="score.crossed", at__gte=since, person__isnull=False).order_by("-at")
    told = [
        event.person_id
        for event in events.only("person_id", "data")[:MOST_CROSSINGS]
        if event.data.get("task") == ScoredTask.CHURN and event.data.get("new_band") == Band.HIGH
    ]
    risky = Score.objects.visible_to(user).filter(task=ScoredTask.CHURN, band=Band.HIGH, person__in=told)
    found = list(risky.select_related("person").order_by("-stake", "person")[:MOST])
    say_why(found)
    return found


def _advice(score: Score) -> str:
    action = next_action(situation_of(score.person, score))
    return str(TITLES[action]) % {"name": score.person.name} if action else ""


def _unhappy(user: User, since: datetime) -> list[Line]:
    bad = Q(kind="csat", value__lte=BAD_UNTIL["csat"]) | Q(kind="nps", value__lte=BAD_UNTIL["nps"])
    rows = Rating.objects.visible_to(user).filter(bad, answered_at__gte=since)
    return [feedback_line(row) for row in rows.select_related("person", "conversation").order_by("-answered_at")[:MOST]]


def _work(user: User, today: date) -> list[Fact]:
    """What waits for this user."""
    talks = Conversation.objects.visible_to(user).filter(status=Conversation.Status.OPEN)
    waiting: list[tuple[str, QuerySet[Any], str]] = [
        (
            _("Tasks that are overdue"),
            Task.objects.open().filter(owner=user, due_on__lt=today),
            reverse("crm:task-list"),
        ),
        (_("Conversations that wait for you"), talks.filter(assignee=user), reverse("inbox:view", args=["mine"])),
        (
            _("Deals that should have closed"),
            Deal.objects.visible_to(user).filter(owner=user, closed_at=None, expected_close_on__lt=today),
            reverse("crm:deal-list"),
        ),
    ]
    if allows(user, Can.ANSWER):
        nobody = talks.filter(assignee=None)
        waiting.append((_("Conversations that nobody has yet"), nobody, reverse("inbox:view", args=["unassigned"])))
    counted = [(label, capped_count(rows, most=1000), url) for label, rows, url in waiting]
    return [Fact(label, str(count), url) for label, count, url in counted if count.number]
