"""What is sold: revenue, orders, how many come back, and what is expected."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from django.db.models import Avg, Count, Max, Min, Q, StdDev

from analytics.models import SalesForecast, SalesMonth, Score, ScoredTask
from analytics.queries.sales import Month, month_of
from crm.models import Order, Person, Workspace

from .customers import track_of
from .figures import Figure, mean, share, too_few
from .spans import Span, SpanKind

if TYPE_CHECKING:
    from analytics.ml.forecast.outlook import Series

FEWEST = 10
FEWEST_MONTHS = 12


def counted(months: Sequence[date]) -> Month:
    """These months together, from the counted ones."""
    rows = list(SalesMonth.objects.filter(month__in=list(months)))
    return Month(
        months[0],
        sum((row.revenue for row in rows), Month(months[0]).revenue),
        sum((row.returned for row in rows), Month(months[0]).revenue),
        sum(row.orders for row in rows),
        sum(row.customers for row in rows),
        sum(row.new_customers for row in rows),
    )


def margin() -> float:
    """The share of revenue that is earned; 1 while nobody has said it."""
    percent = Workspace.objects.values_list("gross_margin_percent", flat=True).first()
    return float(percent) / 100 if percent else 1.0


def revenue(span: Span) -> Figure:
    month = counted(span.months)
    returned = {"returned": float(month.returned)}
    return Figure(float(month.revenue), month.orders, 1, more=returned) if month.orders else too_few(0, 1)


def expected_revenue(span: Span) -> Figure:
    """Of the month, as it was said on its first day; of the next one as it is said now."""
    if span.kind != SpanKind.MONTH:
        return too_few(0, 1, is_monthly=True)
    said = SalesForecast.objects.filter(unit=SalesForecast.Unit.MONTH, group="", period=span.first, is_rehearsal=False)
    row = said.filter(origin__lte=span.today).order_by("-origin").first()
    if row is None:
        begun = Order.objects.aggregate(first=Min("placed_at"))["first"]
        known = max(_months_between(begun.date(), span.today) - 1, 0) if begun else 0
        return too_few(min(known, FEWEST_MONTHS - 1), FEWEST_MONTHS)
    return Figure(row.value, FEWEST_MONTHS, FEWEST_MONTHS, row.low, row.high)


def average_order(span: Span) -> Figure:
    orders = Order.objects.order_by().filter(span.within("placed_at"), is_return=False)
    found = orders.aggregate(mean=Avg("total"), spread=StdDev("total"), count=Count("pk"))
    spread = found["spread"]
    average = None if found["mean"] is None else float(found["mean"])
    return mean(average, None if spread is None else float(spread), found["count"], needed=FEWEST)


def new_customers(span: Span) -> Figure:
    month = counted(span.months)
    return Figure(float(month.new_customers), month.customers, 1) if month.orders else too_few(0, 1)


def expected_new_customers(span: Span) -> Figure:
    """How many new customers a month will bring, from the months before it."""
    if span.kind != SpanKind.MONTH:
        return too_few(0, 1, is_monthly=True)
    from analytics.ml.forecast.outlook import look_ahead

    series = _new_customer_series(span)
    outlook = look_ahead(series) if series is not None else None
    known = 0 if series is None else series.values.shape[1]
    if outlook is None or series is None:
        return too_few(min(known, FEWEST_MONTHS - 1), FEWEST_MONTHS)
    step = _month_number(span.first) - series.last - 1
    if not 0 <= step < outlook.middle.shape[1]:
        return too_few(known, FEWEST_MONTHS)
    low, high = outlook.ranges[80]
    return Figure(float(outlook.middle[0, step]), known, FEWEST_MONTHS, float(low[0, step]), float(high[0, step]))


def _new_customer_series(span: Span) -> Series | None:
    """Whole months from the second with an order to the last one before the span and today."""
    import numpy as np

    from analytics.ml.forecast.outlook import Series
    from analytics.ml.forecast.units import MONTH

    before = min(span.first, month_of(span.today))
    rows = dict(SalesMonth.objects.filter(month__lt=before).values_list("month", "new_customers"))
    if not rows:
        return None
    count = _months_between(min(rows), before)
    values = [float(rows.get(month_of(before, back=back), 0)) for back in range(count - 1, 0, -1)]
    return Series(MONTH, ("",), np.array([values]), _month_number(before) - 1) if values else None


def _months_between(first: date, later: date) -> int:
    return (later.year - first.year) * 12 + later.month - first.month


def _month_number(day: date) -> int:
    """Months since January 1970."""
    return _months_between(date(1970, 1, 1), day)


def repeat_rate(span: Span) -> Figure:
    """Of all who ever ordered, how many did so twice: as of now."""
    buyers = Person.objects.order_by().filter(order_count__gt=0)
    found = buyers.aggregate(all=Count("pk"), repeat=Count("pk", filter=Q(order_count__gt=1)))
    return share(found["repeat"], found["all"], needed=FEWEST)


def came_back(span: Span) -> Figure:
    """Of those who ordered in it, how many had ordered before."""
    if span.kind == SpanKind.MONTH:
        month = counted(span.months)
        return share(month.returning_customers, month.customers, needed=FEWEST)
    bought = Order.objects.order_by().filter(span.within("placed_at"), is_return=False)
    everybody = bought.aggregate(n=Count("person", distinct=True))["n"]
    fresh = Person.objects.order_by().filter(span.within("first_order_at")).count()
    return share(max(everybody - fresh, 0), everybody, needed=FEWEST)


def value_so_far(span: Span) -> Figure:
    """What a customer has brought so far, after returns, times the margin: as of now."""
    buyers = Person.objects.order_by().filter(order_count__gt=0)
    found = buyers.aggregate(mean=Avg("spent"), spread=StdDev("spent"), count=Count("pk"))
    if found["mean"] is None:
        return too_few(0, FEWEST)
    part = margin()
    return mean(
        float(found["mean"]) * part, float(found["spread"] or 0) * part, found["count"], needed=FEWEST, margin=part
    )


def expected_value(span: Span) -> Figure:
    """What a customer will bring in the next twelve months, times the margin: as of now."""
    scores = Score.objects.order_by().filter(task=ScoredTask.VALUE, kind=Score.Kind.MODEL)
    found = scores.aggregate(mean=Avg("value"), count=Count("pk"), first=Max("as_of"))
    part = margin()
    if found["mean"] is None:
        return too_few(0, 30, margin=part)
    track = track_of(ScoredTask.VALUE, part)
    return Figure(found["mean"] * part, found["count"], 30, more={"margin": part, **track})
