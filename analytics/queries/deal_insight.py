"""The insight card of one deal: its chance, why, and what to do next, in words."""

from __future__ import annotations

from dataclasses import replace

from django.urls import reverse
from django.utils.translation import gettext as _

from analytics.chances import base_words, flagged_words, learned_words
from analytics.levers import lever_line
from analytics.models import WIN, DealScore
from analytics.reasons import WIN_TONES, band_words, chance_words, reason_words
from crm import formats
from crm.access import Can, allows
from crm.models import Deal, Event, Stage, User
from crm.parts import Insight, Reason, Step

from .deal_history import known_deals
from .deal_steps import BUTTONS, ICONS, deal_situation, deal_step_words, next_deal_action
from .person_insight import workspace_currency
from .sufficiency import why_unknown

FOLLOWED = ("deal.", "task.", "note.", "message.")


def deal_insight(deal: Deal, user: User) -> Insight:
    """The card as this user sees it, in at most twelve queries."""
    title = _("Will we win it?")
    if deal.stage.kind != Stage.Kind.OPEN:
        return Insight(title, "", "", _("This deal is closed: its end helps to judge the next ones."))
    if not known_deals().filter(pk=deal.pk).exists():
        words = _("Somebody on this deal wants no profiling: nothing is predicted and nothing is learned.")
        return Insight(title, "", "", words)
    url = reverse("analytics:deal-insight", args=[deal.pk])
    return replace(_open_insight(title, deal, user), live_url=url, is_pending=_is_pending(deal))


def _open_insight(title: str, deal: Deal, user: User) -> Insight:
    score = DealScore.objects.filter(deal=deal).select_related("model_version").first()
    if score is None:
        why = why_unknown(WIN)
        return Insight(
            title, "", "", why.words, have=why.have, needed=why.needed, need_words=why.need_words,
            is_being_learned=why.is_being_learned,
        )  # fmt: skip
    return Insight(
        title=title,
        badge=band_words(WIN, score.band),
        tone=WIN_TONES.get(score.band, ""),
        says=_says(score),
        reasons=_reasons(score),
        most=lever_line(score.lever),
        step=_step(deal, score, user),
        trust=_trust(score),
        how_url=reverse("analytics:model-detail", args=[WIN]),
        what_if_url=reverse("analytics:deal-what-if", args=[deal.pk]),
        is_wish=True,
    )


def _is_pending(deal: Deal) -> bool:
    """Something was saved that the chance does not know yet: it will in a moment."""
    waiting = Event.objects.filter(deal=deal, handled_at=None, due_at__isnull=False)
    return any(kind.startswith(FOLLOWED) for kind in waiting.values_list("kind", flat=True)[:20])


def _says(score: DealScore) -> str:
    words = _("The chance of winning is %(chance)s.") % {"chance": chance_words(score.value)}
    base = score.model_version.card.get("base_rate") if score.model_version else None
    if base is None:
        return words
    return f"{words} {base_words(WIN, base)}"


def _reasons(score: DealScore) -> list[Reason]:
    currency = workspace_currency()
    said = ((reason_words(reason, currency), reason.get("direction") == "up") for reason in score.reasons)
    return [Reason(words, raises) for words, raises in said if words]


def _step(deal: Deal, score: DealScore, user: User) -> Step | None:
    """The suggestion; where it knows none, a step of one's own. Nothing where one is planned."""
    if not allows(user, Can.WORK):
        return None
    situation = deal_situation(deal, score)
    if situation.is_planned:
        return None
    action, why = next_deal_action(situation), deal_step_words(deal, situation)
    if action is None:
        url = f"{reverse('crm:task-create')}?deal={deal.pk}"
        return Step(_("Plan the next step"), url, is_link=True, icon="calendar", why=why)
    return Step(str(BUTTONS[action]), reverse("analytics:deal-plan", args=[deal.pk]), icon=ICONS[action], why=why)


def _trust(score: DealScore) -> str:
    parts = [_("Updated %(when)s") % {"when": formats.ago_words(score.scored_at)}]
    if score.model_version is not None:
        card = score.model_version.card
        parts += [learned_words(WIN, int(card.get("customers", 0))), flagged_words(WIN, card)]
    return " · ".join(part for part in parts if part)
