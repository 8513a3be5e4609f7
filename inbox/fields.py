"""What answers of customers add: fields of people to filter by, and answers as something that reports count."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from crm.extensions import FilterField, ReportShare, ReportSource
from inbox.models import GOOD_FROM, Rating

LOOKUPS = {"at_least": "gte", "at_most": "lte", "more_than": "gt", "less_than": "lt", "is": "exact", "is_not": "exact"}


def newest(kind: str) -> QuerySet[Rating]:
    """The last answer of each person to this question."""
    answers = Rating.objects.filter(kind=kind).answered()
    later = answers.filter(person=OuterRef("person")).filter(
        Q(answered_at__gt=OuterRef("answered_at")) | Q(answered_at=OuterRef("answered_at"), pk__gt=OuterRef("pk"))
    )
    return answers.filter(~Exists(later)).order_by()


def by_last_answer(kind: str, op: str, value: Any) -> Q:
    """People whose last answer is such a number."""
    answers = Rating.objects.filter(kind=kind).answered().order_by()
    if op in ("is_empty", "is_set"):
        any_answer = Q(pk__in=answers.values("person_id"))
        return ~any_answer if op == "is_empty" else any_answer
    rule = Q(value__gte=value[0], value__lte=value[1]) if op == "between" else Q(**{f"value__{LOOKUPS[op]}": value})
    found = Q(pk__in=newest(kind).filter(rule).values("person_id"))
    return ~found if op == "is_not" else found


_GROUP = _("Feedback")
FIELDS = (
    FilterField(
        "person.rating", "person", _("Last rating (1 to 5)"), "number", compile=partial(by_last_answer, "csat"),
        group=_GROUP,
    ),
    FilterField(
        "person.recommends", "person", _("Would recommend you (0 to 10)"), "number",
        compile=partial(by_last_answer, "nps"), group=_GROUP,
    ),
    FilterField(
        "rating.kind", "rating", _("Question"), "choice", "kind", options=lambda: dict(Rating.Kind.choices)
    ),
    FilterField("rating.value", "rating", _("Answer"), "number", "value"),
    FilterField(
        "rating.source", "rating", _("Came by"), "choice", "source", options=lambda: dict(Rating.Source.choices)
    ),
    FilterField("rating.answered_at", "rating", _("Answered"), "datetime", "answered_at"),
    FilterField("rating.asked_at", "rating", _("Asked"), "datetime", "asked_at"),
)  # fmt: skip

ANSWERED = Q(answered_at__isnull=False)
SOURCES = (
    ReportSource(
        "rating", _("Answers of customers"), lambda: Rating, "answered_at", _("Number of answers"),
        shares=(
            ReportShare(
                "happy", _("Share of happy ones"), lambda: Q(value__gte=GOOD_FROM["csat"]),
                lambda: ANSWERED & Q(kind=Rating.Kind.CSAT),
            ),
            ReportShare(
                "recommends", _("Share who recommend you"), lambda: Q(value__gte=GOOD_FROM["nps"]),
                lambda: ANSWERED & Q(kind=Rating.Kind.NPS),
            ),
        ),
        icon="star",
    ),
)  # fmt: skip
