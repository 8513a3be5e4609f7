"""What answers of customers add to the filters of people."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from crm.extensions import FilterField
from inbox.models import Rating

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
)  # fmt: skip
