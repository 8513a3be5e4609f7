"""Puts the demo business into the database and takes exactly it out again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from crm.bulk_insert import insert_objects
from crm.events import build_event
from crm.extensions import demo_parts
from crm.models import Company, ContactPoint, Deal, Event, Order, OrderLine, Person, Product, User
from crm.operations.orders import order_event_data, order_event_kind, recount_orders
from crm.operations.people import person_search_text
from crm.operations.workspace import current_workspace, make_default_pipeline

from .customers import Customer, make_customers
from .premises import DemoShop
from .words import GOODS

SOURCE = "demo"
YEARS = 3
CHUNK = 50


def demo_people() -> QuerySet[Person]:
    # The condition on the id is that of the index on sources: every page asks whether there are any.
    return Person.objects.filter(source=SOURCE).exclude(external_id="")


def is_demo_in() -> bool:
    return demo_people().exists()


def make_demo(
    *, people: int = 2000, seed: int = 7, today: date | None = None, say: Callable[[str], None] = print
) -> None:
    """Fill in the demo business; does nothing if it is there already.

    People and orders are thought up first and written in one short transaction; the other parts go step by step.
    """
    if is_demo_in():
        return
    shop = DemoShop(
        random=Random(seed),  # noqa: S311 (a seeded shop, no secrets)
        today=today or timezone.localdate(),
        currency=current_workspace().currency,
        staff=list(User.objects.filter(is_active=True).order_by("pk")),
    )
    shop.products = _products(shop)
    _meet_people(shop, people)
    orders = _orders(shop)
    with transaction.atomic():
        make_default_pipeline()
        _save_people(shop)
        _save_orders(shop, orders)
    shop.step_by_step(range(0, len(orders), CHUNK), lambda start: _tell(orders[start : start + CHUNK]))
    for part in demo_parts:
        say(str(part.label))
        part.make(shop)


@transaction.atomic
def remove_demo() -> int:
    """Take the demo business out; returns how many people went. Everything else stays as it is."""
    for part in reversed(list(demo_parts)):
        part.remove()
    people = Person.objects.filter(source=SOURCE).count()
    Event.objects.filter(person__source=SOURCE).delete()
    Order.objects.filter(source=SOURCE).delete()
    Deal.objects.filter(source=SOURCE).delete()
    Person.objects.filter(source=SOURCE).delete()
    Company.objects.filter(source=SOURCE).delete()
    Product.objects.filter(source=SOURCE).delete()
    return people


def _products(shop: DemoShop) -> list[Product]:
    return [
        Product(
            sku=f"DEMO-{number:03d}",
            name=name,
            category=category,
            price=Decimal(str(price)),
            currency=shop.currency,
            source=SOURCE,
            external_id=str(number),
        )
        for number, (category, name, price) in enumerate(GOODS, 1)
    ]


def _meet_people(shop: DemoShop, count: int) -> None:
    first = shop.today - timedelta(days=365 * YEARS)
    for customer in make_customers(shop.random, count, first, shop.today - timedelta(days=3)):
        person = Person(
            name=customer.name,
            given_name=customer.given,
            family_name=customer.family,
            city=customer.city,
            country=customer.country,
            language=customer.language,
            owner=shop.random.choice(shop.staff) if shop.staff and customer.is_business else None,
            source=SOURCE,
            external_id=str(customer.number),
            created_at=shop.at(customer.joins_on),
        )
        person.search_text = person_search_text(person, _points(person, customer))
        shop.people[customer.number] = person
        shop.customers[customer.number] = customer


def _save_people(shop: DemoShop) -> None:
    insert_objects(shop.people.values())
    insert_objects(point for number, person in shop.people.items() for point in _points(person, shop.customers[number]))


def _points(person: Person, customer: Customer) -> list[ContactPoint]:
    points = [
        ContactPoint(person=person, kind="email", value=customer.email, normalised=customer.email, is_primary=True)
    ]
    if customer.is_business or customer.number % 3 == 0:
        points.append(
            ContactPoint(person=person, kind="phone", value=customer.phone, normalised=customer.phone, is_primary=True)
        )
    return points


def _orders(shop: DemoShop) -> list[tuple[Order, list[OrderLine]]]:
    """What everybody bought and sent back; nothing is written yet."""
    orders: list[tuple[Order, list[OrderLine]]] = []
    for number, person in shop.people.items():
        customer = shop.customers[number]
        for day in customer.order_days(shop.random, shop.today - timedelta(days=1)):
            made = make_basket(shop, customer)
            orders.append((make_order(shop, person, day, made, len(orders) + 1), made))
            if shop.random.random() < 0.025:
                back = [_returned(shop.random.choice(made))]
                later = min(day + timedelta(days=shop.random.randrange(2, 15)), shop.today - timedelta(days=1))
                orders.append((make_order(shop, person, later, back, len(orders) + 1), back))
    return orders


def make_basket(shop: DemoShop, customer: Customer) -> list[OrderLine]:
    """What this customer buys at once."""
    size = min(1 + int(shop.random.expovariate(1 / 1.4)), 6)
    lines = []
    for position, product in enumerate(_wanted(shop, customer, size)):
        quantity = Decimal(max(1, round(shop.random.random() * customer.basket * 1.2)))
        price = product.price or Decimal(0)
        lines.append(
            OrderLine(
                product=product,
                description=product.name,
                quantity=quantity,
                unit_price=price,
                amount=quantity * price,
                position=position,
            )
        )
    return lines


def _wanted(shop: DemoShop, customer: Customer, size: int) -> list[Product]:
    """Different products, drawn by taste without putting back (Efraimidis & Spirakis 2006)."""
    if customer.number not in shop.tastes:
        shop.tastes[customer.number] = _taste(shop.products, customer)
    keys = [shop.random.random() ** (1 / liking) for liking in shop.tastes[customer.number]]
    best = sorted(range(len(keys)), key=keys.__getitem__, reverse=True)
    return [shop.products[at] for at in best[:size]]


def _taste(products: list[Product], customer: Customer) -> list[float]:
    """How much each product is liked: people keep to a few favourites and two shelves, and now and then stray."""
    taste = Random(customer.number)  # noqa: S311 (a seeded shop, no secrets)
    shelves = taste.sample(sorted({product.category for product in products}), 2)
    favourites = set(taste.sample([product.sku for product in products if product.category in shelves], 3))
    return [14.0 if product.sku in favourites else 3.0 if product.category in shelves else 0.5 for product in products]


def _returned(line: OrderLine) -> OrderLine:
    return OrderLine(
        product=line.product, description=line.description, quantity=-line.quantity, unit_price=line.unit_price,
        amount=-line.amount,
    )  # fmt: skip


def make_order(shop: DemoShop, person: Person, day: date, lines: list[OrderLine], number: int) -> Order:
    """An unsaved order of these lines."""
    total = sum((line.amount for line in lines), Decimal(0))
    return Order(
        number=f"L{number:05d}",
        person=person,
        placed_at=shop.at(day),
        total=total,
        currency=shop.currency,
        is_return=total < 0,
        channel=shop.random.choice(("Online shop", "Online shop", "Counter")),
        country=person.country,
        source=SOURCE,
        external_id=str(number),
    )


def _save_orders(shop: DemoShop, orders: list[tuple[Order, list[OrderLine]]]) -> None:
    """Write products, orders and lines; what was unsaved when it was linked is linked anew."""
    insert_objects(shop.products)
    for order, _lines in orders:
        order.person = order.person
    insert_objects(order for order, _lines in orders)
    for order, lines in orders:
        for line in lines:
            line.order, line.product = order, line.product
    insert_objects(line for _order, lines in orders for line in lines)
    recount_orders([person.pk for person in shop.people.values()])
    for person in Person.objects.filter(source=SOURCE):
        shop.people[int(person.external_id)] = person


def _tell(orders: Iterable[tuple[Order, list[OrderLine]]]) -> None:
    """Write the (already handled) events of orders."""
    insert_objects(_event(order) for order, _lines in orders)


def _event(order: Order) -> Event:
    event = build_event(
        kind=order_event_kind(order), subject=order, person=order.person, at=order.placed_at,
        data=order_event_data(order),
    )  # fmt: skip
    event.handled_at, event.due_at = event.due_at, None
    return event
