"""Answers from the counted days, where they know it: for who sees everything, by the fields that are kept.

A field is kept where every change of it is an event, so that the days are equal to a recount (docs/adr/0006).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Max, Min, Model, QuerySet, Sum
from django.utils import timezone

from analytics.models import ReportCounted, ReportDay, ReportStale
from analytics.queries.time_limit import TooSlowError, at_most
from crm.models import Event, Order, Person, Scope, User
from inbox.models import Conversation, Message

from .cells import OTHER, Amount, Cells, Steps, by_steps, finish_time, in_order
from .counting import MOST_GROUPS, MOST_SPLITS
from .periods import Days, Here, unit_for
from .questions import Dimension, Question

LOOK_SECONDS = 0.3
WAYS = ("count", "sum", "average")


@dataclass(frozen=True)
class Kept:
    """What is kept of a target: by which date, which fields (by their key in the filter language), which amount."""

    model: type[Model]
    date: str
    fields: Mapping[str, str]
    amount: str = ""

    def rows(self) -> QuerySet[Any]:
        return self.model._default_manager.order_by()


KEPT: dict[str, Kept] = {
    "order": Kept(
        Order, "placed_at",
        {"channel": "channel", "country": "country", "currency": "currency", "source": "source",
         "is_return": "is_return"},
        "total",
    ),
    "person": Kept(
        Person, "created_at", {"owner": "owner_id", "source": "source", "country": "country", "language": "language"}
    ),
    "conversation": Kept(Conversation, "created_at", {"channel": "channel_id", "assignee": "assignee_id"}),
    "message": Kept(
        Message, "created_at", {"direction": "direction", "channel": "channel_id", "author": "author_id"}
    ),
}  # fmt: skip


@dataclass(frozen=True)
class _Ask:
    """A question that counted days can answer: rows of one kept field, or of the whole; only these values of it."""

    field: str
    values: tuple[str, ...] | None = None


def kept_cells(question: Question, user: User, days: Days, here: Here) -> tuple[Cells, str, datetime] | None:
    """Cells, the unit of their steps and the moment up to which they stand; None where only a count can tell."""
    ask = _asked(question)
    if ask is None or user.scope != Scope.ALL or not user.is_active:
        return None
    counted = ReportCounted.objects.filter(
        pk=question.spec.target, zone=str(here.zone), rebuilt_at__isnull=False
    ).exists()
    as_of = _as_of(question.spec.target) if counted else None
    if as_of is None:
        return None
    rows = _rows(question, ask, days)
    unit = _unit(question, rows, days)
    return _cells(question, rows, Steps(here.zone, unit, here.first_weekday)), unit, as_of


def _as_of(target: str) -> datetime | None:
    """Up to when the days stand: before the oldest change that is not in them. None where all are stale."""
    stale = list(ReportStale.objects.filter(target=target).values_list("day", "noted_at"))
    if any(day is None for day, _at in stale):
        return None
    waiting = Event.objects.filter(handled_at=None).aggregate(at=Min("due_at"))["at"]
    moments: list[datetime] = [timezone.now(), *(at for _day, at in stale), *([waiting] if waiting else [])]
    return min(moments)


def _asked(question: Question) -> _Ask | None:
    spec, kept = question.spec, KEPT.get(question.spec.target)
    if kept is None or question.date.key != question.source.date or question.measure.way not in WAYS:
        return None
    if question.measure.way != "count" and question.measure.key.partition(".")[2] != kept.amount:
        return None
    if question.group is not None and question.split is not None:
        return None
    dimension = question.group or question.split
    if dimension is not None:
        return _Ask(dimension.key) if dimension.key in kept.fields and not spec.filter else None
    return _only(spec.filter, kept) if spec.filter else _Ask("")


def _only(tree: Mapping[str, Any], kept: Kept) -> _Ask | None:
    """A filter that asks for one value of a kept field and nothing else."""
    match tree:
        case {"all": [{"field": str(field), "op": "is", "value": bool() | int() as value, **more}], **others}:
            if field in kept.fields and not more and not others:
                return _Ask(field, (str(value),))
    return None


def _rows(question: Question, ask: _Ask, days: Days) -> QuerySet[Any]:
    rows = ReportDay.objects.filter(target=question.spec.target, field=ask.field)
    if ask.values is not None:
        rows = rows.filter(value__in=ask.values)
    start, end = days
    rows = rows.filter(day__gte=start) if start else rows
    return rows.filter(day__lt=end) if end else rows


def _unit(question: Question, rows: QuerySet[Any], days: Days) -> str:
    if not question.is_by_time:
        return question.spec.unit
    found = rows.filter(number__gt=0).aggregate(first=Min("day"), last=Max("day"))
    first, last = days[0] or found["first"], days[1] or found["last"]
    return unit_for(first, last, question.spec.unit) if first and last else question.spec.unit


def _cells(question: Question, rows: QuerySet[Any], steps: Steps) -> Cells:
    if not question.spec.group_by:
        return Cells(_sum(_grouped(rows)))
    if not question.is_by_time:
        assert question.group is not None  # noqa: S101 (neither none nor time)
        groups = {_key(value): amount for (value,), amount in _grouped(rows, "value").items()}
        return Cells(_sum(groups), _largest(question, question.group, groups, MOST_GROUPS))
    if question.split is None:
        found = by_steps(_grouped(rows, "day"), steps)
        return Cells(_sum(found), found)
    both: dict[tuple[str, str], Amount] = defaultdict(Amount)
    splits: dict[str, Amount] = defaultdict(Amount)
    by_day = _grouped(rows, "day", "value")
    for (_day, value), amount in by_day.items():
        splits[_key(value)] += amount
    shown = _largest(question, question.split, splits, MOST_SPLITS)
    for (day, value), amount in by_day.items():
        both[steps.key(day), _key(value) if _key(value) in shown else OTHER] += amount
    return finish_time(_sum(splits), shown, both)


def _key(value: str) -> str:
    return f"v{value}" if value else ""


def _sum(amounts: Mapping[Any, Amount]) -> Amount:
    return sum(amounts.values(), Amount())


def _grouped(rows: QuerySet[Any], *names: str) -> dict[tuple[Any, ...], Amount]:
    grouped = rows.order_by().values(*names).annotate(n=Sum("number"), sum=Sum("total"))
    if not names:
        found = rows.aggregate(n=Sum("number"), sum=Sum("total"))
        return {(): Amount(found["n"] or 0, found["sum"] or Decimal(0))}
    return {tuple(row[name] for name in names): Amount(row["n"], row["sum"]) for row in grouped if row["n"]}


def _largest(question: Question, dimension: Dimension, groups: Mapping[str, Amount], most: int) -> dict[str, Amount]:
    """The largest groups, in the order and with the rest under OTHER as a count of the rows has them."""
    is_sum = question.measure.way == "sum"
    ranked = sorted(groups, key=lambda key: (-(groups[key].total if is_sum else groups[key].n), key))
    shown = {key: groups[key] for key in ranked[:most]}
    if len(ranked) > most:
        shown[OTHER] = _sum({key: groups[key] for key in ranked[most:]})
    return in_order(dimension, shown)


def has_other_money(question: Question, home: str) -> bool:
    """Whether there are rows in another currency than the business's whose amounts are in none but their own.

    The counted days know; without them a short look has to do.
    """
    path = question.measure.currency
    if not path:
        return False
    if ReportCounted.objects.filter(pk="order", rebuilt_at__isnull=False).exists():
        days = ReportDay.objects.filter(target="order", field="currency", number__gt=0)
        return days.exclude(value=home).exists()
    try:
        with at_most(LOOK_SECONDS):
            return question.source.model()._default_manager.order_by().exclude(**{path: home}).exists()
    except TooSlowError:
        return False
