"""The feature query, written once: what customers bought before a day, for training, the batch and one person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import numpy as np
from django.db.models import BigIntegerField, F, FloatField, Func, Q, QuerySet
from django.db.models.functions import Cast

from analytics.ml.purchases import Purchases
from crm.models import Order, Person

from .arrays import read_columns
from .clock import ShopClock

CHUNK = 20_000
EVERYBODY = Q()


class Seconds(Func):
    """An instant as whole seconds since 1970-01-01 UTC."""

    output_field = BigIntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(
            compiler, connection, template="CAST(strftime('%%%%s', %(expressions)s) AS INTEGER)", **extra
        )

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = "FLOOR(EXTRACT(EPOCH FROM %(expressions)s))::bigint"
        return self.as_sql(compiler, connection, template=template, **extra)


def known_orders(clock: ShopClock, *, before: date) -> QuerySet[Order]:
    """Orders and returns of known customers placed before that day; never of people who want no profiling."""
    return Order.objects.filter(person__no_profiling=False, placed_at__lt=clock.midnight(before))


def purchases_of(clock: ShopClock, person_ids: Sequence[int], *, before: date) -> Purchases:
    """The customer-days of these people."""
    return _purchases(clock, known_orders(clock, before=before).filter(person__in=person_ids))


def purchases_in_chunks(clock: ShopClock, *, before: date, people: int = CHUNK) -> Iterator[Purchases]:
    """The customer-days of everybody, so many people at a time, so that memory stays flat."""
    for above, upto in person_ranges(people):
        orders = Order.objects.filter(person__in=people_within(above, upto), placed_at__lt=clock.midnight(before))
        part = _purchases(clock, orders)
        if len(part):
            yield part


def people_within(above: int, upto: int | None, asked: Q = EVERYBODY) -> QuerySet[Person, Any]:
    """Whom a chunk is about. Asked as a sub-query with its own range: PostgreSQL hashes a joined table whole."""
    people = Person.objects.filter(asked, no_profiling=False, pk__gt=above)
    return (people if upto is None else people.filter(pk__lte=upto)).values("pk")


def person_ranges(people: int) -> Iterator[tuple[int, int | None]]:
    """Ranges of ids (above, up to and with; None is open) with so many people each."""
    ids = Person.objects.order_by("pk").values_list("pk", flat=True)
    above = 0
    while True:
        edge = list(ids.filter(pk__gt=above)[people - 1 : people])
        yield above, edge[0] if edge else None
        if not edge:
            return
        above = edge[0]


def _purchases(clock: ShopClock, orders: QuerySet[Order]) -> Purchases:
    rows = orders.order_by().values_list("person_id", Seconds(F("placed_at")), Cast("total", FloatField()), "is_return")
    people, seconds, totals, returned = read_columns(rows, ("int", "int", "float", "bool"))
    return Purchases.from_rows(people, clock.days(seconds), totals, 1 - returned.astype(np.int64))
