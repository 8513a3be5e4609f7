"""People of the demo business who came before their first order: some ordered, most have not (yet).

Whoever asked by the form on the web page, names a job and hears from us is likelier to order; the rest is chance.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from math import exp

from django.db import transaction

from crm.bulk_insert import insert_objects
from crm.events import build_event
from crm.models import ContactPoint, Event, Note, Order, OrderLine, Person
from crm.operations.orders import order_event_data, recount_orders
from crm.operations.people import person_search_text

from .customers import Customer, make_customers
from .premises import DemoShop
from .shop import SOURCE, make_basket, make_order
from .words import JOBS, LEAD_NOTES

SHARE = 4  # one lead for so many customers
DAYS = 640
VIAS = (Event.Via.CHANNEL, Event.Via.PAGE, Event.Via.IMPORT)
VIA_HELPS = {Event.Via.CHANNEL: 0.9, Event.Via.PAGE: 0.1, Event.Via.IMPORT: -0.8}


@dataclass
class Lead:
    """One person who came without an order; `ordered_on` may lie in the future: then nothing was ordered yet."""

    customer: Customer
    came_on: date
    via: str
    person: Person
    noted_on: list[date] = field(default_factory=list)
    ordered_on: date | None = None


def make_leads(shop: DemoShop) -> None:
    first = len(shop.people) + 1
    customers = make_customers(shop.random, len(shop.people) // SHARE, shop.today - timedelta(days=DAYS), shop.today)
    leads = [_lead(shop, replace(customer, number=number)) for number, customer in enumerate(customers, first)]
    with transaction.atomic():
        _save(shop, leads)


def _lead(shop: DemoShop, customer: Customer) -> Lead:
    random = shop.random
    came_on = shop.today - timedelta(days=random.randrange(3, DAYS))
    via, warmth = random.choice(VIAS), random.gauss(0, 1)
    has_job = random.random() < 0.4
    notes = min(int(random.expovariate(1 / exp(0.7 * warmth - 0.2))), 6)
    odds = -1.5 + VIA_HELPS[via] + 0.6 * has_job + 0.6 * notes
    lead = Lead(customer, came_on, via, _person(shop, customer, came_on, has_job=has_job))
    lead.noted_on = [came_on + timedelta(days=1 + random.randrange(14)) for _ in range(notes)]
    if random.random() < 1 / (1 + exp(-odds)):
        lead.ordered_on = came_on + timedelta(days=15 + int(random.expovariate(1 / 30)))
    return lead


def _person(shop: DemoShop, customer: Customer, came_on: date, *, has_job: bool) -> Person:
    person = Person(
        name=customer.name, given_name=customer.given, family_name=customer.family, city=customer.city,
        country=customer.country, language=customer.language, source=SOURCE, external_id=str(customer.number),
        job_title=shop.random.choice(JOBS) if has_job else "", created_at=shop.at(came_on),
    )  # fmt: skip
    person.search_text = person_search_text(person, [_point(person, customer)])
    return person


def _point(person: Person, customer: Customer) -> ContactPoint:
    return ContactPoint(person=person, kind="email", value=customer.email, normalised=customer.email, is_primary=True)


def _save(shop: DemoShop, leads: list[Lead]) -> None:
    insert_objects(lead.person for lead in leads)
    insert_objects(_point(lead.person, lead.customer) for lead in leads)
    insert_objects(event for lead in leads for event in _events(shop, lead))
    number = Order.objects.filter(source=SOURCE).count()
    buyers = [lead for lead in leads if lead.ordered_on and lead.ordered_on < shop.today]
    made = [(lead, make_basket(shop, lead.customer)) for lead in buyers]
    orders = [
        (make_order(shop, lead.person, lead.ordered_on, lines, number + at), lines)
        for at, (lead, lines) in enumerate(made, 1)
        if lead.ordered_on
    ]
    _save_orders(orders)


def _save_orders(orders: list[tuple[Order, list[OrderLine]]]) -> None:
    insert_objects(order for order, _lines in orders)
    for order, lines in orders:
        for line in lines:
            line.order = order
    insert_objects(line for _order, lines in orders for line in lines)
    recount_orders([order.person_id for order, _lines in orders if order.person_id is not None])
    insert_objects(
        _handled(build_event(kind="order.placed", subject=order, person=order.person, at=order.placed_at,
                             data=order_event_data(order)))
        for order, _lines in orders
    )  # fmt: skip


def _events(shop: DemoShop, lead: Lead) -> Iterator[Event]:
    """How they came, and what was noted until they ordered."""
    came = build_event(
        kind="person.created", subject=lead.person, at=lead.person.created_at, data={"name": lead.person.name}
    )
    came.via = lead.via
    yield _handled(came)
    for day in lead.noted_on:
        if day < shop.today:
            at, body = shop.at(day), shop.random.choice(LEAD_NOTES)
            note = Note.objects.create(body=body, person=lead.person, created_at=at)
            yield _handled(build_event(kind="note.added", subject=note, at=at, data={"body": body}))


def _handled(event: Event) -> Event:
    event.handled_at, event.due_at = event.due_at, None
    return event
