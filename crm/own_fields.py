"""How filters ask for the values of own fields, which live in a record's JSON column."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, FloatField, Q, When
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual

NUMBER = r"^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$"
COMPARISONS: dict[str, Any] = {
    "is": Exact, "at_least": GreaterThanOrEqual, "at_most": LessThanOrEqual, "more_than": GreaterThan,
    "less_than": LessThan,
}  # fmt: skip


def own_number(path: str, op: str, value: Any) -> Q:
    """Numbers of own fields, as JSON or as text in it: compared as numbers, and what is none fits no comparison."""
    number = Case(When(**{f"{path}__regex": NUMBER}, then=Cast(KT(path), FloatField())), output_field=FloatField())
    if op == "between":
        return Q(GreaterThanOrEqual(number, float(value[0]))) & Q(LessThanOrEqual(number, float(value[1])))
    if op in COMPARISONS:
        return Q(COMPARISONS[op](number, float(value)))
    return nothing_in(path) if op == "is_empty" else ~nothing_in(path)


def own_date(path: str, op: str, value: Any) -> Q:
    """Dates of own fields are ISO text in JSON, which sorts as the dates do."""
    if op == "between":
        return Q(**{f"{path}__gte": str(value[0]), f"{path}__lte": str(value[1])})
    return {
        "is": lambda: Q(**{path: str(value)}),
        "before": lambda: Q(**{f"{path}__lt": str(value)}) & ~nothing_in(path),
        "after": lambda: Q(**{f"{path}__gt": str(value)}),
        "is_empty": lambda: nothing_in(path),
        "is_set": lambda: ~nothing_in(path),
    }[op]()


def nothing_in(path: str) -> Q:
    return Q(**{f"{path}__isnull": True}) | Q(**{path: ""})
