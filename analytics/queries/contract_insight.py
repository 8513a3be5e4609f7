"""The card of a running subscription: how likely it ends soon, why, and what to do, in words."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics.chances import base_words, flagged_words, learned_words
from analytics.levers import lever_line
from analytics.models import CONTRACTS, Score
from analytics.reasons import RISK_TONES, band_words, chance_words, horizon_words
from crm import formats
from crm.access import Can, allows
from crm.models import Person, Subscription, Task, User
from crm.parts import Insight, Reason, Step

from .person_insight import workspace_currency
from .said import said_reasons
from .sufficiency import why_unknown

SOON, LATER = CONTRACTS


def contract_insight(person: Person, user: User) -> Insight | None:
    """None for who has no running subscription; at most six queries."""
    today = timezone.localdate()
    mine = Subscription.objects.filter(person=person)
    if person.no_profiling or not (mine.filter(ended_on=None) | mine.filter(ended_on__gt=today)).exists():
        return None
    title, url = _("Will the subscription end?"), reverse("analytics:person-contract", args=[person.pk])
    scores = {
        score.task: score
        for score in Score.objects.filter(person=person, task__in=CONTRACTS).select_related("model_version")
    }
    main = scores.get(LATER) or scores.get(SOON)
    if main is None:
        why = why_unknown(LATER)
        return Insight(
            title, "", "", why.words, have=why.have, needed=why.needed, need_words=why.need_words, live_url=url,
            is_being_learned=why.is_being_learned,
        )  # fmt: skip
    currency = workspace_currency()
    return Insight(
        title=title,
        badge=band_words(main.task, main.band),
        tone=RISK_TONES.get(main.band, ""),
        says=_says(list(scores.values()), main),
        reasons=[Reason(words, raises) for words, raises in said_reasons(main, currency)],
        most=lever_line(main.lever),
        step=_step(person, user, main),
        trust=_trust(main),
        what_if_url=reverse("analytics:person-contract-what-if", args=[person.pk]),
        how_url=reverse("analytics:model-detail", args=[main.task]),
        live_url=url,
    )


def _says(scores: list[Score], main: Score) -> str:
    words = [
        _("The chance that it ends in the next %(time)s is %(chance)s.")
        % {"time": horizon_words(score.horizon_days), "chance": chance_words(score.value)}
        for score in sorted(scores, key=lambda score: score.horizon_days)
    ]
    base = main.model_version.card.get("base_rate") if main.model_version else None
    return " ".join([*words, *([base_words(main.task, base)] if base is not None else [])])


def _step(person: Person, user: User, main: Score) -> Step | None:
    is_calm = main.band not in ("high", "medium")
    if is_calm or not allows(user, Can.WORK) or Task.objects.filter(person=person, done_at=None).exists():
        return None
    return Step(_("Plan a call"), f"{reverse('crm:task-create')}?person={person.pk}", is_link=True, icon="phone")


def _trust(score: Score) -> str:
    parts = [_("Updated %(when)s") % {"when": formats.ago_words(score.scored_at)}]
    if score.model_version is not None:
        card = score.model_version.card
        parts += [learned_words(score.task, int(card.get("customers", 0))), flagged_words(score.task, card)]
    return " · ".join(part for part in parts if part)
