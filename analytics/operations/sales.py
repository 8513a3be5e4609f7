"""Keeps the counted months equal to the orders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.dateparse import parse_datetime

from analytics.models import SalesMonth
from analytics.queries.sales import count_months, month_of, span_of_orders
from crm.models import Event, Order, Person
from crm.queries.zone import workspace_zone

FIGURES = ["revenue", "returned", "orders", "customers", "new_customers", "is_stale"]


def follow_orders(events: Sequence[Event]) -> None:
    """Count the months of these order events anew; those of an import are only marked and counted later.

    An order before or instead of somebody's first one makes them new in another month, which is marked, too.
    """
    zone = workspace_zone()
    months: dict[bool, set[date]] = {True: set(), False: set()}
    for event in events:
        months[event.via == Event.Via.IMPORT].add(month_of(placed_at(event).astimezone(zone).date()))
    moved = _months_of_next_orders([event for event in events if event.via != Event.Via.IMPORT], zone)
    mark_stale((months[True] | moved) - months[False])
    recount_months(months[False])


def _months_of_next_orders(events: Sequence[Event], zone: ZoneInfo) -> set[date]:
    """Where the first order of these people was or is now, if an earlier one has come or gone: they are new there."""
    moments: dict[int, list[datetime]] = defaultdict(list)
    for event in events:
        if event.person_id is not None:
            moments[event.person_id].append(placed_at(event))
    if not moments:
        return set()
    since = min(min(found) for found in moments.values())
    later = Order.objects.filter(person__in=moments, placed_at__gt=since, is_return=False).order_by("placed_at", "pk")
    following: dict[tuple[int, datetime], datetime] = {}
    for person, at in later.values_list("person", "placed_at").iterator():
        for moment in moments[person]:
            if at > moment:
                following.setdefault((person, moment), at)
    return {month_of(at.astimezone(zone).date()) for at in following.values()}


def placed_at(event: Event) -> datetime:
    """When the order of this event was placed: its events are dated so, but for the one of its deletion."""
    said = event.data.get("placed_at")
    return (parse_datetime(said) if isinstance(said, str) else None) or event.at


def mark_stale(months: Iterable[date]) -> None:
    """These months must be counted before they are shown."""
    rows = [SalesMonth(month=month, is_stale=True) for month in months]
    SalesMonth.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["month"], update_fields=["is_stale"], batch_size=500
    )


def _silent() -> None:
    """Nobody waits for a sign of life."""


def recount_months(months: Iterable[date], *, alive: Callable[[], object] = _silent) -> None:
    """Count these months from the orders, each in a short transaction of its own; `alive` hears before each."""
    for month in sorted(months):
        alive()
        with transaction.atomic():
            mark_stale([month])  # takes the row: who counts it, too, waits, and then sees what we could not
            [counted] = count_months(Order.objects.all(), Person.objects.all(), [month])
            figures = {name: getattr(counted, name) for name in FIGURES[:-1]}
            SalesMonth.objects.update_or_create(month=month, defaults={**figures, "is_stale": False})


def recount_stale_months() -> int:
    """Count what imports have marked; returns how many months that were."""
    months = list(SalesMonth.objects.filter(is_stale=True).values_list("month", flat=True))
    recount_months(months)
    return len(months)


def recount_unknown_months(*, alive: Callable[[], object] = _silent) -> int:
    """Count the months with orders that were never counted, and those that imports have marked; as `recount_months`."""
    span = span_of_orders()
    known = set(SalesMonth.objects.filter(is_stale=False).values_list("month", flat=True))
    months = [month for month in (_between(*span) if span else []) if month not in known]
    recount_months(months, alive=alive)
    return len(months)


def recount_all_months(*, alive: Callable[[], object] = _silent) -> int:
    """Count every month from the first to the last order, and drop those without any; as `recount_months`."""
    span = span_of_orders()
    months = _between(*span) if span else []
    recount_months(months, alive=alive)
    SalesMonth.objects.exclude(month__in=months).delete()
    return len(months)


def _between(first: date, last: date) -> list[date]:
    count = (last.year - first.year) * 12 + last.month - first.month
    return [month_of(last, back=back) for back in range(count, -1, -1)]
