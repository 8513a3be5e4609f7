"""What a picker offers while somebody types: a few records that the reader may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, QuerySet, When

from crm.models import Company, ContactPoint, Deal, Person, User
from crm.search import fold, found, query_words

MOST = 8
TARGETS: dict[str, type[Person] | type[Company] | type[Deal]] = {"person": Person, "company": Company, "deal": Deal}


@dataclass(frozen=True)
class Pick:
    """One record to choose; `hint` tells namesakes apart."""

    pk: int
    name: str
    hint: str


def picks(user: User, target: str, text: str) -> list[Pick]:
    """The best few records for this text, the newest while nothing is typed; two queries. KeyError for the target."""
    rows: QuerySet[Any] = TARGETS[target].objects.visible_to(user)
    if query_words(text):
        begins = Case(When(search_text__startswith=fold(text), then=0), default=1)
        name = "title" if target == "deal" else "name"
        records = list(found(rows, text).order_by(begins, name, "pk")[:MOST])
    else:
        records = list(rows.order_by("-created_at", "pk")[:MOST])
    hints = _hints(target, records)
    return [Pick(record.pk, str(record), hints.get(record.pk, "")) for record in records]


def _hints(target: str, records: list[Any]) -> dict[int, str]:
    if target == "person":
        points = ContactPoint.objects.filter(person__in=records, is_primary=True, kind__in=["email", "phone"])
        return dict(points.order_by("-kind").values_list("person_id", "value"))  # the e-mail wins
    if target == "company":
        return {record.pk: record.city for record in records}
    return dict(Deal.objects.filter(pk__in=[deal.pk for deal in records]).values_list("pk", "stage__name"))
