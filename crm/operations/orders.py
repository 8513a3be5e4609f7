"""Writes of orders, and the figures kept at each person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Count, DecimalField, Max, Min, OuterRef, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from crm.events import record_event
from crm.models import Company, Order, OrderLine, Person, Product, User

from .editing import is_there, plain

CENT = Decimal("0.0001")


@dataclass(frozen=True)
class Line:
    """One line of an order to be written; a negative quantity is a return."""

    quantity: Decimal
    unit_price: Decimal
    description: str = ""
    product: Product | None = None

    @property
    def amount(self) -> Decimal:
        return (self.quantity * self.unit_price).quantize(CENT)


def record_order(
    *,
    actor: User | None,
    number: str,
    placed_at: datetime,
    currency: str,
    lines: Sequence[Line],
    person: Person | None = None,
    company: Company | None = None,
    source: str = "",
    external_id: str = "",
    channel: str = "",
    country: str = "",
) -> Order:
    """Write one order with its lines; a repeat of (source, external id) returns the order of then.

    Records `order.placed` or, with a negative total, `order.returned`.
    """
    orders = Order.objects.filter(source=source, external_id=external_id)
    known = orders if external_id else Order.objects.none()
    existing = known.first()
    if existing is not None:
        return existing
    try:
        return _write_order(
            actor=actor, number=number, placed_at=placed_at, currency=currency, lines=lines, person=person,
            company=company, source=source, external_id=external_id, channel=channel, country=country,
        )  # fmt: skip
    except IntegrityError:  # the same order came in twice at once
        existing = known.first()
        if existing is None:
            raise
        return existing


@transaction.atomic
def _write_order(
    *,
    actor: User | None,
    number: str,
    placed_at: datetime,
    currency: str,
    lines: Sequence[Line],
    person: Person | None,
    company: Company | None,
    source: str,
    external_id: str,
    channel: str,
    country: str,
) -> Order:
    total = sum((line.amount for line in lines), Decimal(0))
    order = Order.objects.create(
        number=number, person=person, company=company, placed_at=placed_at, total=total, currency=currency,
        is_return=total < 0, source=source, external_id=external_id, channel=channel, country=country,
    )  # fmt: skip
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            product=line.product,
            description=line.description,
            quantity=line.quantity,
            unit_price=line.unit_price,
            amount=line.amount,
            position=position,
        )
        for position, line in enumerate(lines)
    )
    if person is not None:
        recount_orders([person.pk])
    record_event(kind=order_event_kind(order), subject=order, actor=actor, at=placed_at, data=order_event_data(order))
    return order


def order_event_kind(order: Order) -> str:
    return "order.returned" if order.is_return else "order.placed"


def order_event_data(order: Order) -> dict[str, object]:
    return {"number": order.number, "total": plain(order.total), "currency": order.currency}


@transaction.atomic
def recount_orders(person_ids: Iterable[int]) -> None:
    """Count orders, first and last order and spend anew for these people, from the orders themselves.

    The people are locked by a statement of its own, so that the next one sees what was committed while it waited.
    """
    ids = sorted(person_ids)
    list(Person.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk"))
    own = Order.objects.filter(person=OuterRef("pk")).order_by().values("person")
    bought = own.filter(is_return=False)
    nothing = Value(Decimal(0), output_field=DecimalField(max_digits=19, decimal_places=4))
    Person.objects.filter(pk__in=ids).update(
        order_count=Coalesce(Subquery(bought.annotate(n=Count("pk")).values("n")), 0),
        first_order_at=Subquery(bought.annotate(first=Min("placed_at")).values("first")),
        last_order_at=Subquery(bought.annotate(last=Max("placed_at")).values("last")),
        spent=Coalesce(Subquery(own.annotate(net=Sum("total")).values("net")), nothing),
    )


@transaction.atomic
def delete_order(*, order: Order, actor: User | None) -> None:
    """Remove an order that was entered by mistake. Records `order.deleted`, which says of when the order was."""
    if not is_there(order):
        return
    person_id = order.person_id
    data = {**order_event_data(order), "placed_at": order.placed_at.isoformat()}
    record_event(kind="order.deleted", subject=order, actor=actor, data=data)
    order.delete()
    if person_id is not None:
        recount_orders([person_id])
