"""Which products people bought, for recommendations: so many people at a time, in chunks of plain columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import numpy as np
from django.db.models import Count, F, FloatField, Q, QuerySet
from django.db.models.functions import Cast
from numpy.typing import NDArray

from analytics.models import ProductDecline
from crm.models import OrderLine, Product

from .arrays import read_columns
from .clock import ShopClock
from .frames import CHUNK, EVERYBODY, Seconds, people_within, person_ranges

SOLD_DAYS = 30

Arrays = Mapping[str, NDArray[Any]]


def catalogue(clock: ShopClock) -> Arrays:
    """All products by id, which of them are for sale, and how often each was sold in the last 30 days."""
    rows = list(Product.objects.order_by("pk").values_list("pk", "is_active"))
    sold = _sold(clock)
    return {
        "item_ids": np.array([pk for pk, _ in rows], dtype=np.int64),
        "for_sale": np.array([is_active for _, is_active in rows], dtype=bool),
        "sold": np.array([sold.get(pk, 0) for pk, _ in rows], dtype=np.int64),
    }


def _sold(clock: ShopClock) -> dict[int, int]:
    since = clock.midnight(clock.as_of - timedelta(days=SOLD_DAYS))
    lines = known_lines(clock).filter(order__placed_at__gte=since, order__is_return=False, quantity__gt=0)
    return dict(lines.order_by().values_list("product_id").annotate(Count("pk")))


def known_lines(clock: ShopClock, above: int = 0, upto: int | None = None, asked: Q = EVERYBODY) -> QuerySet[OrderLine]:
    """Lines with a product of orders and returns of known customers; never of people who want no profiling."""
    people = people_within(above, upto, asked)
    orders = {"order__person__in": people, "order__placed_at__lt": clock.midnight(clock.as_of)}
    return OrderLine.objects.filter(**orders, product__isnull=False)


def baskets_in_chunks(clock: ShopClock, asked: Q = EVERYBODY, *, people: int = CHUNK) -> Iterator[Arrays]:
    """Customer, product, day number and quantity of every line of those who are asked about, out of so many `people`
    at a time; and what these don't want."""
    for above, upto in person_ranges(people):
        rows = (
            known_lines(clock, above, upto, asked)
            .order_by()
            .values_list(
                "order__person_id", "product_id", Seconds(F("order__placed_at")), Cast("quantity", FloatField())
            )
        )
        customers, items, seconds, quantities = read_columns(rows, ("int", "int", "int", "float"))
        if len(customers):
            lines_of = {"item_ids": items, "days": clock.days(seconds), "quantities": quantities}
            yield {"customer_ids": customers, **lines_of} | _declined(above, upto)


def _declined(above: int, upto: int | None) -> dict[str, NDArray[Any]]:
    rows = ProductDecline.objects.filter(person_id__gt=above, person__no_profiling=False)
    rows = rows.filter(person_id__lte=upto) if upto is not None else rows
    pairs = np.array(list(rows.values_list("person_id", "product_id")), dtype=np.int64).reshape(-1, 2)
    return {"declined_customers": pairs[:, 0], "declined_items": pairs[:, 1]}
