"""The insight card of one person: risk, worth, reasons and the one next step, in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.models import LEAD, Band, Score, ScoredTask
from analytics.reasons import RISK_TONES, band_words, chance_words, horizon_words
from crm import formats
from crm.access import Can, allows
from crm.addresses import address
from crm.models import Event, Person, User, Workspace
from crm.parts import Insight, Reason, Step

from .lead_insight import lead_insight
from .said import said_reasons
from .sufficiency import what_is_missing
from .suggestions import BUTTONS, ICONS, next_action, situation_of, step_words
from .trust import trust_line
from .under_way import is_being_learned, learning_words
from .why import say_why

RULE_WORDS = {
    Band.HIGH: gettext_lazy("Quiet for far longer than usual."),
    Band.MEDIUM: gettext_lazy("Quiet for longer than usual."),
    Band.LOW: gettext_lazy("Orders as usual."),
}
FRESH_DAYS = 7
LEAST_CHANGE = 0.1


def person_insight(person: Person, user: User) -> Insight:
    """The card as this user sees it, in at most seven queries."""
    url, is_pending = reverse("analytics:person-insight", args=[person.pk]), _is_pending(person)
    return replace(_insight(person, user), live_url=url, is_pending=is_pending)


def _is_pending(person: Person) -> bool:
    """An order was saved that the score does not know yet: it will in a moment."""
    return Event.objects.filter(
        person=person, kind__startswith="order.", handled_at=None, due_at__isnull=False
    ).exists()


def _insight(person: Person, user: User) -> Insight:
    title = _("Will they come back?")
    if person.no_profiling:
        return Insight(title, "", "", _("This person wants no profiling: nothing is predicted and nothing is learned."))
    scores = {score.task: score for score in Score.objects.filter(person=person).select_related("model_version")}
    churn, currency = scores.get(ScoredTask.CHURN), workspace_currency()
    if churn is None and not person.order_count:
        return lead_insight(person, scores.get(LEAD), user, currency)
    if churn is None:
        return _not_yet(title, person)
    say_why([churn])
    missing = what_is_missing() if churn.kind == Score.Kind.RULE else None
    return Insight(
        title=title,
        badge=band_words(ScoredTask.CHURN, churn.band),
        tone=RISK_TONES.get(churn.band, ""),
        says=" ".join(part for part in (_risk_words(churn), _worth_words(scores, currency)) if part),
        reasons=[Reason(words, raises) for words, raises in said_reasons(churn, currency)],
        step=_step(person, churn, user, currency),
        trust=trust_line(churn.model_version, _updated_words(churn)),
        how_url=reverse("analytics:model-detail", args=[ScoredTask.CHURN]),
        what_if_url=reverse("analytics:person-what-if", args=[person.pk]) if churn.kind == Score.Kind.MODEL else "",
        feedback_url=reverse("analytics:person-feedback", args=[person.pk]),
        is_rule=churn.kind == Score.Kind.RULE,
        have=missing.have if missing else 0,
        needed=missing.needed if missing else 0,
        need_words=missing.words if missing else "",
    )


def _not_yet(title: str, person: Person) -> Insight:
    if person.spent <= 0:
        return Insight(title, "", "", _("What was ordered went back: there is nothing to judge by yet."))
    if is_being_learned(ScoredTask.CHURN):
        return Insight(title, "", "", learning_words(), is_being_learned=True)
    return Insight(title, "", "", _("This is worked out with the next order, or tonight."))


def _risk_words(churn: Score) -> str:
    if churn.kind == Score.Kind.RULE:
        return str(RULE_WORDS[Band(churn.band)])
    if churn.band == Band.LAPSED:
        return _("No order for more than half a year: probably gone.")
    words = _("The chance that no order comes in the next %(time)s is %(chance)s.") % {
        "time": horizon_words(churn.horizon_days), "chance": chance_words(churn.value),
    }  # fmt: skip
    return f"{words} {_if_ordered_words(churn)}".rstrip()


def _if_ordered_words(churn: Score) -> str:
    """What would change it most: one more order, where that moves the chance as people count it."""
    if churn.if_ordered is None or churn.value - churn.if_ordered < LEAST_CHANGE:
        return ""
    return _("With an order now it would be %(chance)s.") % {"chance": chance_words(churn.if_ordered)}


def _worth_words(scores: dict[str, Score], currency: str) -> str:
    value = scores.get(ScoredTask.VALUE)
    if value is None:
        return ""
    time, amount = horizon_words(value.horizon_days), formats.money_whole(value.value, currency)
    if value.kind == Score.Kind.RULE:
        return _("Spent %(amount)s in the last %(time)s.") % {"time": time, "amount": amount}
    if value.low is None or value.high is None or value.value < 1:
        return _("Expected to spend %(amount)s in the next %(time)s.") % {"time": time, "amount": amount}
    said = {
        "time": time,
        "amount": amount,
        "low": _rounded(value.low, currency),
        "high": _rounded(value.high, currency),
    }
    if value.low < 1:
        return _("Expected to spend %(amount)s in the next %(time)s, most likely not more than %(high)s.") % said
    return _("Expected to spend %(amount)s in the next %(time)s, most likely between %(low)s and %(high)s.") % said


def _rounded(amount: float, currency: str) -> str:
    """The end of a range, in no more digits than are known: two."""
    step = 10.0 ** max(len(str(int(amount))) - 2, 0)
    return formats.money_whole(round(amount / step) * step, currency)


def _step(person: Person, churn: Score, user: User, currency: str) -> Step | None:
    situation = situation_of(person, churn)
    if situation.planned is not None:
        due = situation.planned.due_on
        words = _("Planned for %(day)s") % {"day": formats.day_words(due)} if due else _("Planned")
        url = address("crm:task-list") or person_address(person)
        return Step(f"{words}: {situation.planned.title}", url, is_link=True, icon="calendar")
    action = next_action(situation)
    if action is None or not allows(user, Can.WORK):
        return None
    url = reverse("analytics:person-plan", args=[person.pk])
    return Step(str(BUTTONS[action]), url, icon=ICONS[action], why=step_words(situation, currency))


def person_address(person: Person) -> str:
    return reverse("crm:person-detail", args=[person.pk])


def _updated_words(score: Score) -> str:
    if (timezone.localdate() - score.as_of).days > FRESH_DAYS:
        return _("As of %(day)s") % {"day": formats.date_words(score.as_of - timedelta(days=1))}
    return _("Updated %(when)s") % {"when": formats.ago_words(score.scored_at)}


def workspace_currency() -> str:
    """The currency of the business, in one query."""
    return Workspace.objects.values_list("currency", flat=True).first() or "EUR"
