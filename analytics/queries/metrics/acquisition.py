"""What winning a new customer costs and will cost, beside what they bring."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from django.db.models import Count, F, Sum

from analytics.queries.sales import month_of
from crm.models import Order, Person, Spend

from .figures import Figure, ratio, too_few
from .sales import counted, expected_new_customers, expected_value
from .spans import Span, SpanKind, midnight

FEWEST = 10
LONGER = (1, 3, 6)


def cost(span: Span) -> Figure:
    """Spend by new customers; of a month with few new ones the last three or six months."""
    for count in LONGER if span.kind == SpanKind.MONTH else (1,):
        months = [month_of(span.months[-1], back=back) for back in range(count * len(span.months))]
        spent, won = _spent(months), counted(months).new_customers
        if won >= FEWEST:
            break
    if not spent:
        return too_few(0, 1, is_without_spend=True)
    if won < FEWEST:
        return too_few(won, FEWEST)
    return Figure(
        spent / won, won, FEWEST, more={"spent": spent, "months": len(months), "channels": _channels(months, span)}
    )


def _spent(months: Sequence[date]) -> float:
    return float(Spend.objects.filter(month__in=list(months)).aggregate(sum=Sum("amount"))["sum"] or 0)


def _channels(months: Sequence[date], span: Span) -> list[list[object]]:
    """[channel, spent, won]: customers whose first order came through the channel of that name."""
    spent = Spend.objects.filter(month__in=list(months)).values_list("channel").annotate(sum=Sum("amount"))
    fresh = Person.objects.filter(
        first_order_at__gte=midnight(min(months), span.zone),
        first_order_at__lt=midnight(month_of(max(months), back=-1), span.zone),
    )
    orders = Order.objects.order_by().filter(person__in=fresh.order_by().values("pk"), is_return=False)
    first = orders.filter(placed_at=F("person__first_order_at")).exclude(channel="")
    by_name: Counter[str] = Counter()
    for name, count in first.values_list("channel").annotate(n=Count("person", distinct=True)):
        by_name[name.casefold()] += count
    return [[channel, float(money), by_name[channel.casefold()]] for channel, money in spent.order_by("channel")]


def expected_cost(span: Span) -> Figure:
    """Planned spend, or the mean of the last three months, by the expected new customers."""
    coming = expected_new_customers(span)
    planned = _spent([span.first]) or _spent([month_of(span.first, back=back) for back in (1, 2, 3)]) / 3
    if coming.value is None or not planned:
        return too_few(coming.sample, coming.needed, is_without_spend=not planned, **coming.more)
    if coming.value < 1 or not coming.low:
        return too_few(round(coming.value), 1)
    return Figure(
        planned / coming.value, coming.sample, coming.needed, planned / (coming.high or 1), planned / coming.low,
        {"spent": planned, "won": coming.value},
    )  # fmt: skip


def value_to_cost(span: Span) -> Figure:
    """What a customer will bring in a year for each unit of what winning one costs."""
    worth, paid = expected_value(span), cost(span)
    if worth.value is None or paid.value is None:
        return too_few(min(worth.sample, paid.sample), max(worth.needed, paid.needed))
    return ratio(worth.value, paid.value, sample=paid.sample, needed=paid.needed)


def payback_months(span: Span) -> Figure:
    """After how many months the cost of winning a customer has come back."""
    worth, paid = expected_value(span), cost(span)
    if worth.value is None or paid.value is None or worth.value <= 0:
        return too_few(min(worth.sample, paid.sample), max(worth.needed, paid.needed))
    return Figure(12 * paid.value / worth.value, paid.sample, paid.needed)
