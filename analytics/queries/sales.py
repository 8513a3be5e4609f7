"""What was sold, month by month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Min, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from analytics.models import SalesMonth
from crm.models import Order, Person, Scope, User
from crm.queries.zone import workspace_zone

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Month:
    """One calendar month: net revenue, money returned (positive), orders, customers who bought, new ones among them."""

    month: date
    revenue: Decimal = NOTHING
    returned: Decimal = NOTHING
    orders: int = 0
    customers: int = 0
    new_customers: int = 0

    @property
    def returning_customers(self) -> int:
        return max(self.customers - self.new_customers, 0)


def month_of(day: date, *, back: int = 0) -> date:
    """The first day of the month so many months before the day's own."""
    index = day.year * 12 + day.month - 1 - back
    return date(index // 12, index % 12 + 1, 1)


def count_months(orders: QuerySet[Order], people: QuerySet[Person], months: Sequence[date]) -> list[Month]:
    """These months counted from the orders themselves, in two queries."""
    if not months:
        return []
    zone = workspace_zone()
    edges = [(_start(month, zone), _start(month_of(month, back=-1), zone)) for month in months]
    within = Q(placed_at__gte=min(edges)[0], placed_at__lt=max(edges)[1])
    sold = orders.order_by().filter(within).aggregate(**_figures(edges))
    first = Q(first_order_at__gte=min(edges)[0], first_order_at__lt=max(edges)[1])
    fresh = (
        people.order_by()
        .filter(first)
        .aggregate(
            **{
                f"new_{i}": Count("pk", filter=Q(first_order_at__gte=start, first_order_at__lt=end))
                for i, (start, end) in enumerate(edges)
            }
        )
    )
    return [
        Month(
            month=month,
            revenue=sold[f"revenue_{i}"],
            returned=-sold[f"returned_{i}"],
            orders=sold[f"orders_{i}"],
            customers=sold[f"customers_{i}"],
            new_customers=fresh[f"new_{i}"],
        )
        for i, month in enumerate(months)
    ]


def _figures(edges: Sequence[tuple[datetime, datetime]]) -> dict[str, Coalesce | Count]:
    figures: dict[str, Coalesce | Count] = {}
    for i, (start, end) in enumerate(edges):
        here = Q(placed_at__gte=start, placed_at__lt=end)
        bought, back = here & Q(is_return=False), here & Q(is_return=True)
        figures[f"revenue_{i}"] = Coalesce(Sum("total", filter=here), NOTHING)
        figures[f"returned_{i}"] = Coalesce(Sum("total", filter=back), NOTHING)
        figures[f"orders_{i}"] = Count("pk", filter=bought)
        figures[f"customers_{i}"] = Count("person", filter=bought, distinct=True)
    return figures


def last_months(user: User, count: int) -> list[Month]:
    """So many months up to the newest as this user may see them; empty before the first sale.

    The newest is the current month, or the month of the last sale where the data ended earlier. One query for those
    who see everything and up to four for others.
    """
    this = month_of(timezone.localdate())
    if user.scope != Scope.ALL:
        return _own_months(user, this, count)
    rows = list(SalesMonth.objects.filter(month__lte=this).order_by("-month")[: count + 2])
    last = next((row.month for row in rows if row.orders or row.is_stale), None)
    if last is None:
        return []
    months = _up_to(_newest(last, this), count)
    by_month = {row.month: row for row in rows}
    stale = [row.month for row in rows if row.is_stale and row.month in months]
    fresh = {row.month: row for row in count_months(Order.objects.all(), Person.objects.all(), stale)}
    return [fresh.get(month) or _counted(month, by_month.get(month)) for month in months]


def last_day(user: User) -> date:
    """The day of the last order that this user may see; today where there is none."""
    orders = Order.objects.visible_to(user).order_by().filter(placed_at__lte=timezone.now())
    at = orders.aggregate(at=Max("placed_at"))["at"] or timezone.now()
    return at.astimezone(workspace_zone()).date()


def _own_months(user: User, this: date, count: int) -> list[Month]:
    orders = Order.objects.visible_to(user).order_by()
    at = orders.filter(placed_at__lte=timezone.now()).aggregate(at=Max("placed_at"))["at"]
    if at is None:
        return []
    last = month_of(at.astimezone(workspace_zone()).date())
    return count_months(orders, Person.objects.visible_to(user), _up_to(_newest(last, this), count))


def _newest(last: date, this: date) -> date:
    return this if last >= month_of(this, back=2) else last


def _up_to(last: date, count: int) -> list[date]:
    return [month_of(last, back=back) for back in range(count - 1, -1, -1)]


def _counted(month: date, row: SalesMonth | None) -> Month:
    if row is None:
        return Month(month)
    return Month(month, row.revenue, row.returned, row.orders, row.customers, row.new_customers)


def span_of_orders() -> tuple[date, date] | None:
    """The months of the first and the last order up to now; None without any."""
    found = Order.objects.filter(placed_at__lte=timezone.now()).aggregate(first=Min("placed_at"), last=Max("placed_at"))
    if found["first"] is None:
        return None
    zone = workspace_zone()
    return tuple(month_of(found[key].astimezone(zone).date()) for key in ("first", "last"))  # type: ignore[return-value]


def _start(month: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(month, time.min, tzinfo=zone)
