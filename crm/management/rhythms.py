"""Orders of made-up people with rhythms of their own, for measurements at the size of a large shop.

Each buys as a Poisson process with a rate and until a day of their own (the idea behind BG/NBD), spends around an
amount of their own and comes back to a few products of their own. So there is something to learn, equal at any size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from crm.bulk_insert import put_rows
from crm.models import Order, Person, Product

DAYS = 1000
PRODUCTS, OWN = 200, 6  # how many there are, and how many of them one customer comes back to
GROUPS = 12
RETURNED = 0.02
COLUMNS = ("person_id", "number", "external_id", "placed_at", "created_at", "total", "is_return",
           "source", "currency", "channel", "country")  # fmt: skip

LINES = """
INSERT INTO crm_orderline (order_id, product_id, description, quantity, unit_price, amount, position)
SELECT id, %s + (person_id * 7 + (id * 40503 / 8) %% {own}) %% {products}, 'Tea', 1, total, total, 0
FROM crm_order WHERE id > %s AND source = %s
"""
EVENTS = """
INSERT INTO crm_event (kind, at, subject_type, subject_id, person_id, via, data, depth, handled_at)
SELECT CASE WHEN is_return THEN 'order.returned' ELSE 'order.placed' END, placed_at, 'order', id, person_id, 'import',
       {data}, 0, %s
FROM crm_order WHERE id > %s AND source = %s
"""
DATA = '\'{"number": "\' || number || \'", "total": "\' || total || \'", "currency": "EUR"}\''


@dataclass(frozen=True, eq=False)
class Drawn:
    """n orders sorted by customer, then time: whose they are, when (seconds since 1970), and the money."""

    whose: NDArray[np.int64]
    at: NDArray[np.int64]
    money: NDArray[np.float64]


def draw_orders(people: int, *, mean: float, now: datetime, seed: Sequence[int]) -> Drawn:
    """About `mean` orders for each of so many people, at least one each, over the last thousand days."""
    rng = np.random.default_rng(seed)
    joined = rng.uniform(0, DAYS, people)
    lives = np.minimum(rng.exponential(rng.gamma(2.0, 300.0, people)), DAYS - joined)
    expected = rng.gamma(0.9, 1 / 0.9, people) * lives
    more = rng.poisson(expected * (mean - 1) / _USUAL_LIFE)
    whose = np.repeat(np.arange(people), more + 1)
    after = rng.uniform(0, 1, len(whose)) * lives[whose]
    after[np.cumsum(more + 1) - 1] = 0.0  # the first one is when they came
    at = int(now.timestamp()) - ((DAYS - joined[whose] - after) * 86_400).astype(np.int64) - 60
    order = np.lexsort((at, whose))
    own = rng.normal(3.3, 0.6, people)
    money = np.round(np.exp(own[whose] + rng.normal(0, 0.4, len(whose))), 2)
    back = rng.random(len(whose)) < RETURNED
    return Drawn(whose[order], at[order], np.where(back, -money, money)[order])


def _usual_life() -> float:
    """Days that a customer of such a shop buys for, on average: the rates are set so that the mean is met."""
    rng = np.random.default_rng(0)
    joined = rng.uniform(0, DAYS, 200_000)
    return float(np.minimum(rng.exponential(rng.gamma(2.0, 300.0, 200_000)), DAYS - joined).mean())


_USUAL_LIFE = _usual_life()


def count_up(people: Sequence[Person], drawn: Drawn) -> None:
    """First and last order, their number and what they come to, set on unsaved people."""
    bought = drawn.money > 0
    numbers = np.bincount(drawn.whose[bought], minlength=len(people)).tolist()
    spent = np.bincount(drawn.whose, drawn.money, len(people)).tolist()
    edges = np.searchsorted(drawn.whose[bought], np.arange(len(people) + 1)).tolist()
    at = drawn.at[bought].tolist()
    for person, number, money, first, end in zip(people, numbers, spent, edges[:-1], edges[1:], strict=True):
        person.order_count, person.spent = number, Decimal(f"{money:.2f}")
        if number:
            person.first_order_at = datetime.fromtimestamp(at[first], tz=UTC)
            person.last_order_at = datetime.fromtimestamp(at[end - 1], tz=UTC)


def insert_orders(people: Sequence[Person], drawn: Drawn, *, source: str, now: datetime) -> None:
    """The orders of saved people with a line and an event each, the latter made in the database from the orders."""
    first = _first_product(source)
    newest = _newest_order()
    names = [person.external_id for person in people]
    ids = [person.pk for person in people]
    starts = np.searchsorted(drawn.whose, np.arange(len(people)))
    places = (np.arange(len(drawn.whose)) - starts[drawn.whose]).tolist()
    times = np.datetime_as_string(drawn.at.astype("datetime64[s]"))
    suffix = "+00" if connection.vendor == "postgresql" else ""
    rows: list[tuple[Any, ...]] = []
    for who, place, at, money in zip(drawn.whose.tolist(), places, times.tolist(), drawn.money.tolist(), strict=True):
        number, moment = f"{names[who]}-{place}", at.replace("T", " ") + suffix
        rows.append((ids[who], number, number, moment, moment, f"{money:.2f}", money < 0, source, "EUR", "", ""))
    put_rows(Order, COLUMNS, rows)
    data = f"CAST({DATA} AS jsonb)" if connection.vendor == "postgresql" else DATA
    with connection.cursor() as cursor:
        cursor.execute(LINES.format(own=OWN, products=PRODUCTS), [first, newest, source])
        cursor.execute(EVENTS.format(data=data), [now, newest, source])


def _first_product(source: str) -> int:
    """The key of the first of the made-up products, which follow each other."""
    own = Product.objects.filter(source=source).order_by("pk")
    if not own.exists():
        Product.objects.bulk_create(
            Product(
                sku=f"B{number:03d}", name=f"Tea no. {number}", category=f"Teas {number % GROUPS}", source=source,
                external_id=str(number), price=Decimal(12), currency="EUR",
            )
            for number in range(PRODUCTS)
        )  # fmt: skip
    return int(own.values_list("pk", flat=True)[0])


def _newest_order() -> int:
    return Order.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
