"""What deals come to: from the kept sums where these know it, else by adding up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, ExpressionWrapper, F, QuerySet, Sum
from django.db.models.functions import Coalesce

from crm.models import Deal, DealSum, Scope, User
from crm.models.visibility import shared_ids

from .list_state import ListState

Summable = QuerySet[Deal] | QuerySet[DealSum]

_PERCENT = Decimal("0.01")  # multiplied, since SQLite divides whole numbers without a rest
_MONEY: DecimalField[Any, Any] = DecimalField(max_digits=38, decimal_places=4)


# In percent: what a colleague says, else what was learned, else what is usual in the stage.
_CHANCE = Coalesce("probability", "win_probability", "stage__probability", output_field=_MONEY)


def _money(expression: Any) -> Any:
    return Sum(ExpressionWrapper(expression, output_field=_MONEY))


_ADDED = {
    "count": Count("pk"),
    "total": _money(F("amount") * F("rate")),
    "weighted": _money(F("amount") * F("rate") * _CHANCE * _PERCENT),
}
_KEPT = {
    "count": Sum("number"),
    "total": _money(F("total")),
    "weighted": _money((F("estimated") + F("unestimated") * F("stage__probability")) * _PERCENT),
}


@dataclass(frozen=True)
class Totals:
    """How many deals, what they are worth together, and what that is by their chances; in workspace currency."""

    count: int = 0
    total: Decimal = Decimal(0)
    weighted: Decimal = Decimal(0)

    def __add__(self, other: Totals) -> Totals:
        return Totals(self.count + other.count, self.total + other.total, self.weighted + other.weighted)


def summable(deals: QuerySet[Deal], user: User, state: ListState) -> list[Summable]:
    """What to add up for these deals, the ones that `state` shows to this user.

    The kept sums know owner and team, so all that scopes go by, but no other field; deals that were shared with
    somebody one by one are added up beside them.
    """
    owner = _only_owner(state.filter)
    if state.q or (state.filter and owner is None):
        return [deals]
    kept: QuerySet[DealSum] = DealSum.objects.all() if user.scope == Scope.ALL else _in_scope(user)
    parts: list[Summable] = [kept if owner is None else kept.filter(owner=owner)]
    if user.scope != Scope.ALL:
        parts.append(deals.filter(pk__in=shared_ids(user, Deal)).exclude(Deal.objects.all().in_scope(user)))
    return parts


def _in_scope(user: User) -> QuerySet[DealSum]:
    sums = DealSum.objects.all()
    return sums.filter(sums.in_scope(user))


def _only_owner(tree: Mapping[str, Any]) -> int | None:
    """The owner, where a filter asks for nothing else."""
    match tree:
        case {"all": [{"field": "owner", "op": "is", "value": int(owner), **more}], **others} if not more | others:
            return owner
    return None


def totals_by(parts: Sequence[Summable], key: str) -> dict[Any, Totals]:
    """Totals by the values of a field or annotation that all parts have; a grouped query for each part."""
    found: dict[Any, Totals] = {}
    for rows in parts:
        sums = _KEPT if rows.model is DealSum else _ADDED
        grouped: QuerySet[Any] = rows.order_by().values_list(key)
        for value, count, total, weighted in grouped.annotate(**{f"{name}_of": sum_ for name, sum_ in sums.items()}):
            more = Totals(count, total or Decimal(0), weighted or Decimal(0))
            found[value] = found.get(value, Totals()) + more
    return {value: totals for value, totals in found.items() if totals.count}
