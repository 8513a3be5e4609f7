"""What was worked out of a person, for their data export; and its going with them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from analytics.levers import lever_line
from analytics.models import (
    CustomerGroup,
    DealPrediction,
    DealRehearsal,
    DealScore,
    Feedback,
    GroupMember,
    MessageVector,
    Prediction,
    ProductDecline,
    Recommendation,
    Rehearsal,
    Score,
    task_label,
)
from analytics.queries.groups import names_of_groups
from analytics.queries.person_insight import workspace_currency
from analytics.queries.recommendations import why_words
from analytics.queries.why import say_why
from analytics.reasons import band_words, reason_words
from crm.models import Deal, Person, Product
from crm.queries.privacy import Held, Read, held

WHAT, SAID, OF, CAME = _("What was foretold"), _("Number"), _("As of"), _("What came")
LEVER = _("What would change it most")


def collect(person: Person) -> Iterable[Held]:
    """Scores with their reasons in words, the history of predictions with what came, groups, offers, readings."""
    yield from _scores(person)
    yield from _deals(person)
    yield from _ledger(person)
    yield from _offers(person)
    yield held(
        "meanings", _("Meaning of your messages, in numbers"),
        MessageVector.objects.filter(message__conversation__person=person).order_by("pk"),
        {"message_id": _("Message"), "network": _("Made by"), "content": _("Numbers, as base64")},
    )  # fmt: skip


def _scores(person: Person) -> Iterable[Held]:
    currency = workspace_currency()
    rows = Score.objects.filter(person=person).select_related("model_version").order_by("task")
    say_why(rows)  # of the rows that the query keeps from here on
    yield held(
        "scores", _("What is expected of you"), rows,
        {"task": WHAT, "band": _("In a word"), "value": SAID, "low": _("At least"), "high": _("At most"),
         "reasons": _("Why"), "lever": LEVER, "kind": _("Made by"), "model": _("Model"),
         "horizon_days": _("For so many days"),
         "as_of": OF, "scored_at": _("Worked out"), "stake": _("What may be spent in a year")},
        task=_task, band=lambda row: band_words(row.task, row.band), reasons=partial(_reasons, currency=currency),
        kind=lambda row: row.get_kind_display(), model=_model, lever=_lever,
    )  # fmt: skip


def _deals(person: Person) -> Iterable[Held]:
    theirs = Deal.objects.filter(person=person)
    scores = DealScore.objects.filter(deal__in=theirs).select_related("deal", "model_version").order_by("pk")
    yield held(
        "deal_scores", _("What is expected of your deals"), scores,
        {"deal": _("Deal"), "band": _("In a word"), "value": SAID, "reasons": _("Why"), "lever": LEVER,
         "model": _("Model"), "scored_at": _("Worked out")},
        lever=_lever, model=_model, band=lambda row: band_words("win", row.band),
        reasons=partial(_reasons, currency=workspace_currency()),
    )  # fmt: skip
    for key, title, table in (
        ("deal_predictions", _("What was expected of your deals before"), DealPrediction),
        ("deal_rehearsals", _("What was tried on your deals"), DealRehearsal),
    ):
        columns: dict[str, Any] = {"deal": _("Deal")}
        columns |= {"as_of": OF, "value": SAID, "outcome": CAME} if table is DealPrediction else _REHEARSED
        yield held(
            key, title, table._default_manager.filter(deal__in=theirs).select_related("deal").order_by("pk"), columns
        )


_REHEARSED = {"predicted": SAID, "actual": CAME}


def _ledger(person: Person) -> Iterable[Held]:
    yield held(
        "predictions", _("What was expected of you before, and what came"),
        Prediction.objects.filter(person=person).select_related("model_version").order_by("as_of", "task"),
        {"task": WHAT, "band": _("In a word"), "value": SAID, "as_of": OF, "closes_on": _("Until"), "outcome": CAME,
         "outcome_at": _("Known"), "model": _("Model")},
        task=_task, band=lambda row: band_words(row.task, row.band), model=_model,
    )  # fmt: skip
    rehearsals = Rehearsal.objects.filter(person=person).select_related("version").order_by("pk")
    yield held(
        "rehearsals", _("What was tried on your past"), rehearsals, {"version": _("Model"), **_REHEARSED}
    )  # fmt: skip
    yield held(
        "feedback", _("What colleagues think of these"),
        Feedback.objects.filter(person=person).select_related("user").order_by("pk"),
        {"task": WHAT, "value": SAID, "is_useful": _("Useful"), "user": _("By"), "at": _("When")}, task=_task,
    )  # fmt: skip
    names = names_of_groups()
    yield held(
        "groups", _("In which groups you are"), GroupMember.objects.filter(person=person),
        {"rules": _("By rules"), "found": _("Found in the orders")},
        rules=lambda row: names.get((CustomerGroup.Way.RULES, row.rules), row.rules),
        found=lambda row: names.get((CustomerGroup.Way.FOUND, row.found), row.found),
    )  # fmt: skip


def _offers(person: Person) -> Iterable[Held]:
    rows = Recommendation.objects.filter(person=person).select_related("product").order_by("kind", "place")
    together = {row.reason.get("product", 0) for row in rows}
    names: dict[int, str] = dict(Product.objects.filter(pk__in=together).values_list("pk", "name"))
    why: Read = lambda row: why_words(row.reason, names)  # noqa: E731
    yield held(
        "recommendations", _("What may be offered to you"), rows,
        {"product": _("Product"), "kind": _("Kind"), "reason": _("Why"), "due_on": _("Usually due"),
         "made_at": _("Worked out")}, reason=why, kind=lambda row: row.get_kind_display(),
    )  # fmt: skip
    declined = ProductDecline.objects.filter(person=person).select_related("product", "user").order_by("pk")
    yield held(
        "declined", _("What you don't want to be offered"), declined,
        {"product": _("Product"), "user": _("Noted by"), "at": _("When")},
    )  # fmt: skip


def _task(row: Any) -> str:
    return task_label(row.task)


def _lever(row: Any) -> str:
    return lever_line(row.lever)


def _model(row: Any) -> str:
    return str(row.model_version or "")


def _reasons(row: Any, *, currency: str) -> list[str]:
    return [words for reason in row.reasons if (words := reason_words(reason, currency))]


def erase(person: Person) -> None:
    """Their rows go with the person; what was said of their deals, which stay without a name, goes here."""
    theirs = list(Deal.objects.filter(person=person).values_list("pk", flat=True))
    for table in (DealScore, DealPrediction, DealRehearsal):
        table._default_manager.filter(deal__in=theirs).delete()
    Deal.objects.filter(pk__in=theirs).exclude(win_probability=None).update(win_probability=None)
    MessageVector.objects.filter(message__conversation__person=person).delete()
