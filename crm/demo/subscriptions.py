"""Subscriptions of the demo business: some run for years, some end early.

They end most often in the first months, when paid by the month, when dear, and when their owner has stopped ordering.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction

from crm.bulk_insert import insert_objects
from crm.events import build_event
from crm.models import Event, Subscription
from crm.operations.editing import plain

from .customers import Customer
from .premises import DemoShop
from .shop import SOURCE
from .words import END_REASONS

SHARE = 0.4  # of those who come back
MONTH = 30.4


@dataclass(frozen=True)
class Plan:
    """What is offered: `ends` is by how much likelier it ends in a month than the plan that lasts longest."""

    name: str
    price: str
    interval: str
    ends: float


PLANS = (
    Plan("Tea club", "19", "month", 2.4),
    Plan("Large tea club", "39", "month", 3.2),
    Plan("Seasonal box", "48", "quarter", 1.4),
    Plan("Candle year", "120", "year", 1.0),
)
EACH_MONTH = 0.014


def make_subscriptions(shop: DemoShop) -> None:
    wanted = [number for number, customer in shop.customers.items() if customer.leaves_on > customer.joins_on]
    asked = (_subscription(shop, number) for number in wanted if shop.random.random() < SHARE)
    made = [subscription for subscription in asked if subscription is not None]
    with transaction.atomic():
        saved = insert_objects(made)
        insert_objects(event for subscription in saved for event in _events(shop, subscription))


def _subscription(shop: DemoShop, number: int) -> Subscription | None:
    """It starts within the customer's first months; None where that day is still to come."""
    customer, plan = shop.customers[number], shop.random.choice(PLANS)
    started = customer.joins_on + timedelta(days=shop.random.randrange(1, 240))
    if started >= shop.today:
        return None
    ended = _end(shop, customer, plan, started)
    return Subscription(
        person=shop.people[number], name=plan.name, amount=Decimal(plan.price), currency=shop.currency,
        interval=plan.interval, started_on=started, ended_on=ended,
        end_reason=shop.random.choice(END_REASONS) if ended else "", source=SOURCE, external_id=str(number),
    )  # fmt: skip


def _end(shop: DemoShop, customer: Customer, plan: Plan, started: date) -> date | None:
    """Month by month: does it end in this one?"""
    day = started
    while day < shop.today:
        has_left, is_new = day > customer.leaves_on, day < started + timedelta(days=90)
        chance = EACH_MONTH * plan.ends * (5 if has_left else 1) * (2 if is_new else 1)
        if shop.random.random() < chance:
            end = day + timedelta(days=1 + shop.random.randrange(28))
            return end if end < shop.today else None
        day += timedelta(days=MONTH)
    return None


def _events(shop: DemoShop, subscription: Subscription) -> Iterator[Event]:
    began = {"name": subscription.name, "amount": plain(subscription.amount), "currency": subscription.currency}
    moments = [("subscription.started", subscription.started_on, began)]
    if subscription.ended_on is not None:
        data = {"name": subscription.name, "reason": subscription.end_reason}
        moments.append(("subscription.ended", subscription.ended_on, data))
    for kind, day, data in moments:
        event = build_event(kind=kind, subject=subscription, at=shop.at(day), data=data)
        event.handled_at, event.due_at = event.due_at, None
        yield event
