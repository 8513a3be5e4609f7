"""What was known of deals at any moment, from the event log, the moves between stages, tasks and orders.

The same rows serve for learning from closed deals, for the nightly batch and for one deal on save: nothing of a row
is younger than its moment.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import QuerySet
from django.utils.dateparse import parse_date

from analytics.ml.tabular.columns import Column
from analytics.ml.tabular.frame import flag_column, number_column, word_column
from analytics.queries.protected import fields_for_models
from crm.models import CustomField, Deal, DealPerson, Event, Order, Stage, StageChange, Task

LATELY = timedelta(days=30)
TOUCHES = ("note.added", "task.done", "message.sent")
ANSWER = "message.received"

Moment = tuple[int, datetime]


@dataclass(frozen=True)
class Place:
    """A stage as the models see it: its name, and how far along its pipeline it stands, 0 … 1."""

    name: str
    share: float
    is_open: bool


@dataclass
class DealHistory:
    """One deal. Lists are in the order of time; `changes` are of `deal.changed`: {field: [old, new]}."""

    deal: Deal
    moves: list[tuple[datetime, Place, float]] = field(default_factory=list)
    changes: list[tuple[datetime, Mapping[str, Any]]] = field(default_factory=list)
    touches: list[datetime] = field(default_factory=list)
    answers: list[datetime] = field(default_factory=list)
    tasks: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    orders: list[datetime] = field(default_factory=list)
    won_before: list[datetime] = field(default_factory=list)
    lost_before: list[datetime] = field(default_factory=list)

    def place(self, at: datetime) -> Place | None:
        """In which stage it was; None before it was there."""
        before = [place for when, place, _amount in self.moves if when <= at]
        return before[-1] if before else None

    def value(self, name: str, at: datetime) -> Any:
        """What a field held then: what the first later change replaced, or else what it holds now."""
        for when, changed in self.changes:
            if when > at and name in changed:
                return changed[name][0]
        return getattr(self.deal, name)

    def amount(self, at: datetime) -> float:
        """What it was worth then: closing a deal may settle another amount, which its last move carries."""
        known = [(when, amount) for when, _place, amount in self.moves]
        known += [(when, float(changed["amount"][1] or 0)) for when, changed in self.changes if "amount" in changed]
        before = [amount for when, amount in sorted(known) if when <= at]
        return before[-1] if before else 0.0


Read = Callable[[DealHistory, datetime], float | None]


def _days(later: datetime, earlier: datetime) -> float:
    return max((later - earlier).total_seconds() / 86_400, 0.0)


def _stage_share(deal: DealHistory, at: datetime) -> float | None:
    place = deal.place(at)
    return place.share if place else None


def _stage_days(deal: DealHistory, at: datetime) -> float:
    entered = [when for when, _place, _amount in deal.moves if when <= at]
    return _days(at, entered[-1] if entered else deal.deal.created_at)


def _moves_back(deal: DealHistory, at: datetime) -> float:
    shares = [place.share for when, place, _amount in deal.moves if when <= at and place.is_open]
    return float(sum(later < earlier for earlier, later in pairwise(shares)))


def _close_in_days(deal: DealHistory, at: datetime) -> float | None:
    day = _day(deal.value("expected_close_on", at))
    return float((day - at.date()).days) if day else None


def _postponed(deal: DealHistory, at: datetime) -> float:
    pairs = [changed["expected_close_on"] for when, changed in deal.changes
             if when <= at and "expected_close_on" in changed]  # fmt: skip
    days = [(_day(old), _day(new)) for old, new in pairs]
    return float(sum(bool(old and new and new > old) for old, new in days))


def _day(value: object) -> date | None:
    return parse_date(value) if isinstance(value, str) else value if isinstance(value, date) else None


def _lately(moments: Sequence[datetime], at: datetime) -> float:
    return float(bisect_right(moments, at) - bisect_left(moments, at - LATELY))


def _closed_before(deal: DealHistory, at: datetime) -> tuple[int, int]:
    """Deals with them that were won, and lost, before this moment."""
    return bisect_left(deal.won_before, at), bisect_left(deal.lost_before, at)


def _won_share(deal: DealHistory, at: datetime) -> float | None:
    """Drawn to one half while there are few."""
    won, lost = _closed_before(deal, at)
    return (won + 1) / (won + lost + 2) if won + lost else None


def _quiet_days(deal: DealHistory, at: datetime) -> float:
    last = [moments[place - 1] for moments in (deal.touches, deal.answers) if (place := bisect_right(moments, at))]
    return _days(at, max([deal.deal.created_at, *last]))


NUMBERS: Mapping[str, Read] = {
    "stage_share": _stage_share,
    "stage_days": _stage_days,
    "age_days": lambda deal, at: _days(at, deal.deal.created_at),
    "moves_back": _moves_back,
    "amount": lambda deal, at: deal.amount(at) * float(deal.deal.rate),
    "close_in_days": _close_in_days,
    "postponed": _postponed,
    "touches": lambda deal, at: _lately(deal.touches, at),
    "answers": lambda deal, at: _lately(deal.answers, at),
    "quiet_days": _quiet_days,
    "orders_before": lambda deal, at: float(bisect_left(deal.orders, at)),
    "deals_before": lambda deal, at: float(sum(_closed_before(deal, at))),
    "won_share": _won_share,
}


def _has_task(deal: DealHistory, at: datetime) -> bool:
    return any(made <= at and (done is None or done > at) for made, done in deal.tasks)


WORDS: Mapping[str, Callable[[DealHistory, datetime], str]] = {
    "stage": lambda deal, at: place.name if (place := deal.place(at)) else "",
    "source": lambda deal, at: str(deal.value("lead_source", at) or ""),
    "owner": lambda deal, at: str(deal.value("owner", at) or ""),
    "industry": lambda deal, at: deal.deal.company.industry if deal.deal.company else "",
}


NAMES = frozenset({*NUMBERS, *WORDS, "has_task"})


def deal_columns(histories: Mapping[int, DealHistory], moments: Sequence[Moment]) -> list[Column]:
    """What was known of these deals at these moments, a row each."""
    rows = [(histories[pk], at) for pk, at in moments]
    numbers = [number_column(name, [read(deal, at) for deal, at in rows]) for name, read in NUMBERS.items()]
    words = [word_column(name, [read(deal, at) for deal, at in rows]) for name, read in WORDS.items()]
    own = [own_column(row, [deal.value("custom", at) or {} for deal, at in rows]) for row in own_fields("deal")]
    return [*numbers, *words, flag_column("has_task", [_has_task(deal, at) for deal, at in rows]), *own]


def own_fields(target: str) -> list[CustomField]:
    """The business's own fields that predictions may use: no protected ones, unless a manager allowed it."""
    return fields_for_models(target)


def own_column(row: CustomField, values: Sequence[Mapping[str, Any]]) -> Column:
    """A column of an own field, by its kind; days and long text tell nothing."""
    name, held = f"custom.{row.key}", [value.get(row.key) for value in values]
    if row.kind == CustomField.Kind.NUMBER:
        return number_column(name, [float(value) if isinstance(value, (int, float)) else None for value in held])
    if row.kind == CustomField.Kind.BOOLEAN:
        return word_column(name, ["" if value is None else "yes" if value else "no" for value in held])
    return word_column(name, [str(value or "") if row.kind != CustomField.Kind.DATE else "" for value in held])


def read_histories(deal_ids: Collection[int]) -> dict[int, DealHistory]:
    """The histories of these deals by id, never of people who want no profiling; nine queries."""
    deals = known_deals().filter(pk__in=deal_ids).select_related("company", "owner")
    found = {deal.pk: DealHistory(deal) for deal in deals.defer("search_text", "company__search_text")}
    places = stage_places()
    changes = StageChange.objects.filter(deal__in=found).order_by("at", "pk")
    for pk, stage, at, amount in changes.values_list("deal_id", "to_stage_id", "at", "amount"):
        found[pk].moves.append((at, places[stage], float(amount)))
    _read_events(found)
    for pk, made, done in Task.objects.filter(deal__in=found).values_list("deal_id", "created_at", "done_at"):
        found[pk].tasks.append((made, done))
    _read_people(found)
    _read_former(found)
    return found


def known_deals() -> QuerySet[Deal]:
    """Deals that may be learned from and judged: nobody on them wants no profiling."""
    return Deal.objects.exclude(person__no_profiling=True).exclude(pk__in=_with_unwilling())


def _with_unwilling() -> QuerySet[DealPerson, Any]:
    """Deals on which somebody else than their main person wants no profiling."""
    return DealPerson.objects.filter(person__no_profiling=True).values("deal")


def stage_places() -> dict[int, Place]:
    """Every stage by id; with several pipelines the name says which."""
    stages = list(Stage.objects.select_related("pipeline").order_by("position", "pk"))
    pipelines: dict[int, list[Stage]] = defaultdict(list)
    for stage in stages:
        if stage.kind == Stage.Kind.OPEN:
            pipelines[stage.pipeline_id].append(stage)
    is_one = len({stage.pipeline_id for stage in stages}) == 1
    found = {}
    for stage in stages:
        open_stages = pipelines[stage.pipeline_id]
        share = open_stages.index(stage) / max(len(open_stages) - 1, 1) if stage in open_stages else 1.0
        name = stage.name if is_one else f"{stage.pipeline.name}: {stage.name}"
        found[stage.pk] = Place(name, share, stage.kind == Stage.Kind.OPEN)
    return found


def _read_events(found: Mapping[int, DealHistory]) -> None:
    kinds = ("deal.changed", "note.added", "task.done")
    events = Event.objects.filter(deal__in=found, kind__in=kinds).order_by("at", "pk")
    for pk, kind, at, data in events.values_list("deal_id", "kind", "at", "data"):
        if kind == "deal.changed":
            found[pk].changes.append((at, data.get("changed") or {}))
        else:
            found[pk].touches.append(at)


def _read_people(found: Mapping[int, DealHistory]) -> None:
    """Messages from and to the main person, and what that person ordered."""
    deals: dict[int, list[DealHistory]] = defaultdict(list)
    for history in found.values():
        if history.deal.person_id is not None:
            deals[history.deal.person_id].append(history)
    messages = Event.objects.filter(person__in=deals, kind__in=("message.sent", ANSWER)).order_by("at", "pk")
    for person, kind, at in messages.values_list("person_id", "kind", "at"):
        for history in deals[person]:
            (history.answers if kind == ANSWER else history.touches).append(at)
    orders = Order.objects.filter(person__in=deals, is_return=False).order_by("placed_at")
    for person, at in orders.values_list("person_id", "placed_at"):
        for history in deals[person]:
            history.orders.append(at)
    for history in found.values():
        history.touches.sort()


def _read_former(found: Mapping[int, DealHistory]) -> None:
    """Other closed deals of the same company, or of the same person where there is no company; of known ones only."""
    for name in ("company_id", "person_id"):
        ours: dict[int, list[DealHistory]] = defaultdict(list)
        for history in found.values():
            key = getattr(history.deal, name)
            if key is not None and (name == "company_id" or history.deal.company_id is None):
                ours[key].append(history)
        closed = known_deals().filter(**{f"{name}__in": ours}).exclude(closed_at=None).order_by("closed_at")
        for pk, key, kind, at in closed.values_list("pk", name, "stage__kind", "closed_at"):
            _note_former(ours[key], pk, kind, at)


def _note_former(histories: Iterable[DealHistory], pk: int, kind: str, at: datetime | None) -> None:
    for history in histories:
        if history.deal.pk != pk and at is not None:
            (history.won_before if kind == Stage.Kind.WON else history.lost_before).append(at)
