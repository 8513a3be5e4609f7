"""What to do next for one person: from the risk, the worth, the reasons, how to reach them and what was tried."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from analytics.models import Band, Score
from crm.models import ContactPoint, Person, Task

TRIED_FOR = timedelta(days=60)
GOOD = 4  # the fifth from which a customer is worth a call


class Action(StrEnum):
    CALL = "call"
    WRITE = "write"
    OFFER = "offer"
    ASK = "ask"
    THANK = "thank"
    FIND = "find"


TITLES = {
    Action.CALL: _("Call %(name)s"),
    Action.WRITE: _("Write to %(name)s"),
    Action.OFFER: _("Make %(name)s an offer"),
    Action.ASK: _("Ask %(name)s about the returns"),
    Action.THANK: _("Thank %(name)s"),
    Action.FIND: _("Find a way to reach %(name)s"),
}
BUTTONS = {
    Action.CALL: _("Plan a call"),
    Action.WRITE: _("Plan a message"),
    Action.OFFER: _("Plan an offer"),
    Action.ASK: _("Plan to ask about the returns"),
    Action.THANK: _("Plan a thank-you"),
    Action.FIND: _("Plan to find a phone or e-mail"),
}
ICONS = {
    Action.CALL: "phone",
    Action.WRITE: "envelope",
    Action.OFFER: "gift",
    Action.ASK: "chat-bubble-left-right",
    Action.THANK: "heart",
    Action.FIND: "magnifying-glass",
}


@dataclass(frozen=True)
class Situation:
    """What the choice is made from. `planned` is the open task of an earlier suggestion."""

    risk: str = ""
    fifth: int = 3
    causes: frozenset[str] = frozenset()
    has_phone: bool = False
    has_email: bool = False
    tried: Collection[Action] = field(default_factory=frozenset)
    planned: Task | None = None
    suggested: int = 0


def next_action(situation: Situation) -> Action | None:
    """The one thing to do, or None where nothing has to be done or everything was tried."""
    for action in _wishes(situation):
        if action not in situation.tried and _is_possible(action, situation):
            return action
    return None


def _wishes(situation: Situation) -> Sequence[Action]:
    is_good = situation.fifth >= GOOD
    is_unreachable = not situation.has_phone and not situation.has_email
    if situation.risk == Band.HIGH or (situation.risk == Band.MEDIUM and is_good):
        first = [Action.ASK] if "returns_much" in situation.causes else []
        if is_unreachable:
            return [Action.FIND] if is_good else []
        touch = [Action.CALL, Action.WRITE, Action.OFFER] if is_good else [Action.WRITE, Action.OFFER, Action.CALL]
        return [*first, *touch]
    if situation.risk == Band.LAPSED and is_good:
        return [Action.FIND] if is_unreachable else [Action.OFFER, Action.CALL]
    if situation.risk == Band.LOW and situation.fifth == 5:
        return [Action.THANK]
    return []


def _is_possible(action: Action, situation: Situation) -> bool:
    if action == Action.CALL:
        return situation.has_phone
    if action in (Action.WRITE, Action.OFFER):
        return situation.has_email
    return True


def situation_of(person: Person, churn: Score | None, *, today: date | None = None) -> Situation:
    """The situation of a person, in two queries."""
    if churn is None:
        return Situation()
    points = set(_reachable(person))
    tasks = list(Task.objects.filter(once_key__startswith=key_prefix(person)).order_by("-pk")[:50])
    since = (today or timezone.localdate()) - TRIED_FOR
    return Situation(
        risk=churn.band,
        fifth=churn.fifth,
        causes=frozenset(str(reason.get("key")) for reason in churn.reasons if reason.get("direction") == "up"),
        has_phone=ContactPoint.Kind.PHONE in points,
        has_email=ContactPoint.Kind.EMAIL in points,
        tried=frozenset(_action(task) for task in tasks if task.done_at and task.done_at.date() >= since),
        planned=next((task for task in tasks if task.done_at is None), None),
        suggested=len(tasks),
    )


def _reachable(person: Person) -> Any:
    working = ContactPoint.objects.filter(person=person, invalid_at=None)
    allowed = working.filter(Q(kind=ContactPoint.Kind.PHONE) | Q(opted_out_at=None))
    return allowed.values_list("kind", flat=True)


def key_prefix(person: Person) -> str:
    return f"insight:{person.pk}:"


def _action(task: Task) -> Action:
    return Action((task.once_key or "").split(":")[2])
