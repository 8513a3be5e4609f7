"""What to do next for one deal: from what speaks against it, the way that works, its worth, and what was tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from analytics.models import DealScore
from crm import formats
from crm.models import Deal, Event, StageChange, Task

from .attempts import Attempt, attempts_of, why_words
from .reach import RECEIVED, Reach, reach_of

SILENCE = frozenset({"win.quiet_days", "win.touches", "win.answers"})
STANDSTILL = frozenset({"win.stage_days", "win.age_days", "win.moves_back"})


class DealAction(StrEnum):
    AGREE = "agree"
    SMALLER = "smaller"
    MISSING = "missing"
    CALL = "call"
    WRITE = "write"


TITLES = {
    DealAction.AGREE: _("Agree on a new day with %(name)s"),
    DealAction.SMALLER: _("Offer %(name)s a smaller start"),
    DealAction.MISSING: _("Ask %(name)s what is still missing"),
    DealAction.CALL: _("Call %(name)s"),
    DealAction.WRITE: _("Write to %(name)s"),
}
BUTTONS = {
    DealAction.AGREE: _("Plan to agree on a new day"),
    DealAction.SMALLER: _("Plan to offer a smaller start"),
    DealAction.MISSING: _("Plan to ask what is missing"),
    DealAction.CALL: _("Plan a call"),
    DealAction.WRITE: _("Plan a message"),
}
ICONS = {
    DealAction.AGREE: "calendar",
    DealAction.SMALLER: "gift",
    DealAction.MISSING: "chat-bubble-left-right",
    DealAction.CALL: "phone",
    DealAction.WRITE: "envelope",
}


@dataclass(frozen=True)
class DealSituation:
    """What the choice is made from. `against` are the keys of reasons that lower the chance."""

    against: frozenset[str] = frozenset()
    is_overdue: bool = False
    reach: Reach = field(default_factory=Reach)
    attempts: Sequence[Attempt] = ()
    is_planned: bool = False
    planned: Task | None = None
    suggested: int = 0


def next_deal_action(situation: DealSituation) -> DealAction | None:
    """The one thing to do; None where something is planned, nobody can be reached or all was tried."""
    if situation.is_planned:
        return None
    tried = {attempt.action for attempt in situation.attempts if not attempt.worked}
    worked = {attempt.action for attempt in situation.attempts if attempt.worked}
    wishes = sorted(dict.fromkeys(_wishes(situation)), key=lambda action: action not in worked)
    return next((action for action in wishes if action not in tried and _is_possible(action, situation.reach)), None)


def _wishes(situation: DealSituation) -> list[DealAction]:
    calls_first = situation.reach.is_silent or not situation.reach.writes
    touch = [DealAction.CALL, DealAction.WRITE] if calls_first else [DealAction.WRITE, DealAction.CALL]
    if situation.reach.is_silent:
        touch = [DealAction.CALL]
    agree = [DealAction.AGREE] if situation.is_overdue or "win.postponed" in situation.against else []
    silent = touch if situation.against & SILENCE else []
    stuck = [DealAction.MISSING] if situation.against & STANDSTILL else []
    smaller = [DealAction.SMALLER] if "win.amount" in situation.against else []
    return [*agree, *silent, *stuck, *smaller, *touch]


def _is_possible(action: DealAction, reach: Reach) -> bool:
    if action == DealAction.CALL:
        return reach.has_phone
    return reach.has_email if action == DealAction.WRITE else reach.has_phone or reach.has_email


def deal_situation(deal: Deal, score: DealScore, *, today: date | None = None) -> DealSituation:
    """The situation of an open deal, in six queries at most; without a person nobody can be reached."""
    today = today or timezone.localdate()
    tasks = list(Task.objects.filter(once_key__startswith=deal_key_prefix(deal)).order_by("-pk")[:50])
    against = frozenset(str(reason.get("key")) for reason in score.reasons if reason.get("direction") == "down")
    is_planned = Task.objects.filter(deal=deal, done_at=None).exists()
    return DealSituation(
        against=against,
        is_overdue=bool(deal.expected_close_on and deal.expected_close_on < today),
        reach=reach_of(deal.person) if deal.person and not is_planned else Reach(),
        attempts=attempts_of(tasks, today, _moved_at(deal) if any(task.done_at for task in tasks) else None),
        is_planned=is_planned,
        planned=next((task for task in tasks if task.done_at is None), None),
        suggested=len(tasks),
    )


def _moved_at(deal: Deal) -> datetime | None:
    """When the deal last moved, or its person last answered."""
    moved = StageChange.objects.filter(deal=deal).aggregate(at=Max("at"))["at"]
    heard = None
    if deal.person_id is not None:
        answers = Event.objects.filter(person=deal.person_id, kind=RECEIVED)
        heard = answers.order_by("-at").values_list("at", flat=True).first()
    return max((at for at in (moved, heard) if at), default=None)


def deal_step_words(deal: Deal, situation: DealSituation) -> str:
    """Why this step: what is at stake, what is known of how they can be reached, and what was tried."""
    stake = ""
    if deal.amount > 0:
        stake = gettext("%(amount)s is at stake.") % {"amount": formats.money_whole(deal.amount, deal.currency)}
    outcomes = (
        gettext("“%(task)s”, done on %(day)s: it moved on."),
        gettext("“%(task)s”, done on %(day)s: no answer and no move since."),
    )
    return why_words(
        stake,
        situation.reach,
        situation.attempts,
        outcomes,
    )


def deal_key_prefix(deal: Deal) -> str:
    return f"insight:deal:{deal.pk}:"
