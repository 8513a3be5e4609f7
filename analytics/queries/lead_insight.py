"""The insight card of somebody who has not ordered yet: how likely a first order is, why, and what to do, in words."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from analytics.chances import base_words, flagged_words, learned_words
from analytics.levers import lever_line
from analytics.models import LEAD, Score
from analytics.reasons import WIN_TONES, band_words, chance_words, horizon_words
from crm import formats
from crm.access import Can, allows
from crm.models import Person, Task, User
from crm.parts import Insight, Reason, Step

from .said import said_reasons
from .sufficiency import why_unknown


def lead_insight(person: Person, score: Score | None, user: User, currency: str) -> Insight:
    """In at most two queries more."""
    title = _("Will they order?")
    if score is None:
        why = why_unknown(LEAD)
        words = _("No orders yet.") + " " + why.words
        return Insight(
            title, "", "", words, have=why.have, needed=why.needed, need_words=why.need_words,
            is_being_learned=why.is_being_learned,
        )  # fmt: skip
    return Insight(
        title=title,
        badge=band_words(LEAD, score.band),
        tone=WIN_TONES.get(score.band, ""),
        says=_says(score),
        reasons=[Reason(words, raises) for words, raises in said_reasons(score, currency)],
        most=lever_line(score.lever),
        step=_step(person, user),
        trust=_trust(score),
        what_if_url=reverse("analytics:person-what-if", args=[person.pk]),
        how_url=reverse("analytics:model-detail", args=[LEAD]),
        is_wish=True,
    )


def _says(score: Score) -> str:
    words = _("The chance of a first order in the next %(time)s is %(chance)s.") % {
        "time": horizon_words(score.horizon_days), "chance": chance_words(score.value),
    }  # fmt: skip
    base = score.model_version.card.get("base_rate") if score.model_version else None
    return f"{words} {base_words(LEAD, base)}" if base is not None else words


def _step(person: Person, user: User) -> Step | None:
    if not allows(user, Can.WORK) or Task.objects.filter(person=person, done_at=None).exists():
        return None
    return Step(
        _("Plan the next step"), f"{reverse('crm:task-create')}?person={person.pk}", is_link=True, icon="calendar"
    )


def _trust(score: Score) -> str:
    parts = [_("Updated %(when)s") % {"when": formats.ago_words(score.scored_at)}]
    if score.model_version is not None:
        card = score.model_version.card
        parts += [learned_words(LEAD, int(card.get("customers", 0))), flagged_words(LEAD, card)]
    return " · ".join(part for part in parts if part)
