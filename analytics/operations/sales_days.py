"""Keeps the sales of each day, in all and by product group, equal to the orders."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, F, Q, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from analytics.models import SalesDay, SalesMonth
from analytics.queries.sales import month_of
from crm.models import Order, OrderLine
from crm.queries.zone import workspace_zone

QUICK = 300_000  # orders that are counted anew in some seconds
RECENT = 2  # months that are counted anew in every shop
NOTHING = Decimal(0)


def recount_days() -> set[date]:
    """Count the days of every month that differs from the counted months; returns those whose sales have changed.

    Small shops are counted whole: there a product that moved to another group moves in the past, too.
    """
    counted, months = _counted(), {row.month: row for row in SalesMonth.objects.all()}
    this = month_of(timezone.localdate())
    is_quick = sum(row.orders for row in months.values()) <= QUICK
    changed = {month for month, row in months.items() if counted.get(month, (NOTHING, 0)) != (row.revenue, row.orders)}
    recent = {month for month in months if month >= month_of(this, back=RECENT - 1)}
    zone = workspace_zone()
    for month in sorted(set(months) if is_quick else changed | recent):
        _recount(month, zone)
    gone = set(counted) - set(months)
    for month in gone:
        SalesDay.objects.filter(_within(month)).delete()
    return changed | gone


def _counted() -> dict[date, tuple[Decimal, int]]:
    """Revenue and orders of each month as the days have it."""
    sums: dict[date, list[Decimal]] = defaultdict(lambda: [NOTHING, NOTHING])
    for day, revenue, orders in SalesDay.objects.filter(group="").values_list("day", "revenue", "orders"):
        month = sums[month_of(day)]
        month[0] += revenue
        month[1] += orders
    return {month: (revenue, int(orders)) for month, (revenue, orders) in sums.items()}


@transaction.atomic
def _recount(month: date, zone: ZoneInfo) -> None:
    start, end = (datetime.combine(day, time.min, tzinfo=zone) for day in (month, month_of(month, back=-1)))
    orders = Order.objects.order_by().filter(placed_at__gte=start, placed_at__lt=end)
    totals = (
        orders.annotate(day=TruncDate("placed_at", tzinfo=zone))
        .values("day")
        .annotate(revenue=Sum("total"), orders=Count("pk", filter=Q(is_return=False)))
    )
    lines = OrderLine.objects.order_by().filter(order__placed_at__gte=start, order__placed_at__lt=end)
    groups = (
        lines.exclude(product__category="")
        .filter(product__isnull=False)
        .annotate(day=TruncDate("order__placed_at", tzinfo=zone), group=F("product__category"))
        .values("day", "group")
        .annotate(revenue=Sum("amount"), orders=Count("order", distinct=True))
    )
    rows = [SalesDay(**row) for row in totals]
    rows += [SalesDay(**row) for row in groups]
    SalesDay.objects.filter(_within(month)).delete()
    SalesDay.objects.bulk_create(rows, batch_size=500)


def _within(month: date) -> Q:
    return Q(day__gte=month, day__lt=month_of(month, back=-1))
