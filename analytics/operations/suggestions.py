"""Turns a suggestion into a task, and keeps what colleagues think of a score."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics.models import DealScore, Feedback, Score, ScoredTask
from analytics.queries import deal_steps
from analytics.queries.deal_steps import deal_key_prefix, deal_situation, deal_step_words, next_deal_action
from analytics.queries.suggestions import TITLES, key_prefix, next_action, situation_of, step_words
from analytics.queries.why import say_why
from analytics.reasons import reason_words
from crm.models import Deal, Person, Stage, Task, User
from crm.operations.work import create_task
from crm.operations.workspace import current_workspace

FRIDAY = 4


class NothingToDoError(Exception):
    """There is nothing to suggest for this person now."""


@transaction.atomic
def plan_next_step(*, person: Person, actor: User, today: date | None = None) -> Task:
    """The suggested step as a task of whoever looks after the person; a second click returns the same task.

    Raises NothingToDoError. Records `task.created`.
    """
    today = today or timezone.localdate()
    score = Score.objects.filter(person=person, task=ScoredTask.CHURN).first()
    if score is not None:
        say_why([score])
    situation = situation_of(person, score, today=today)
    if situation.planned is not None:
        return situation.planned
    action = next_action(situation)
    if action is None or score is None:
        raise NothingToDoError
    return create_task(
        actor=actor,
        title=str(TITLES[action]) % {"name": person.name},
        owner=person.owner or actor,
        due_on=next_workday(today),
        notes="\n".join(part for part in (_why(score), step_words(situation, current_workspace().currency)) if part),
        person=person,
        once_key=f"{key_prefix(person)}{action}:{situation.suggested}",
    )


@transaction.atomic
def plan_deal_step(*, deal: Deal, actor: User, today: date | None = None) -> Task:
    """The suggested step as a task of whoever looks after the deal; a second click returns the same task.

    Raises NothingToDoError. Records `task.created`.
    """
    today = today or timezone.localdate()
    score = DealScore.objects.filter(deal=deal, deal__stage__kind=Stage.Kind.OPEN).first()
    if score is None or deal.person is None:
        raise NothingToDoError
    situation = deal_situation(deal, score, today=today)
    if situation.planned is not None:
        return situation.planned
    action = next_deal_action(situation)
    if action is None:
        raise NothingToDoError
    return create_task(
        actor=actor,
        title=(str(deal_steps.TITLES[action]) % {"name": _seen_name(deal, actor)})[:200],
        owner=deal.owner or actor,
        due_on=next_workday(today),
        notes="\n".join(part for part in (_why(score, "down"), deal_step_words(deal, situation)) if part),
        deal=deal,
        once_key=f"{deal_key_prefix(deal)}{action}:{situation.suggested}",
    )


def _seen_name(deal: Deal, actor: User) -> str:
    """Whom it is about, as far as this colleague sees them."""
    seen = Person.objects.visible_to(actor).filter(deals=deal).values_list("name", flat=True).first()
    return seen or deal.title


def next_workday(day: date) -> date:
    """The next day from Monday to Friday."""
    return day + timedelta(days=max(1, 7 - day.weekday()) if day.weekday() >= FRIDAY else 1)


def _why(score: Score | DealScore, direction: str = "up") -> str:
    currency = current_workspace().currency
    lines = [reason_words(reason, currency) for reason in score.reasons or () if reason.get("direction") == direction]
    return "\n".join([_("Suggested because:"), *(f"– {line}" for line in lines if line)]) if any(lines) else ""


@transaction.atomic
def give_feedback(*, score: Score, user: User, is_useful: bool) -> Feedback:
    """What a colleague thinks of this score; the latest word counts."""
    feedback, _is_new = Feedback.objects.update_or_create(
        person_id=score.person_id,
        task=score.task,
        user=user,
        defaults={
            "is_useful": is_useful, "value": score.value, "model_version_id": score.model_version_id,
            "at": timezone.now(),
        },
    )  # fmt: skip
    return feedback
