"""A row of an order file: which order it belongs to, who ordered, and the line with its amount."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from crm.importing.cells import Cells, Reading, clipped
from crm.importing.fields import Columns
from crm.importing.values import BadValueError

UNIT = Decimal("0.0001")
LARGEST = Decimal(10) ** 11
DEAD = frozenset(
    "cancelled canceled voided void failed declined storniert annulliert annulé annulée cancelado cancelada anulado "
    "annullato geannuleerd ملغي".split()
)


@dataclass(slots=True)
class OrderLineCells:
    """What one row says. Order-level values are "" or None where the row leaves them to another row of the order."""

    key: str
    number: str
    placed_at: datetime | None
    customer: str
    email: str
    name: str
    country: str
    currency: str
    channel: str
    is_dead: bool
    total: Decimal | None
    has_line: bool
    sku: str
    label: str
    quantity: Decimal
    price: Decimal
    amount: Decimal


class OrderLineReader:
    """Turns rows into OrderLineCells."""

    def __init__(self, mapping: Columns, reading: Reading) -> None:
        self._cells = Cells(mapping, reading)

    def read(self, values: Sequence[str]) -> OrderLineCells:
        """Raises BadValueError when a number or date can't be read, or nothing says which order this is."""
        cells = self._cells
        placed_at = cells.moment(values, "order.created_at")
        customer = clipped(cells.text(values, "order.customer_id"), 190).removesuffix(".0")
        email = cells.text(values, "order.email").lower()
        number = clipped(cells.text(values, "order.number") or cells.text(values, "order.external_id"), 100)
        key = clipped(cells.text(values, "order.external_id") or number, 190)
        if not key:
            key = number = self._moment_key(customer or email, placed_at)
        quantity, price, amount, has_line = self._line(values)
        total = cells.number(values, "order.total")
        return OrderLineCells(
            key, number, placed_at, customer, email, self._name(values),
            clipped(cells.text(values, "order.country"), 60), cells.text(values, "order.currency").upper()[:3],
            clipped(cells.text(values, "order.channel"), 50), self._is_dead(values),
            None if total is None else _checked(total), has_line,
            clipped(cells.text(values, "line.sku"), 100), clipped(cells.text(values, "line.name"), 255),
            quantity, price, amount,
        )  # fmt: skip

    def key_of(self, values: Sequence[str]) -> str:
        """The key of the order that a row belongs to, if it can be told although the row can't be read; else ""."""
        text = self._cells.text(values, "order.external_id") or self._cells.text(values, "order.number")
        return text[:190]

    @staticmethod
    def _moment_key(customer: str, placed_at: datetime | None) -> str:
        """Without an order number, what one customer buys at one moment is one order."""
        if not customer or placed_at is None:
            raise BadValueError(_("There is no order number in this line."))
        return clipped(f"{customer} {placed_at:%Y-%m-%d %H:%M:%S}".removesuffix(" 00:00:00"), 100)

    def _line(self, values: Sequence[str]) -> tuple[Decimal, Decimal, Decimal, bool]:
        """Quantity, unit price and amount; whichever of them is missing follows from the others."""
        quantity = self._cells.number(values, "line.quantity")
        price = self._cells.number(values, "line.price")
        amount = self._cells.number(values, "line.amount")
        if price is None and amount is None:
            if quantity is not None and "order.total" not in self._cells.mapping:
                raise BadValueError(_("There is no price in this line."))
            return Decimal(1), Decimal(0), Decimal(0), False
        if quantity is None:
            quantity = Decimal(1)
        if amount is None:
            amount = quantity * (price or Decimal(0))
        if price is None:
            price = amount / quantity if quantity else amount
        return _checked(quantity), _checked(price), _checked(amount), True

    def _name(self, values: Sequence[str]) -> str:
        whole = self._cells.text(values, "person.full_name")
        parts = (self._cells.text(values, "person.first_name"), self._cells.text(values, "person.last_name"))
        return clipped(whole or " ".join(filter(None, parts)), 200)

    def _is_dead(self, values: Sequence[str]) -> bool:
        status = self._cells.text(values, "order.status").casefold()
        return bool(self._cells.text(values, "order.cancelled_at")) or status in DEAD


def _checked(number: Decimal) -> Decimal:
    """The number with four places, as the records keep it."""
    if abs(number) >= LARGEST:
        raise BadValueError(_("“%(value)s” is too large a number.") % {"value": number})
    return number.quantize(UNIT)
