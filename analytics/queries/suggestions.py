"""What to do next for one person: from the risk, the worth, the reasons, the way that works, and what was tried."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from analytics.models import Band, Score
from analytics.reasons import money_words
from crm.models import Person, Task

from .attempts import Attempt, attempts_of, why_words
from .reach import Reach, reach_of

RESTS_FOR = timedelta(days=21)  # nobody wants the same again at once, even if it worked
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
    """What the choice is made from. `planned` is the open task of an earlier suggestion.

    `tried` was carried out lately without success, or only just.
    """

    risk: str = ""
    fifth: int = 3
    causes: frozenset[str] = frozenset()
    has_phone: bool = False
    has_email: bool = False
    tried: Collection[str] = field(default_factory=frozenset)
    planned: Task | None = None
    suggested: int = 0
    worked: Collection[str] = field(default_factory=frozenset)
    reach: Reach = field(default_factory=Reach)
    attempts: Sequence[Attempt] = ()
    stake: float = 0.0


def next_action(situation: Situation) -> Action | None:
    """The one thing to do, or None where nothing has to be done or everything was tried.

    What worked before comes first; what was tried without success does not come at all.
    """
    wishes = sorted(_wishes(situation), key=lambda action: action not in situation.worked)
    for action in wishes:
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
        return [*first, *_touches(situation, is_good=is_good)]
    if situation.risk == Band.LAPSED and is_good:
        return [Action.FIND] if is_unreachable else [Action.OFFER, Action.CALL]
    if situation.risk == Band.LOW and situation.fifth == 5:
        return [Action.THANK]
    return []


def _touches(situation: Situation, *, is_good: bool) -> Sequence[Action]:
    """By the way that works for them; where none is known a call to the good ones and a message to the others."""
    if situation.reach.is_silent:
        return [Action.CALL, Action.OFFER]
    if situation.reach.writes:
        return [Action.WRITE, Action.CALL, Action.OFFER]
    return [Action.CALL, Action.WRITE, Action.OFFER] if is_good else [Action.WRITE, Action.OFFER, Action.CALL]


def _is_possible(action: Action, situation: Situation) -> bool:
    if action == Action.CALL:
        return situation.has_phone
    if action in (Action.WRITE, Action.OFFER):
        return situation.has_email
    return True


def situation_of(person: Person, churn: Score | None, *, today: date | None = None) -> Situation:
    """The situation of a person, in three queries."""
    if churn is None:
        return Situation()
    tasks = list(Task.objects.filter(once_key__startswith=key_prefix(person)).order_by("-pk")[:50])
    today = today or timezone.localdate()
    attempts = attempts_of(tasks, today, person.last_order_at)
    reach = reach_of(person)
    return Situation(
        risk=churn.band,
        fifth=churn.fifth,
        causes=frozenset(str(reason.get("key")) for reason in churn.reasons or () if reason.get("direction") == "up"),
        has_phone=reach.has_phone,
        has_email=reach.has_email,
        tried=frozenset(one.action for one in attempts if not one.worked or one.done_on > today - RESTS_FOR),
        planned=next((task for task in tasks if task.done_at is None), None),
        suggested=len(tasks),
        worked=frozenset(attempt.action for attempt in attempts if attempt.worked),
        reach=reach,
        attempts=attempts,
        stake=churn.stake or 0.0,
    )


def step_words(situation: Situation, currency: str) -> str:
    """Why this step: what is at stake, what is known of how they can be reached, and what was tried."""
    stake = ""
    if situation.stake >= 1:
        amount = money_words(situation.stake, currency)
        stake = gettext("If they stay, they may spend about %(amount)s in 12 months.") % {"amount": amount}
    outcomes = (
        gettext("“%(task)s”, done on %(day)s: an order followed."),
        gettext("“%(task)s”, done on %(day)s: no order since."),
    )
    return why_words(stake, situation.reach, situation.attempts, outcomes)


def key_prefix(person: Person) -> str:
    return f"insight:{person.pk}:"
